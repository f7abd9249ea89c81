"""Faults of what is done, not of what is said: late, twice, in part, or by somebody else besides.

Invariants: what happens to the panel happens through its own functions, and its audit shows it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from reconciler.sandbox.faults.delivery import Closed
from reconciler.sandbox.faults.exchange import Exchange, Inner, SentReply, page
from reconciler.sandbox.faults.fault import Fault, Seconds, When
from reconciler.sandbox.reply import ConfirmationReply

_Id = Annotated[int, Field(ge=1, le=(1 << 63) - 1)]


class Late(Fault):
    """No answer, and the work is done later: after ``seconds``, or before the n-th next request.

    With ``seconds``, too, it is done when the next request comes, or when the server stops: until
    then the effect is unknown.
    """

    do: Literal["late"] = "late"
    seconds: Seconds | None = None
    requests: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.seconds is None) is (self.requests is None):
            raise ValueError("set either seconds or requests")
        return self

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Store the work, and close the connection."""
        work = partial(inner, exchange)
        exchange.site.owe(work, seconds=self.seconds, requests=self.requests or 0)
        return replace(page(""), delivery=Closed())


class Twice(Fault):
    """The request is delivered twice; the first or the last answer comes back."""

    do: Literal["twice"] = "twice"
    answer_of: Literal["first", "last"] = "last"

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Work it off, and again."""
        first = await inner(exchange)
        last = await inner(exchange)
        return first if self.answer_of == "first" else last


class Ignore(Fault):
    """Some parameters do not arrive, and the rest is worked off."""

    do: Literal["ignore"] = "ignore"
    params: Annotated[list[str], Field(min_length=1)]

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Lose the parameters."""
        return await inner(exchange.asking(without=tuple(self.params)))


class Cart(Fault):
    """An order is put into the cart although it was to be paid at once."""

    do: Literal["cart"] = "cart"

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Lose what asks for payment."""
        return await inner(exchange.asking(without=("skipbasket",)))


class Lag(Fault):
    """What the request sets going (a service that opens, closes, reinstalls) takes ``seconds``."""

    do: Literal["lag"] = "lag"
    seconds: Seconds = 600.0

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Work it off on an install that is slower."""
        settings = replace(exchange.settings, lag=timedelta(seconds=self.seconds))
        return await inner(replace(exchange, settings=settings))


class Reuse(Fault):
    """The object that the request makes gets this id, unless it is taken."""

    do: Literal["reuse"] = "reuse"
    id: _Id

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Work it off with an id set aside."""
        settings = replace(exchange.settings, next_id=self.id)
        return await inner(replace(exchange, settings=settings))


class Expire(Fault):
    """The session that the request carries is ended, before it is worked off or after."""

    do: Literal["expire"] = "expire"
    when: When = "before"

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """End the session."""
        gone = {"func": "session.delete", "elid": exchange.asked.given.get("auth", "")}
        if self.when == "before":
            exchange.site.act(gone, None)
            return await inner(exchange)
        reply = await inner(exchange)
        exchange.site.act(gone, None)
        return reply


class PanelCall(BaseModel):
    """A call by somebody at the panel, as on its own command line.

    A parameter ``$name`` takes the value that the matched request has under that name; ``$id`` is,
    afterwards, the id of the object that it made. ``id``: of the object that this call makes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    func: str
    params: dict[str, str] = Field(default_factory=dict)
    id: _Id | None = None


class ConcurrentCall(Fault):
    """Somebody else does something right before the request, or right after it."""

    do: Literal["also"] = "also"
    when: When = "before"
    run: PanelCall

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Run both, in their order."""
        known = dict(exchange.asked.given)
        if self.when == "before":
            self._run(exchange, known)
            return await inner(exchange)
        reply = await inner(exchange)
        if reply.said is not None and isinstance(reply.said[0], ConfirmationReply):
            known["id"] = next((text for _, text in reply.said[0].ids), "")
        self._run(exchange, known)
        return reply

    def _run(self, exchange: Exchange, known: dict[str, str]) -> None:
        given = {
            name: known.get(text[1:], "") if text.startswith("$") else text
            for name, text in self.run.params.items()
        }
        exchange.site.act({**given, "func": self.run.func}, self.run.id)
