"""The connection to one client: what can be sent, and whether he is still there.

Invariants: the server is asked about the client only once something has to wait for him; a wait
ends when he hangs up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from reconciler.sandbox.app import Receive, Send
    from reconciler.sandbox.faults.exchange import SentReply

Sleep = Callable[[float], Awaitable[None]]


class Connection:
    """What an ASGI server hands over for one request, after the request was read from it."""

    def __init__(self, receive: Receive, send: Send, sleep: Sleep) -> None:
        """Store both ends; nothing is read or sent yet."""
        self._receive = receive
        self._send = send
        self._sleep = sleep
        self._gone: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._gone is not None:
            self._gone.cancel()

    async def pause(self, seconds: float) -> bool:
        """Wait for a time, or until the client closes; return whether it is still there."""
        if self._gone is None:
            self._gone = asyncio.create_task(self._watch())
        nap = asyncio.ensure_future(self._sleep(seconds))
        try:
            await asyncio.wait({nap, self._gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
        return not self._gone.done()

    async def start(self, reply: SentReply, *headers: tuple[bytes, bytes]) -> None:
        """Send status and headers."""
        sent = [(b"content-type", reply.kind), *reply.headers, *headers]
        await self._send({"type": "http.response.start", "status": reply.status, "headers": sent})

    async def body(self, piece: bytes, *, more: bool) -> None:
        """Send a piece of the body."""
        await self._send({"type": "http.response.body", "body": piece, "more_body": more})

    async def _watch(self) -> None:
        # Receiving waits, with a server that keeps to the rules; one that does not would otherwise
        # stop everything else.
        while (await self._receive())["type"] != "http.disconnect":  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
