"""What every fault has: the requests that it is for, and which of them it hits.

Invariants: a fault is a frozen value and closed, so that a misspelt key is an error; what it hits
depends on the requests that came before and on nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from reconciler.sandbox.faults.exchange import Exchange, Inner, SentReply

When = Literal["before", "after"]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Fault(BaseModel, ABC):
    """One fault.

    ``func``: the function, or a pattern with ``*`` and ``?``. ``request``: all of them, those that
    confirm a form (``submit``), those and the actions (``write``), or the others (``read``).
    ``given``: parameters that the request has to carry, as patterns. Of the requests that match,
    those from number ``call`` on are hit, ``count`` of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    func: str = "*"
    request: Literal["any", "read", "submit", "write"] = "any"
    given: dict[str, str] = {}
    call: int = Field(default=1, ge=1)
    count: Annotated[int, Field(ge=1)] | Literal["always"] = 1

    def matches(self, exchange: Exchange) -> bool:
        """Return whether a request is one of those that are counted."""
        sorts = {
            "any": True,
            "read": not exchange.writes,
            "submit": exchange.submits,
            "write": exchange.writes,
        }
        given = exchange.asked.given
        return (
            fnmatchcase(exchange.asked.func, self.func)
            and sorts[self.request]
            and all(fnmatchcase(given.get(name, ""), text) for name, text in self.given.items())
        )

    def hits(self, number: int) -> bool:
        """Return whether the matching request with this number, from 1 on, is hit."""
        return number >= self.call and (self.count == "always" or number < self.call + self.count)

    @abstractmethod
    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Answer a request that is hit; ``inner`` is whatever stands behind this fault."""


class ReplaceReply(Fault):
    """A fault that answers in the panel's place: before it was asked, or after it has acted."""

    when: When = "before"

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Answer, with the request worked off or not."""
        if self.when == "after":
            await inner(exchange)
        return await self.made(exchange)

    @abstractmethod
    async def made(self, exchange: Exchange) -> SentReply:
        """Make the answer."""


class CorruptReply(Fault):
    """A fault that spoils an answer: the panel's own, or that of a success that was none.

    With ``before`` the panel is asked to open the form that the answer needs, and no more.
    """

    when: When = "before"

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Answer, with the request worked off or not."""
        whole = await inner(exchange) if self.when == "after" else await exchange.pretend()
        return self.spoilt(exchange, whole)

    @abstractmethod
    def spoilt(self, exchange: Exchange, reply: SentReply) -> SentReply:
        """Spoil an answer."""
