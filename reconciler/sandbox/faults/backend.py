"""Where requests are worked off, and what faults remember between them.

Invariants: what is late is committed before the request that it precedes, in the order in which
it came; time comes only from the given clock. A replica's state is kept after each request
that counts, and the oldest are forgotten; its sessions are of today, since a replica that knows no
session shows nothing. The address of a long task is never used twice, and its answer stays there
once it has come.
Doubt: the wording of the pointer to a long task, its content type, and the form of the address.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Literal

from reconciler.sandbox.faults.exchange import SentReply, page
from reconciler.sandbox.faults.lists import Stale
from reconciler.sandbox.formats import TEXT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from reconciler.sandbox.app import Sandbox
    from reconciler.sandbox.faults.connection import Sleep
    from reconciler.sandbox.faults.exchange import Exchange
    from reconciler.sandbox.faults.fault import Fault
    from reconciler.sandbox.reply import Reply, ReplyHeader


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
        """Run a request on the panel."""
        reply = await exchange.work()
        self.past.note()
        return reply

    def act(self, given: Mapping[str, str], next_id: int | None) -> None:
        """Call a function as a user of the panel itself."""
        self.panel.local(given, next_id=next_id)
        self.past.note()

    def owe(
        self, work: Callable[[], Awaitable[object]], *, seconds: float | None, requests: int
    ) -> None:
        """Store work for later."""
        moment = None if seconds is None else self._clock() + seconds
        self._owed.append(_PendingWork(work, moment, requests))

    async def arrive(self) -> None:
        """Run the work that is due before this request."""
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
        """Run all stored work."""
        owed, self._owed = self._owed, []
        for each in owed:
            await each.work()


Unit = Literal["writes", "requests"]
_WROTE = "SELECT wrote FROM audit ORDER BY number DESC LIMIT 1"


class ReplicaHistory:
    """The states of a panel; ``depths`` is for each unit how far back a request may ask."""

    def __init__(self, panel: Sandbox, depths: dict[Unit, int]) -> None:
        """Begin with the present."""
        self._panel = panel
        self._states: dict[Unit, deque[bytes]] = {
            unit: deque([panel.snapshot()], maxlen=depth + 1)
            for unit, depth in depths.items()
            if depth
        }

    def note(self) -> None:
        """Store the state after a request."""
        with self._panel.reading() as db:
            row = db.execute(_WROTE).fetchone()
        for unit, states in self._states.items():
            if unit == "requests" or (row is not None and row[0]):
                states.append(self._panel.snapshot())

    async def answer(self, exchange: Exchange, behind: int, of: Unit) -> tuple[Reply, ReplyHeader]:
        """Answer as the panel would have; before its first state as at its first."""
        states = self._states[of]
        with self._panel.reading() as db:
            sessions = db.execute("SELECT id, user, used, pending FROM session").fetchall()
        with self._panel.restored(states[max(len(states) - 1 - behind, 0)]) as panel:
            with panel.reading() as old:
                old.executemany("INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?)", sessions)
            return await panel.answer(exchange.asked, exchange.settings)


@dataclass(slots=True)
class _LongTask:
    pointer: SentReply
    answer: SentReply
    polls: int


class LongTasks:
    """The tasks of one site."""

    def __init__(self) -> None:
        """Begin without any."""
        self._numbers = count(1)
        self._tasks: dict[str, _LongTask] = {}

    def begin(self, answer: SentReply, polls: int, *, html: bool) -> SentReply:
        """Store an answer for later, and return the pointer to it."""
        path = f"/long{next(self._numbers):06d}/billmgr"
        words = f"The operation takes a while. Its result: {path}"
        pointer = SentReply(TEXT, f"{words}\n".encode())
        if html:
            pointer = page(f'<html><body><a href="{path}">{words}</a></body></html>\n')
        self._tasks[path] = _LongTask(pointer, answer, polls)
        return pointer

    def poll(self, path: str) -> SentReply | None:
        """Answer a request at the address of a task; None when no task is there."""
        task = self._tasks.get(path)
        if task is None:
            return None
        if task.polls:
            task.polls -= 1
            return task.pointer
        return task.answer
