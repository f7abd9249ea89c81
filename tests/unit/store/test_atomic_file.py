"""Where a user lets write: files are replaced, streams are written to, all else is left alone."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import StoreError
from reconciler.store.atomic_file import require_output, write_file, write_output
from reconciler.store.lock import target_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _folder(path: Path) -> None:
    path.mkdir()


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def _block_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFBLK | 0o600, os.makedev(7, 250))
    except PermissionError:
        pytest.skip("only root makes devices")


def _link_to_a_file(path: Path) -> None:
    (path.parent / "theirs").write_text("theirs", encoding="utf-8")
    path.symlink_to(path.parent / "theirs")


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "nothing")


def _null_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


@pytest.mark.parametrize(
    "make", [_folder, _socket, _block_device, _link_to_a_file, _link_to_nothing]
)
def test_special_files_are_not_replaced(make: Callable[[Path], None], tmp_path: Path) -> None:
    """It is refused with its path, before and at the writing."""
    path = tmp_path / "out"
    make(path)
    before = path.lstat()

    with pytest.raises(StoreError, match=str(path)):
        write_output(path, b"x")
    with pytest.raises(StoreError, match=str(path)):
        require_output(path)
    after = path.lstat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert not (tmp_path / "nothing").exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(
        {"out", *(["theirs"] if make is _link_to_a_file else [])}
    )


def test_character_device_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """A plan that nobody wants to keep goes to the null device, and leaves the device as it is."""
    path = tmp_path / "null"
    _null_device(path)
    number = path.lstat().st_ino

    require_output(path)
    write_output(path, b"x" * 100_000)
    link = tmp_path / "link"
    link.symlink_to(path)
    write_output(link, b"x")

    assert stat.S_ISCHR(path.lstat().st_mode)
    assert path.lstat().st_ino == number
    assert link.is_symlink()


def test_pipe_is_written_to_for_its_reader(tmp_path: Path) -> None:
    """More than a pipe holds at once arrives whole."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    raw = os.urandom(300_000)
    read: list[bytes] = []
    # Open for both, so that the pipe never ends before its writer has come.
    descriptor = os.open(path, os.O_RDWR)

    def take() -> None:
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            read.append(file.read(len(raw)))

    reader = threading.Thread(target=take)
    reader.start()
    write_output(path, raw)
    reader.join(10)

    assert read == [raw]
    assert stat.S_ISFIFO(path.lstat().st_mode)


def test_pipe_without_a_reader_is_refused_at_once(tmp_path: Path) -> None:
    """To wait for one would be to wait for ever."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    with pytest.raises(StoreError, match="no program reads"):
        write_output(path, b"x")


def test_reader_that_goes_away_is_an_error_and_no_signal(tmp_path: Path) -> None:
    """As with any output that cannot be written."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    closing = threading.Timer(0.05, os.close, [reader])
    closing.start()

    with pytest.raises(StoreError, match=str(path)):
        write_output(path, b"x" * 1_000_000)
    closing.join()


def test_standard_output_by_its_path_is_the_pipe_that_it_is(tmp_path: Path) -> None:
    """``/dev/stdout`` and ``>(command)`` are links to a pipe."""
    code = (
        "import pathlib; from reconciler.store.atomic_file import write_output\n"
        "write_output(pathlib.Path('/dev/stdout'), b'whole')"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert ended.stdout == b"whole"


def test_file_keeps_its_rights_and_a_new_one_is_private(tmp_path: Path) -> None:
    """A group that could read the report yesterday can read it today."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("yesterday", encoding="utf-8")
    old.chmod(0o640)

    write_output(old, b"today")
    write_output(new, b"today")

    assert old.read_bytes() == new.read_bytes() == b"today"
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE(new.stat().st_mode) == 0o600


@pytest.mark.parametrize("make", [_folder, _socket, os.mkfifo, _null_device, _link_to_a_file])
def test_state_is_kept_in_regular_files_only(make: Callable[[Path], None], tmp_path: Path) -> None:
    """An inventory in a pipe would be lost, and one over a device would break it."""
    path = tmp_path / "inventory.json"
    make(path)
    mode = path.lstat().st_mode

    with pytest.raises(StoreError, match=str(path)):
        write_file(path, b"x")
    assert path.lstat().st_mode == mode


def test_lock_file_must_not_be_a_device(tmp_path: Path) -> None:
    """A lock on a shared device would be anybody's."""
    path = tmp_path / "lock"
    os.mkfifo(path)

    with pytest.raises(StoreError, match="not a regular file"), target_lock(path, "apply"):
        pass


@pytest.mark.parametrize("name", ["file/out", "missing/deeper/out"])
def test_folder_of_a_new_file_must_be_one(name: str, tmp_path: Path) -> None:
    """A missing one is made; a file in its place is named."""
    (tmp_path / "file").touch()
    path = tmp_path / name

    if name.startswith("file"):
        with pytest.raises(StoreError):
            write_output(path, b"x")
        with pytest.raises(StoreError):
            require_output(path)
    else:
        require_output(path)
        write_output(path, b"x")
        assert path.read_bytes() == b"x"
