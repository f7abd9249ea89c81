"""Files that a crash cannot tear and a stranger cannot redirect: private, no-follow, atomic.

Invariants: a regular file holds either its old content or its new one, whatever happens in between;
nothing but a regular file is ever replaced.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = (
    (stat.S_ISLNK, "symbolic link"),
    (stat.S_ISDIR, "folder"),
    (stat.S_ISBLK, "block device"),
    (stat.S_ISCHR, "character device"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
)
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_STREAM = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def read_file(path: Path, limit: int) -> bytes | None:
    """Read a regular file; None when there is none.

    Raises: StoreError when it cannot be read, is a link, is no regular file, or is too large.
    """
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed(path, "be read", error) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise StoreError(f"{path} is not a regular file: move it away")
        with open(descriptor, "rb", closefd=False) as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise _failed(path, "be read", error) from error
    finally:
        os.close(descriptor)
    if len(raw) > limit:
        raise StoreError(f"{path} is larger than {limit >> 20} MiB: move it away")
    return raw


def write_output(path: Path, raw: bytes, *, mode: int = 0o600) -> None:
    """Write to a path that a user named: a file is replaced, a device or a pipe is written to.

    A link is followed only where it ends at a character device or a pipe, as ``/dev/stdout`` and
    the shell's ``>(command)`` do; any other link, a directory, a block device and a socket are
    refused. ``mode`` is that of a new file; one that exists keeps its own.

    Raises: StoreError, naming the path; what was there is then as it was.
    """
    if _is_stream(path):
        _write_stream(path, raw)
    else:
        write_file(path, raw, mode=mode)


def require_output(path: Path) -> None:
    """Find out that a path cannot be written to before anything is done. Raises: StoreError."""
    if _is_stream(path):
        return
    _require_regular(path)
    ground = next(each for each in (path, *path.parents) if os.path.lexists(each))
    usable = ground.is_file() if ground == path else ground.is_dir()
    if not (usable and os.access(ground, os.W_OK)):
        raise StoreError(
            f"{path} cannot be written: {ground} blocks the path or is not writable for this user"
        )


def write_file(path: Path, raw: bytes, *, mode: int = 0o600) -> None:
    """Replace a file's content, durably; a folder that is missing is made, for us alone.

    Raises: StoreError when there is anything but a regular file, or it cannot be written; what
            was there is then untouched.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        make_folder(path.parent)
        before = _require_regular(path)
        descriptor = os.open(draft, _WRITE, mode)
        try:
            if before is not None:
                _keep_rights(descriptor, before)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
                file.write(raw)
                file.flush()
                os.fsync(descriptor)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _settle(path.parent)
    except OSError as error:
        raise _failed(path, "be written", error) from error


def make_folder(folder: Path) -> None:
    """Make a private folder, with its parents, where it is missing. Raises: OSError."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def _is_stream(path: Path) -> bool:
    """Return whether a path leads, over links perhaps, to a character device or a pipe."""
    try:
        found = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(found) or stat.S_ISFIFO(found)


def _write_stream(path: Path, raw: bytes) -> None:
    """Write to a device or a pipe. Without a reader a pipe is refused: nobody would ever end it."""
    try:
        descriptor = os.open(path, _STREAM)
        try:
            found = os.fstat(descriptor).st_mode
            if not (stat.S_ISCHR(found) or stat.S_ISFIFO(found)):
                raise StoreError(f"another program replaced {path}: run the command again")
            os.set_blocking(descriptor, True)
            left = memoryview(raw)
            while left:
                left = left[os.write(descriptor, left) :]
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise StoreError(f"{path} is a pipe that no program reads: start its reader") from error
        raise _failed(path, "be written", error) from error


def _require_regular(path: Path) -> os.stat_result | None:
    """Return what is known of a regular file, or None for a new name. Raises: StoreError."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be written: the path is not valid") from error
    for is_kind, name in _KINDS:
        if is_kind(found.st_mode):
            raise StoreError(f"{path} is a {name} and was left as it is: name another file")
    return found


def _keep_rights(descriptor: int, before: os.stat_result) -> None:
    """Set the owner and the rights of a new file to those of the file that it replaces."""
    with suppress(PermissionError):
        os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failed(path: Path, what: str, error: OSError) -> StoreError:
    reason = (error.strerror or type(error).__name__).lower()
    return StoreError(f"{path} cannot {what}: {reason}")
