"""What a place must do to keep the state of targets.

Shape:  the state of a target is a log: lines of bytes, numbered from 1, of which none is ever
changed. A checkpoint replaces the lines up to its number for those who only want to know what
holds now; the lines that it covers move to an archive. Beside the log stand the locks.
Invariants: a batch is written whole or not at all, only behind the head that its writer has seen,
and only while the writer's lock is there; a backend that cannot promise that is refused. No
backend reads what lines or checkpoints mean.
Every call may block on the network and may come from any thread, one at a time or several.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.model.lock import LockHolder, LockRecord


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log: how many lines it has, and the hash that its last line carries."""

    count: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that follow ``before`` and lead to ``after``.

    Lines have no line feed. ``checkpoint`` replaces the earlier one and covers all lines up to
    ``after``; such a batch may have no line. A batch without lines and checkpoint is no batch.
    """

    before: Head
    after: Head
    lines: Sequence[bytes]
    checkpoint: bytes | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a target at one moment.

    ``lines`` are those behind the ``covered`` ones of the checkpoint.
    """

    head: Head = Head()
    checkpoint: bytes | None = None
    covered: int = 0
    lines: Sequence[bytes] = ()
    locks: tuple[LockRecord, ...] = ()


class Backend(Protocol):
    """Keeps the state of all targets of a project.

    ``place`` is how messages name it, without credentials. ``wave`` is how many lines are worth
    waiting for before a batch is written: 1 where a batch costs about a millisecond.
    All methods raise StoreError, with the place and a remedy, when the place cannot be read or
    written, holds what no version wrote, or was written by a newer version.
    """

    place: str
    wave: int

    def targets(self) -> tuple[str, ...]:
        """Return the targets that have a state, sorted."""
        ...

    def load(self, target: str) -> Snapshot:
        """Return the state of a target, with one request where the place allows it.

        A target that has no state yet has an empty one; nothing is made by asking.
        """
        ...

    def history(self, target: str) -> Iterator[bytes]:
        """Return every line from the first to the head, those of the archive among them."""
        ...

    def append(self, target: str, batch: Batch, fence: int) -> None:
        """Write a batch durably, while the lock of number ``fence`` is there.

        Raises: MovedError when the log has another head; then nothing was written.
                LockedError when the lock is gone; then nothing was written.
                UncertainError when it is unknown whether it was written.
        """
        ...

    def locks(self, target: str) -> tuple[LockRecord, ...]:
        """Return the locks of a target, oldest first."""
        ...

    def acquire(
        self, target: str, holder: LockHolder, parts: frozenset[str], lease: float
    ) -> LockRecord:
        """Take a lock on clients of a target, or on the whole of it where there are none.

        Raises: LockedError, with the ``records`` that are in the way, expired or not.
        """
        ...

    def renew(self, target: str, fence: int) -> None:
        """Begin the lease of a lock anew. Raises: LockedError when the lock is gone."""
        ...

    def release(self, target: str, fence: int, *, renewals: int | None = None) -> None:
        """Remove a lock; one that is gone is no error.

        With ``renewals``, only a lock that was not renewed since: another way to say that its
        lease ran out. Raises: LockedError when it was.
        """
        ...

    def close(self) -> None:
        """End connections and remove temporary files; further calls are an error."""
        ...
