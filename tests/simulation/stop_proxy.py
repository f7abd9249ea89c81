"""A turnstile before a panel's server: passes requests on, and tells when a write is at a point.

Invariant: whatever happens to the client, a request that was passed on is passed on whole.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

# Where a write is: not yet passed on, received by the server, committed by it, or answered.
Point = Literal["unsent", "received", "committed", "answered"]
_ACTIONS = {"delete", "suspend", "resume"}
_HEAD_END = b"\r\n\r\n"


class StopProxy:
    """Passes requests on to a port; ``reached`` is called once, when a write is at a point."""

    def __init__(self, port: int) -> None:
        """Stand before a server on this machine."""
        self._port = port
        self._aim: tuple[int, Point] | None = None
        self._reached: Callable[[], None] = lambda: None
        self._passing = 0
        self._still = asyncio.Event()
        self._still.set()
        self.writes = 0
        self.hit = False

    async def still(self) -> None:
        """Wait until nothing is passing."""
        await self._still.wait()

    def aim(self, number: int, point: Point, reached: Callable[[], None]) -> None:
        """Wait for the write with a number, from now on, to be at a point."""
        self.writes, self.hit = 0, False
        self._aim, self._reached = (number, point), reached

    def rest(self) -> None:
        """Wait for nothing, and count anew."""
        self._aim, self.writes, self.hit = None, 0, False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Listen on loopback; give the port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._passing += 1
        self._still.clear()
        try:
            await self._pass(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client is gone, as it was meant to be
        finally:
            writer.close()
            self._passing -= 1
            if not self._passing:
                self._still.set()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(_HEAD_END)
        size = next(
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        body = await reader.readexactly(size)
        writes = _is_write(body)
        self.writes += writes
        number = self.writes if writes else 0
        if self._check(number, "unsent"):
            return
        self._check(number, "received")
        answer = await self._ask(head, body)
        self._check(number, "committed")
        writer.write(answer)
        await writer.drain()
        self._check(number, "answered")

    async def _ask(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            lines = [
                line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")
            ]
            head = b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])
            writer.write(head + body)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()

    def _check(self, number: int, point: Point) -> bool:
        if self.hit or number == 0 or self._aim != (number, point):
            return False
        self.hit = True
        self._reached()
        return True


def _is_write(body: bytes) -> bool:
    params = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return "sok" in params or params.get("func", "").rpartition(".")[2] in _ACTIONS
