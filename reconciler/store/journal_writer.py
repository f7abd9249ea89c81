"""Write the journal of an apply: intents before they are sent, many at once where a write is slow.

Invariants: ``intend`` returns when the intent is durable; a charge waits for no other change; lines
are written in the order in which they came; what could not be written is reported by the next call
that waits for something.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.errors import LockedError, StoreError
from reconciler.store.journal_entry import intent_line, outcome_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.journal import Charged, Intent


# The shortest time for which an intent waits for others, in seconds.
_PATIENCE = 0.1


class WritableJournal(Protocol):
    """What is written to: a ``Journal``."""

    def check(self) -> None:
        """Raise LockedError when the lock was lost."""
        ...

    def write(self, contents: Sequence[dict[str, Any]]) -> list[int]:
        """Write lines durably and return their numbers. Raises: StoreError, LockedError."""
        ...

    def mark_saved(self) -> None:
        """Write that the inventory holds all that the lines so far proved."""
        ...


class JournalWriter:
    """Writes the lines of one apply; satisfies ``ports.IntentWriter``.

    ``wave`` intents are written at once; fewer when no change goes on without one, and when the
    first has waited for as long as the last write took, because a change may need another's end.
    Outcomes are written with the next intents. With a wave of 1 nothing waits for anything.
    """

    def __init__(self, journal: WritableJournal, wave: int = 1, *, blocks: bool = False) -> None:
        """Write to a journal; with ``blocks`` a write waits for a network, so a thread does it."""
        self._journal = journal
        self._wave = wave
        self._blocks = blocks
        self._queue: list[tuple[dict[str, Any], asyncio.Future[int] | None]] = []
        self._waiting = 0
        self._active = 0
        self._urgent = False
        self._patience = _PATIENCE
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._failed: StoreError | LockedError | None = None

    def width(self, writes: int) -> int:
        """Return how many changes are carried out at once, of which ``writes`` are sent at once."""
        return writes if self._wave == 1 else max(writes, 2 * self._wave)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Surround the work on a change: a wave need not wait for more changes than there are."""
        self._active += 1
        try:
            yield
        finally:
            self._active -= 1
            self._write_if_due()

    def check(self) -> None:
        """Check that we may still send. Raises: LockedError when the lock was lost."""
        self._journal.check()

    async def intend(self, intent: Intent, *, alone: bool = False) -> int:
        """Make an intent durable and return its number; ``alone``: it waits for no other.

        Raises: StoreError, LockedError.
        """
        return await self._put(intent_line(intent), urgent=alone)

    async def conclude(
        self,
        numbers: Iterable[int],
        result: str,
        message: str,
        element: str,
        *,
        managed: Mapping[Address, InventoryEntry | None] | None = None,
        charged: Charged | None = None,
        urgent: bool = False,
    ) -> None:
        """Write what became of some intents; it is durable on return only if it is ``urgent``.

        Raises: StoreError, LockedError.
        """
        line = outcome_line(numbers, result, message, element, managed=managed, charged=charged)
        if urgent or (self._wave == 1 and not self._blocks):
            await self._put(line, urgent=True)
        else:
            self._queue.append((line, None))

    async def flush(self) -> None:
        """Write all that waits. Raises: StoreError, LockedError, also for an earlier write."""
        while self._queue or self._writing:
            if self._writing is None:
                self._writing = asyncio.create_task(self._write_queue())
            await asyncio.shield(self._writing)
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed

    def mark_saved(self) -> None:
        """Write that the inventory holds all that the lines so far proved."""
        self._journal.mark_saved()

    async def _put(self, line: dict[str, Any], *, urgent: bool) -> int:
        if not self._blocks:
            (number,) = self._journal.write([line])
            return number
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue.append((line, future))
        self._waiting += 1
        self._urgent = self._urgent or urgent
        self._write_if_due()
        try:
            return await future
        finally:
            self._waiting -= 1

    def _write_if_due(self) -> None:
        """Begin to write if enough waits, or nothing else goes on."""
        due = self._urgent or self._waiting >= min(self._wave, self._active or 1)
        if not self._waiting or self._writing is not None:
            return
        if due:
            self._writing = asyncio.create_task(self._write_queue())
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._patience, self._waited_enough)

    def _waited_enough(self) -> None:
        self._timer = None
        self._urgent = True
        self._write_if_due()

    async def _write_queue(self) -> None:
        queue, self._queue, self._urgent = self._queue, [], False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            lines = [line for line, _ in queue]
            numbers = await asyncio.to_thread(self._journal.write, lines)
        except (StoreError, LockedError) as error:
            self._failed = error
            for _, future in queue:
                if future is not None and not future.done():
                    future.set_exception(error)
        else:
            for number, (_, future) in zip(numbers, queue, strict=True):
                if future is not None and not future.done():
                    future.set_result(number)
        finally:
            self._writing = None
            self._patience = max(_PATIENCE, loop.time() - begun)
        # Those that are woken here go on first; what came meanwhile may be due by itself.
        await asyncio.sleep(0)
        self._write_if_due()
