"""A backend in memory, which keeps every promise of the protocol and fails when it is asked to."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import LockedError, MovedError
from reconciler.model.lock import LockRecord
from reconciler.store.backends.protocol import Head, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.model.lock import LockHolder
    from reconciler.store.backends.protocol import Batch


class MemoryBackend:
    """Keeps states in memory; ``before`` is called before each write, and may raise.

    ``batches`` counts the writes of lines, ``expired`` is what it says of every lease.
    """

    place = "memory"

    def __init__(self, wave: int = 1, before: Callable[[], None] = lambda: None) -> None:
        """Hold nothing."""
        self.wave = wave
        self.before = before
        self.batches = 0
        self.expired: bool | None = False
        self._mutex = threading.RLock()
        self._lines: dict[str, list[bytes]] = {}
        self._heads: dict[str, Head] = {}
        self._checkpoints: dict[str, tuple[int, bytes]] = {}
        self._locks: dict[str, list[LockRecord]] = {}
        self._fences: dict[str, int] = {}

    def targets(self) -> tuple[str, ...]:
        """Return the targets that have a state."""
        return tuple(sorted(self._heads))

    def load(self, target: str) -> Snapshot:
        """Return the state of a target."""
        with self._mutex:
            covered, checkpoint = self._checkpoints.get(target, (0, None))
            lines = tuple(self._lines.get(target, [])[covered:])
            head = self._heads.get(target, Head())
            return Snapshot(head, checkpoint, covered, lines, self.locks(target))

    def history(self, target: str) -> Iterator[bytes]:
        """Return every line."""
        return iter(tuple(self._lines.get(target, [])))

    def append(self, target: str, batch: Batch, fence: int) -> None:
        """Write a batch."""
        self.before()
        with self._mutex:
            if all(each.fence != fence for each in self.locks(target)):
                raise LockedError("the lock is gone")
            if self._heads.get(target, Head()) != batch.before:
                raise MovedError("another run wrote")
            self._lines.setdefault(target, []).extend(batch.lines)
            self._heads[target] = batch.after
            if batch.checkpoint is not None:
                self._checkpoints[target] = (batch.after.count, batch.checkpoint)
            self.batches += 1

    def locks(self, target: str) -> tuple[LockRecord, ...]:
        """Return the locks of a target."""
        held = self._locks.get(target, [])
        return tuple(replace(each, expired=self.expired) for each in held)

    def acquire(
        self, target: str, holder: LockHolder, parts: frozenset[str], lease: float
    ) -> LockRecord:
        """Take a lock."""
        with self._mutex:
            if found := tuple(each for each in self.locks(target) if each.covers(parts)):
                raise LockedError("held", found)
            self._fences[target] = self._fences.get(target, 0) + 1
            record = LockRecord(self._fences[target], holder, parts, lease)
            self._locks.setdefault(target, []).append(record)
            return record

    def renew(self, target: str, fence: int) -> None:
        """Begin a lease anew."""
        self.before()
        with self._mutex:
            held = self._locks.get(target, [])
            for place, each in enumerate(held):
                if each.fence == fence:
                    held[place] = replace(each, renewals=each.renewals + 1)
                    return
        raise LockedError("somebody else took the lock")

    def release(self, target: str, fence: int, *, renewals: int | None = None) -> None:
        """Remove a lock."""
        with self._mutex:
            for each in self._locks.get(target, []):
                if each.fence == fence:
                    if renewals not in {None, each.renewals}:
                        raise LockedError("it was renewed", (each,))
                    self._locks[target].remove(each)
                    return

    def close(self) -> None:
        """Keep everything: the process that is simulated ends, the backend stays."""
