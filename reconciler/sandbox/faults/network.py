"""Answers that are lost, cut or late on their way.

Invariants: nothing here changes what an answer says; with ``before`` the panel never acts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from reconciler.sandbox.faults.delivery import Closed, Dripping, Partial, Silent
from reconciler.sandbox.faults.exchange import Exchange, Inner, SentReply, page
from reconciler.sandbox.faults.fault import CorruptReply, Fault, ReplaceReply, Seconds, When

if TYPE_CHECKING:
    from reconciler.sandbox.faults.delivery import Delivery

Framing = Literal["length", "chunked", "matching"]
_LONG_ENOUGH = 3600.0


class Drop(ReplaceReply):
    """The connection is closed without an answer."""

    do: Literal["drop"] = "drop"

    async def made(self, exchange: Exchange) -> SentReply:
        """Answer nothing."""
        del exchange
        return _nothing(Closed())


class Hang(ReplaceReply):
    """No answer comes until the client hangs up, or for ``seconds``; then the connection closes."""

    do: Literal["hang"] = "hang"
    seconds: Seconds = _LONG_ENOUGH

    async def made(self, exchange: Exchange) -> SentReply:
        """Answer nothing, slowly."""
        del exchange
        return _nothing(Silent(self.seconds))


class Slow(Fault):
    """The request is worked off, or the answer sent, ``seconds`` later."""

    do: Literal["slow"] = "slow"
    seconds: Seconds = 5.0
    when: When = "after"

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Wait on one side of the work."""
        if self.when == "before":
            await exchange.site.sleep(self.seconds)
            return await inner(exchange)
        reply = await inner(exchange)
        await exchange.site.sleep(self.seconds)
        return reply


class Drip(CorruptReply):
    """The answer comes ``size`` bytes at a time, with ``seconds`` after each."""

    do: Literal["drip"] = "drip"
    when: When = "after"
    seconds: Seconds = 1.0
    size: Annotated[int, Field(ge=1)] = 1

    def spoilt(self, exchange: Exchange, reply: SentReply) -> SentReply:
        """Slow the delivery down."""
        del exchange
        return replace(reply, delivery=Dripping(self.seconds, self.size))


class Cut(CorruptReply):
    """The answer ends after ``keep`` bytes, by default half of it.

    ``framing``: it is shorter than its Content-Length; its last chunk is missing; or HTTP has
    nothing to object (``matching``), as when a body ends with the connection.
    """

    do: Literal["cut"] = "cut"
    keep: Annotated[int, Field(ge=0)] | None = None
    framing: Framing = "length"

    def spoilt(self, exchange: Exchange, reply: SentReply) -> SentReply:
        """Send only the beginning."""
        del exchange
        keep = len(reply.body) // 2 if self.keep is None else self.keep
        return replace(reply, delivery=Partial(keep, self.framing))


def _nothing(delivery: Delivery) -> SentReply:
    return replace(page(""), delivery=delivery)
