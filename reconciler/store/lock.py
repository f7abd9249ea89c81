"""One writer for each target: a lock of the operating system, gone with the process that held it.

Invariant: what the lock's file says is for people; only the lock itself decides.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.errors import LockedError, StoreError
from reconciler.store.file import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_MAX_NOTE = 4096


def lock_path(root: Path, target: str) -> Path:
    """Return where the lock of a target is."""
    return root / ".reconciler" / f"{target}.lock"


@contextmanager
def target_lock(path: Path, owner: str) -> Iterator[None]:
    """Hold a target's lock. ``owner`` tells others who holds it.

    Raises: LockedError when another run holds it, StoreError when there can be no lock.
    """
    try:
        make_folder(path.parent)
        descriptor = os.open(path, _FLAGS, 0o600)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise StoreError(f"{path}: no lock can be made: {reason}") from error
    try:
        _take(descriptor, path)
        _note(descriptor, owner)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)  # which releases the lock


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _holder(os.pread(descriptor, _MAX_NOTE, 0))
        raise LockedError(f"another run holds {path}{holder}: wait for it to end") from None
    except OSError as error:
        raise StoreError(f"{path} is on a file system without locks: move the project") from error


def _note(descriptor: int, owner: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    note = json.dumps({"owner": owner[:200], "pid": os.getpid(), "started": now})
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, note.encode(), 0)


def _holder(raw: bytes) -> str:
    try:
        note = json.loads(raw)
    except ValueError:
        return ""
    match note:
        case {"owner": str() as owner, "pid": int() as pid, "started": str() as started}:
            return f" ({owner!r}, process {pid}, since {started[:32]!r})"
        case _:
            return ""
