"""Answers that are well-formed and untrue, or a refusal.

Invariants: each is a document of the format that was asked for; with ``before`` nothing changed,
whatever the answer says.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from reconciler.sandbox.call import request
from reconciler.sandbox.faults.fault import CorruptReply, Fault, ReplaceReply
from reconciler.sandbox.reply import ConfirmationReply, ErrorReply, Node

if TYPE_CHECKING:
    from reconciler.sandbox.faults.exchange import Exchange, Inner, SentReply

_WHO = {"auth", "authinfo", "su", "lang", "out"}


class ErrorFault(ReplaceReply):
    """A typed error; with an empty ``type`` the older, plain one."""

    do: Literal["error"] = "error"
    type: str = "db"
    object: str = ""
    value: str = ""
    message: str = "The request was refused"

    async def made(self, exchange: Exchange) -> SentReply:
        """Write the error document."""
        return exchange.reply(_failed(exchange, self))


class Busy(ReplaceReply):
    """Another request is working on the same thing."""

    do: Literal["busy"] = "busy"

    async def made(self, exchange: Exchange) -> SentReply:
        """Write the error document."""
        text = "Request in process, please wait"
        return exchange.reply(ErrorReply("", "", message=text, lang=exchange.head().lang))


class FalseSuccess(Fault):
    """Success without any effect; ``ids`` are the new ids, ``next`` is the text in ``<ok>``."""

    do: Literal["ok"] = "ok"
    ids: dict[str, str] = Field(default_factory=dict)
    next: str = ""

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Confirm, with the form as it stands where there is one."""
        del inner
        ids = tuple(self.ids.items())
        if exchange.writes:
            return await exchange.pretend(ids, self.next)
        return exchange.reply(ConfirmationReply(ok=self.next, ids=ids))


class SecondFactor(ReplaceReply):
    """The session waits for a second factor, or another form: confirmed, and nothing else."""

    do: Literal["second-factor"] = "second-factor"
    form: str = "totp.confirm"

    async def made(self, exchange: Exchange) -> SentReply:
        """Return the name of the form."""
        return exchange.reply(ConfirmationReply(ok=f"func={self.form}"))


class OtherReply(ReplaceReply):
    """The answer to another question: the reply of the function ``answers`` to the same user."""

    do: Literal["other"] = "other"
    answers: str = "whoami"

    async def made(self, exchange: Exchange) -> SentReply:
        """Ask the other question."""
        kept = [(name, text) for name, text in exchange.asked.given.items() if name in _WHO]
        asked = request([*kept, ("func", self.answers)], exchange.asked.host)
        return await replace(exchange, asked=asked).work()


class Contradict(CorruptReply):
    """The answer says two things: yes and no (``error``), or all of it twice (``twice``)."""

    do: Literal["contradict"] = "contradict"
    how: Literal["error", "twice"] = "error"
    type: str = "access"

    def spoilt(self, exchange: Exchange, reply: SentReply) -> SentReply:
        """Add what contradicts."""
        if self.how == "twice":
            return replace(reply, body=reply.body + reply.body, said=None)
        if reply.said is None:
            return reply
        refused = isinstance(reply.said[0], ErrorReply)
        adverse = ConfirmationReply() if refused else _failed(exchange, ErrorFault(type=self.type))
        body = _joined(reply.body, exchange.reply(adverse).body, "ok" if refused else "error")
        return replace(reply, body=body, said=None)


def _failed(exchange: Exchange, error: ErrorFault) -> ErrorReply:
    named = Node("param", error.object, (("name", "object"),))
    valued = Node("param", error.value, (("name", "value"),))
    return ErrorReply(
        error.type,
        error.object,
        params=(*((named,) if error.object else ()), *((valued,) if error.value else ())),
        group=error.message,
        message=error.message,
        lang=exchange.head().lang,
    )


def _joined(body: bytes, adverse: bytes, name: str) -> bytes:
    """Take one element of an answer over into another, in whatever format both are."""
    begin = adverse.find(f"<{name}".encode())
    if begin >= 0:
        end = adverse.index(b">", begin) + 1 if name == "ok" else adverse.index(b"</error>") + 8
        close = body.rindex(b"</")
        return body[:close] + adverse[begin:end] + body[close:]
    try:
        one, two = json.loads(body), json.loads(adverse)
    except ValueError:
        return body + adverse
    if isinstance(one, list):
        one = {"elem": one}
    inner, outer = (one.get("doc", one), two.get("doc", two))
    inner[name] = outer[name]
    return json.dumps(one, ensure_ascii=False).encode()
