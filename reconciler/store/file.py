"""Files that a crash cannot tear and a stranger cannot redirect: private, no-follow, atomic.

Invariant: a file holds either its old content or its new one, whatever happens in between.
"""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from reconciler.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
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


def write_file(path: Path, raw: bytes) -> None:
    """Replace a file's content, durably; a folder that is missing is made, for us alone.

    Raises: StoreError; the old content is then untouched.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        make_folder(path.parent)
        if path.is_symlink():
            raise StoreError(f"{path} is a symbolic link: put a file in its place")
        descriptor = os.open(draft, _WRITE, 0o600)
        try:
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


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failed(path: Path, what: str, error: OSError) -> StoreError:
    reason = (error.strerror or type(error).__name__).lower()
    return StoreError(f"{path} cannot {what}: {reason}")
