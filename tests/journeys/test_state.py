"""``state``: what is recorded is shown, moved, kept and proved; nothing is lost on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.store.lock import lock_path, target_lock

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject


@pytest.fixture
def applied(project: CommandLineProject) -> CommandLineProject:
    """Return a project whose manifests were applied once."""
    project.run("apply", "--yes", "--allow", "charge")
    return project


def _managed(project: CommandLineProject) -> object:
    return project.run("inventory", "--json").document["resources"]


def _lines(project: CommandLineProject) -> list[object]:
    return list(project.run("journal", "--json").document["lines"])


def test_state_is_shown_with_its_locks(applied: CommandLineProject) -> None:
    """Where it is, how much it holds, and who holds what."""
    shown = applied.run("state", "show")
    with target_lock(lock_path(applied.root / ".reconciler", "sandbox"), "reconciler apply"):
        document = applied.run("state", "show", "--json").document

    assert "State: file:.reconciler" in shown.out
    assert f"{len(_lines(applied))} lines of journal" in shown.out
    (target,) = document["targets"]
    assert target["managed"] == len(applied.run("inventory", "--json").document["resources"])
    assert [each["purpose"] for each in target["locks"]] == ["reconciler apply"]


def test_state_moves_to_another_folder_and_the_project_follows(
    applied: CommandLineProject,
) -> None:
    """Copy, then name the new place: the plan after it is empty, and what is old stays there."""
    managed, lines = _managed(applied), _lines(applied)

    copied = applied.run("state", "migrate", "--to", "file:elsewhere")
    applied.edit("reconciler.yaml", "state: file:.reconciler", "state: file:elsewhere")

    assert "Next: write `state: file:elsewhere` under spec" in copied.out
    assert (_managed(applied), _lines(applied)) == (managed, lines)
    assert "No changes" in applied.run("plan").out
    assert (applied.root / ".reconciler" / "sandbox.journal").exists()
    assert "Whole: sandbox" in applied.run("state", "verify").out


def test_pulled_state_fills_an_empty_place_and_no_other(applied: CommandLineProject) -> None:
    """A file that was pulled is pushed where nothing is, or its beginning; never over the rest."""
    managed = _managed(applied)
    applied.run("state", "pull", "--out", "state.jsonl")
    applied.edit("reconciler.yaml", "state: file:.reconciler", "state: file:elsewhere")

    pushed = applied.run("state", "push", "state.jsonl")
    again = applied.run("state", "push", "state.jsonl")

    assert "Pushed: sandbox holds" in pushed.out
    assert again.out == pushed.out
    assert _managed(applied) == managed
    applied.run("state", "push", "reconciler.yaml", code=10)
    cut = (applied.root / "state.jsonl").read_bytes().splitlines(keepends=True)
    (applied.root / "cut.jsonl").write_bytes(b"".join(cut[:-1]))
    assert "ends too early" in applied.run("state", "push", "cut.jsonl", code=10).err


def test_backup_holds_every_target_and_damage_is_found(applied: CommandLineProject) -> None:
    """A file for each target; a line that was changed since is named with its place."""
    kept = applied.run("state", "backup", "--out", "kept")
    (path,) = (applied.root / "kept").iterdir()
    header = json.loads(path.read_bytes().splitlines()[0])
    journal = applied.root / ".reconciler" / "sandbox.journal"
    journal.write_bytes(journal.read_bytes().replace(b'"type": "run"', b'"type": "ran"', 1))

    assert str(path.name) in kept.out
    assert header["target"] == "sandbox"
    damaged = applied.run("state", "verify", code=10)
    assert "sandbox.journal:1: the journal is damaged here" in damaged.err


def test_state_is_not_moved_while_it_is_locked(applied: CommandLineProject) -> None:
    """A run that writes would be cut in two."""
    with target_lock(lock_path(applied.root / ".reconciler", "sandbox"), "reconciler apply"):
        refused = applied.run("state", "migrate", "--to", "file:elsewhere", code=9)
        waited = applied.run("apply", "--yes", "--lock-timeout", "1s", code=9)

    assert "another run holds" in refused.err
    assert "waiting for the lock of sandbox" in waited.err


def test_wrong_places_are_refused_with_the_reason(applied: CommandLineProject) -> None:
    """Exit codes of the command line and of the project file."""
    assert "expected file:FOLDER" in applied.run("state", "migrate", "--to", "x:y", code=64).err
    assert (
        "there already" in applied.run("state", "migrate", "--to", "file:.reconciler", code=64).err
    )
    assert "--to URL" in applied.run("state", "migrate", code=64).err
    applied.edit("reconciler.yaml", "file:.reconciler", "postgresql://u:p@h/db")
    refused = applied.run("plan", code=3)
    assert "must not hold a password" in refused.err
    assert "u:p" not in refused.err
