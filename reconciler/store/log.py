"""Where the lines of a target's journal are: in a file, or in a backend.

Invariant: lines are only ever added; a torn last line of a file is cut off by the next writer.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from reconciler.errors import StoreError
from reconciler.store.atomic_file import make_folder, read_file
from reconciler.store.backends.protocol import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reconciler.store.backends.protocol import Backend, Batch

LOG = logging.getLogger("reconciler.store")
LIMIT = 512 * 1024 * 1024


class Log(Protocol):
    """The lines of one target.

    ``place`` is how messages name it, ``torn`` whether its last line is incomplete, ``remedy``
    what to do where a line is damaged, ``fence`` the number of the lock under which lines are
    written, 0 where locks have none.
    """

    fence: int
    place: str
    remedy: str
    torn: bool

    def read(self) -> Snapshot:
        """Return the lines, and the checkpoint if there is one. Raises: StoreError."""
        ...

    def append(self, batch: Batch) -> None:
        """Write lines durably. Raises: MovedError, UncertainError, LockedError, StoreError."""
        ...

    def history(self) -> Iterable[bytes]:
        """Return every line from the first one on. Raises: StoreError."""
        ...


class BackendLog:
    """The lines of a target in a backend, written under the lock of number ``fence``."""

    remedy = "run `reconciler state verify`, and restore the state from a backup"
    torn = False

    def __init__(self, backend: Backend, target: str, *, fence: int = 0) -> None:
        """Use the state of a target; without ``fence`` nothing can be written."""
        self.place = f"{backend.place} ({target})"
        self._backend = backend
        self._target = target
        self.fence = fence

    def read(self) -> Snapshot:
        """Return the state."""
        return self._backend.load(self._target)

    def append(self, batch: Batch) -> None:
        """Write a batch."""
        self._backend.append(self._target, batch, self.fence)

    def history(self) -> Iterable[bytes]:
        """Return every line, those of the archive among them."""
        return self._backend.history(self._target)


class FileLog:
    """The lines of a target in one file."""

    remedy = "keep a copy, check the panel, then move the file away to start a new one"

    def __init__(self, path: Path) -> None:
        """Use the file at ``path``; it is made by the first line."""
        self.path = path
        self.fence = 0
        self.place = str(path)
        self.torn = False
        self._whole = 0

    def read(self) -> Snapshot:
        """Return the whole lines."""
        raw = read_file(self.path, LIMIT) or b""
        whole, _, tail = raw.rpartition(b"\n")
        self.torn = bool(tail)
        self._whole = len(raw) - len(tail)
        return Snapshot(lines=whole.split(b"\n") if whole else ())

    def append(self, batch: Batch) -> None:
        """Write lines, all of them or none."""
        if self.torn:
            self._cut()
        raw = b"".join(line + b"\n" for line in batch.lines)
        try:
            make_folder(self.path.parent)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self.path, flags, 0o600)
            try:
                self._whole = os.fstat(descriptor).st_size
                self.torn = True
                if os.write(descriptor, raw) != len(raw):
                    raise StoreError(f"{self.path}: the journal could not be written completely")
                os.fsync(descriptor)
                self.torn = False
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StoreError(f"{self.path}: the journal cannot be written: {error}") from error
        finally:
            self._take_back()

    def history(self) -> Iterable[bytes]:
        """Return the whole lines."""
        return self.read().lines

    def _take_back(self) -> None:
        """Remove a line that was not made durable: its request must not be sent."""
        with suppress(StoreError):
            if self.torn:
                self._cut()

    def _cut(self) -> None:
        """Cut off a line that a killed run left unfinished; only who holds the lock may."""
        try:
            os.truncate(self.path, self._whole)
            self.torn = False
            LOG.warning("an incomplete last line was removed", extra={"journal": str(self.path)})
        except OSError as error:
            raise StoreError(
                f"{self.path}: the incomplete last line cannot be removed: {error}"
            ) from error
