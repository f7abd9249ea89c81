"""What the panel held some time ago, for answers of a replica that lags behind.

Invariants: a state is kept after each request that counts, and the oldest are forgotten; sessions
are of today, since a replica that knows no session shows nothing.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.sandbox.app import Sandbox
    from reconciler.sandbox.faults.exchange import Exchange
    from reconciler.sandbox.reply import Reply, ReplyHeader

Unit = Literal["writes", "requests"]
_WROTE = "SELECT wrote FROM audit ORDER BY number DESC LIMIT 1"


class ReplicaHistory:
    """The states of a panel; ``depths`` tells for each unit how far back anyone will ask."""

    def __init__(self, panel: Sandbox, depths: dict[Unit, int]) -> None:
        """Begin with the present."""
        self._panel = panel
        self._states: dict[Unit, deque[bytes]] = {
            unit: deque([panel.snapshot()], maxlen=depth + 1)
            for unit, depth in depths.items()
            if depth
        }

    def note(self) -> None:
        """Keep the state that a request has left behind."""
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
