"""One writer for each target: a lock of the operating system, gone with the process that held it.

Invariants: what the lock's file says is for people; only the lock itself decides. A lock that was
broken by force is no lock any more: who held it finds that out before its next write.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.errors import LockedError, StoreError
from reconciler.model.lock import LockHolder
from reconciler.store.atomic_file import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_MAX_NOTE = 4096
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that is held: the open file, and where everybody else looks for it."""

    path: Path
    descriptor: int

    def check(self) -> None:
        """Check that the lock is still held. Raises: LockedError when it was broken."""
        if not _is_same(self.path, self.descriptor):
            raise LockedError(f"somebody broke the lock {self.path}: nothing more is sent")


def lock_path(folder: Path, target: str) -> Path:
    """Return where the lock of a target is, in the folder of the state."""
    return folder / f"{target}.lock"


@contextmanager
def target_lock(path: Path, purpose: str) -> Iterator[Lock]:
    """Hold a target's lock. ``purpose`` is shown to others.

    Raises: LockedError when another run holds it, StoreError when there can be no lock.
    """
    descriptor = _acquire(path)
    try:
        _note(descriptor, purpose)
        yield Lock(path, descriptor)
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)  # which releases the lock


def lock_holder(path: Path) -> LockHolder | None:
    """Return who holds a target's lock; None when nobody does.

    Raises: StoreError when that cannot be found out.
    """
    if not path.exists():
        return None
    descriptor = _open(path)
    try:
        _take(descriptor, path)
    except LockedError:
        return _read(descriptor)
    finally:
        os.close(descriptor)
    return None


def break_lock(path: Path) -> None:
    """Take a lock away from its holder, by moving its file out of the way.

    The next run makes a file of its own; the old holder, if it lives, finds that before it writes.
    Raises: StoreError.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _impossible(path, error) from error


def _acquire(path: Path) -> int:
    for _ in range(_TRIES):
        descriptor = _open(path)
        try:
            _take(descriptor, path)
        except BaseException:
            os.close(descriptor)
            raise
        if _is_same(path, descriptor):
            return descriptor
        # Between our opening and our locking somebody took the file away.
        os.close(descriptor)
    raise LockedError(f"somebody broke the lock {path} several times: run the command again")


def _open(path: Path) -> int:
    try:
        make_folder(path.parent)
        descriptor = os.open(path, _FLAGS, 0o600)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise StoreError(f"{path} is not a regular file, so it cannot be a lock: move it away")
        return descriptor
    except OSError as error:
        raise _impossible(path, error) from error


def _impossible(path: Path, error: OSError) -> StoreError:
    reason = (error.strerror or type(error).__name__).lower()
    return StoreError(f"{path}: the lock cannot be created: {reason}")


def _is_same(path: Path, descriptor: int) -> bool:
    try:
        there = path.lstat()
    except OSError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        who = str(_read(descriptor))
        held = f"another run holds {path}{f' ({who})' if who else ''}"
        raise LockedError(f"{held}: wait for it to end, or run `reconciler unlock`") from None
    except OSError as error:
        raise StoreError(f"{path} is on a file system without locks: move the project") from error


def _note(descriptor: int, purpose: str) -> None:
    note = {
        "purpose": purpose[:200],
        "owner": _user(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(note).encode(), 0)


def _user() -> str:
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()[:200]
    return ""


def _read(descriptor: int) -> LockHolder:
    try:
        note = json.loads(os.pread(descriptor, _MAX_NOTE, 0))
        started = datetime.fromisoformat(note["started"]).astimezone(UTC)
        owner, purpose, host = (note[name][:200] for name in ("owner", "purpose", "host"))
        return LockHolder(owner, purpose, host, pid=int(note["pid"]), started=started)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        return LockHolder()
