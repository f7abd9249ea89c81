"""Where requests are worked off, and what faults remember between them.

Invariants: what is late is committed before the request that it precedes, in the order in which
it came; time is told by the given clock alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.sandbox.faults.lists import Stale
from reconciler.sandbox.faults.long_tasks import LongTasks
from reconciler.sandbox.faults.replica import ReplicaHistory, Unit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from reconciler.sandbox.app import Sandbox
    from reconciler.sandbox.faults.connection import Sleep
    from reconciler.sandbox.faults.exchange import Exchange, SentReply
    from reconciler.sandbox.faults.fault import Fault


@dataclass(slots=True, eq=False)
class _PendingWork:
    """Work that is still to be done: at a moment, or before a later request."""

    work: Callable[[], Awaitable[object]]
    moment: float | None
    requests: int


class Backend:
    """A panel and the memory of the faults before it."""

    def __init__(
        self,
        panel: Sandbox,
        faults: Sequence[Fault],
        *,
        clock: Callable[[], float],
        sleep: Sleep,
    ) -> None:
        """Begin with nothing owed."""
        depths: dict[Unit, int] = {"writes": 0, "requests": 0}
        for fault in faults:
            if isinstance(fault, Stale):
                depths[fault.of] = max(depths[fault.of], fault.behind)
        self.panel = panel
        self.sleep = sleep
        self.tasks = LongTasks()
        self.past = ReplicaHistory(panel, depths)
        self._clock = clock
        self._owed: list[_PendingWork] = []

    async def work(self, exchange: Exchange) -> SentReply:
        """Let the panel work a request off."""
        reply = await exchange.work()
        self.past.note()
        return reply

    def act(self, given: Mapping[str, str], next_id: int | None) -> None:
        """Let somebody at the panel itself call a function."""
        self.panel.local(given, next_id=next_id)
        self.past.note()

    def owe(
        self, work: Callable[[], Awaitable[object]], *, seconds: float | None, requests: int
    ) -> None:
        """Keep work for later."""
        moment = None if seconds is None else self._clock() + seconds
        self._owed.append(_PendingWork(work, moment, requests))

    async def arrive(self) -> None:
        """Do what is due before the request that has come."""
        now = self._clock()
        due: list[_PendingWork] = []
        for owed in self._owed:
            owed.requests -= 1
            if now >= owed.moment if owed.moment is not None else owed.requests < 1:
                due.append(owed)
        self._owed = [owed for owed in self._owed if owed not in due]
        for owed in due:
            await owed.work()

    async def settle(self) -> None:
        """Do everything that is owed."""
        owed, self._owed = self._owed, []
        for each in owed:
            await each.work()
