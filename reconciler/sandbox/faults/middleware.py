"""A panel behind faults, as an ASGI application.

Invariants: of each fault the matching requests are counted as they come, whatever became of them;
the first fault of the sequence stands nearest to the client; a request that no fault hits is
answered as the panel answers it. For dropped connections see ``delivery``.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.app import Sandbox, is_entrance, live, read_body
from reconciler.sandbox.faults.backend import Backend
from reconciler.sandbox.faults.config import load_faults
from reconciler.sandbox.faults.connection import Connection, Sleep
from reconciler.sandbox.faults.delivery import deliver
from reconciler.sandbox.faults.exchange import Exchange, Inner, SentReply, page
from reconciler.sandbox.formats.html import not_found
from reconciler.sandbox.http_request import read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from reconciler.sandbox.app import Receive, Scope, Send
    from reconciler.sandbox.faults.fault import Fault


@dataclass(slots=True)
class _MatchedFault:
    """A fault, and how many requests matched it so far."""

    fault: Fault
    seen: int = 0


class FaultMiddleware:
    """Stands in front of ``app``; ``clock`` and ``sleep`` are in seconds.

    It is also what ``Sandbox(…, through=…)`` takes: ``lambda panel: Faulty(panel, faults)``.
    """

    def __init__(
        self,
        app: Sandbox,
        faults: Sequence[Fault],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Begin counting at nothing."""
        self.panel = app
        self._watched = [_MatchedFault(fault) for fault in faults]
        self._fired: list[Fault] = []
        self._site = Backend(app, faults, clock=clock, sleep=sleep)

    @property
    def fired(self) -> tuple[Fault, ...]:
        """The faults that hit, in the order in which they did, each as often as it did."""
        return tuple(self._fired)

    async def settle(self) -> None:
        """Commit what is late, without waiting for its time."""
        await self._site.settle()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:  # noqa: ANN401 - see `HANG_UP`
        """Answer one request; return whether the server must close the connection."""
        if scope["type"] == "lifespan":
            await live(receive, send)
            await self.settle()
            return None
        if scope["type"] != "http":
            return None
        body = await read_body(receive)
        async with Connection(receive, send, self._site.sleep) as line:
            return await deliver(await self._reply(scope, body), line)

    async def _reply(self, scope: Scope, body: bytes) -> SentReply:
        await self._site.arrive()
        if not is_entrance(scope):
            found = self._site.tasks.poll(scope["path"])
            return found or page(not_found().decode(), status=404)
        asked = read(scope, body)
        exchange = Exchange(asked, self.panel.settings, self._site)
        inner: Inner = self._site.work
        for fault in reversed(self._hitting(exchange)):
            inner = partial(_pass, fault, inner)
        return await inner(exchange)

    def _hitting(self, exchange: Exchange) -> list[Fault]:
        found = []
        for watched in self._watched:
            if watched.fault.matches(exchange):
                watched.seen += 1
                if watched.fault.hits(watched.seen):
                    found.append(watched.fault)
        self._fired += found
        return found


def with_faults(app: str | Path | Sandbox, faults: str | Path) -> FaultMiddleware:
    """Put the faults of a file in front of a panel, or of the database at a path.

    Raises: FaultsError.
    """
    read = load_faults(faults)
    return FaultMiddleware(app if isinstance(app, Sandbox) else Sandbox(app), read)


async def _pass(fault: Fault, inner: Inner, exchange: Exchange) -> SentReply:
    return await fault.answer(exchange, inner)
