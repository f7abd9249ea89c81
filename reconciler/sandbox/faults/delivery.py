"""How a reply is handed over: whole, in part, drop by drop, or never.

Invariants: a wait ends when the client hangs up; None is returned after a reply that is
complete for HTTP, and ``HANG_UP`` when the server must close the connection, which uvicorn does
when an application returns anything but None. In process there is no connection to close:
``httpx.ASGITransport`` raises AssertionError for a reply that was not finished, and gives one that
is shorter than its Content-Length as it is.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.sandbox.faults.connection import Connection
    from reconciler.sandbox.faults.exchange import SentReply

HANG_UP = "the connection is closed on purpose"
_BLOCK = 1 << 20
_GZIP_WINDOW = 31


@dataclass(frozen=True, slots=True)
class Complete:
    """As it should be."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Not at all: the connection is closed."""


@dataclass(frozen=True, slots=True)
class Silent:
    """Not at all, and the connection stays open for a time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Partial:
    """Only the first bytes; ``framing`` says how much of that HTTP itself gives away."""

    keep: int
    framing: Literal["length", "chunked", "matching"]


@dataclass(frozen=True, slots=True)
class Dripping:
    """A few bytes at a time."""

    seconds: float
    size: int


@dataclass(frozen=True, slots=True)
class Flooding:
    """With blanks in its middle, up to a size that is never held in memory."""

    size: int
    gzip: bool


Delivery = Complete | Closed | Silent | Partial | Dripping | Flooding


async def deliver(reply: SentReply, line: Connection) -> str | None:
    """Hand a reply over; what is returned is for the server (see above)."""
    match reply.delivery:
        case Complete():
            await line.start(reply, _length(len(reply.body)))
            await line.body(reply.body, more=False)
            return None
        case Closed():
            return HANG_UP
        case Silent(seconds):
            await line.pause(seconds)
            return HANG_UP
        case Partial() as partial:
            return await _part(reply, line, partial)
        case Dripping(seconds, size):
            return await _drip(reply, line, seconds, size)
        case Flooding() as flood:
            return await _flood(reply, line, flood)
        case _ as never:
            assert_never(never)


async def _part(reply: SentReply, line: Connection, partial: Partial) -> str | None:
    kept = reply.body[: partial.keep]
    if partial.framing == "matching":
        await line.start(reply, _length(len(kept)))
        await line.body(kept, more=False)
        return None
    if partial.framing == "chunked":
        await line.start(reply)
        await line.body(kept, more=True)
        return HANG_UP
    await line.start(reply, _length(len(reply.body)))
    await line.body(kept, more=True)
    # A server objects to ending a body early, each with an exception of its own, and then hangs
    # up when asked to; in process there is nobody to object, and the short body is the reply.
    with suppress(Exception):
        await line.body(b"", more=False)
    return HANG_UP


async def _drip(reply: SentReply, line: Connection, seconds: float, size: int) -> str | None:
    await line.start(reply, _length(len(reply.body)))
    for begin in range(0, len(reply.body), size):
        await line.body(reply.body[begin : begin + size], more=True)
        if not await line.pause(seconds):
            return HANG_UP
    await line.body(b"", more=False)
    return None


async def _flood(reply: SentReply, line: Connection, flood: Flooding) -> str | None:
    pieces = _padded(reply.body, flood.size)
    if flood.gzip:
        await line.start(reply, (b"content-encoding", b"gzip"))
        pieces = _packed(pieces)
    else:
        await line.start(reply)
    for piece in pieces:
        await line.body(piece, more=True)
        if not await line.pause(0):
            return HANG_UP
    await line.body(b"", more=False)
    return None


def _padded(body: bytes, size: int) -> Iterator[bytes]:
    middle = max(body.rfind(b"<"), body.rfind(b"}"), body.rfind(b"]"), 0)
    yield body[:middle]
    block = b" " * _BLOCK
    missing = max(size - len(body), 0)
    for _ in range(missing // _BLOCK):
        yield block
    yield block[: missing % _BLOCK]
    yield body[middle:]


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    pack = zlib.compressobj(1, wbits=_GZIP_WINDOW)
    for piece in pieces:
        packed = pack.compress(piece)
        if packed:
            yield packed
    yield pack.flush()


def _length(size: int) -> tuple[bytes, bytes]:
    return b"content-length", str(size).encode()
