from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import LockedError, StoreError
from reconciler.store.lock import break_lock, lock_holder, lock_path, target_lock

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import os, pathlib, sys
from reconciler.store.lock import target_lock
held = target_lock(pathlib.Path(sys.argv[1]), "deploy\\n job")
held.__enter__()
print("held", flush=True)
sys.stdin.read()
os._exit(9)
"""


def test_second_run_reports_the_holder_of_the_lock(tmp_path: Path) -> None:
    """The holder's name, process and start are shown on one line."""
    path = lock_path(tmp_path, "prod")

    with (
        target_lock(path, "deploy\n job"),
        pytest.raises(LockedError) as caught,
        target_lock(path, "other"),
    ):
        pass
    message = str(caught.value)
    assert message.isprintable()
    assert "deploy" in message
    assert "since" in message


def test_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    """Leaving the block, by an error too, frees the lock."""
    path = lock_path(tmp_path, "prod")

    with pytest.raises(ZeroDivisionError), target_lock(path, "one"):
        raise ZeroDivisionError
    with target_lock(path, "two"):
        pass


def test_targets_are_locked_one_by_one(tmp_path: Path) -> None:
    """Two targets may be applied side by side."""
    with target_lock(lock_path(tmp_path, "a"), "x"), target_lock(lock_path(tmp_path, "b"), "x"):
        pass


def test_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    """A run that is killed leaves no lock behind, whatever its file says."""
    path = lock_path(tmp_path, "prod")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError), target_lock(path, "other"):
            pass
        holder.communicate("")

    assert holder.returncode == 9
    assert path.read_text("utf-8")
    with target_lock(path, "next"):
        pass


def test_link_in_place_of_the_lock_is_refused(tmp_path: Path) -> None:
    """Nothing is written through a link."""
    (tmp_path / "victim").write_text("mine", encoding="utf-8")
    (tmp_path / "prod.lock").symlink_to(tmp_path / "victim")

    with pytest.raises(StoreError), target_lock(tmp_path / "prod.lock", "x"):
        pass
    assert (tmp_path / "victim").read_text("utf-8") == "mine"


def test_damaged_note_does_not_hide_the_lock(tmp_path: Path) -> None:
    """What the file says is for people; the lock itself decides."""
    path = tmp_path / "prod.lock"

    with target_lock(path, "x"):
        path.write_text("{not json", encoding="utf-8")
        with pytest.raises(LockedError), target_lock(path, "y"):
            pass


def test_broken_lock_is_free_for_others_and_lost_to_its_holder(tmp_path: Path) -> None:
    """Who held it finds out when it asks, and its end does not touch the next one's lock."""
    path = lock_path(tmp_path, "prod")

    with target_lock(path, "old") as old:
        old.check()
        break_lock(path)
        with target_lock(path, "new") as new:
            new.check()
            with pytest.raises(LockedError, match="broken"):
                old.check()
            held = lock_holder(path)
    assert held is not None
    assert held.purpose == "new"
    assert lock_holder(path) is None
