"""One call, asked once: gate, encode, send, wait for long tasks, read, interpret, log.

Invariants: an exchange ends within the transport's deadline for each request and one more for a
long task; nothing is retried here; after an answer that forbids it nothing is sent at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import (
    BusyError,
    LongTaskError,
    LostAnswerError,
    PanelError,
    RejectedError,
    SecurityStopError,
    StatusError,
    ThrottledError,
)
from reconciler.model.redaction import redact
from reconciler.model.value import Secret
from reconciler.panel.request import Fields, Request, encode
from reconciler.wire.formats.decode import decode
from reconciler.wire.formats.node import Document

if TYPE_CHECKING:
    from reconciler.model.target import Format, Target
    from reconciler.panel.limiter import AdaptiveLimiter
    from reconciler.panel.request_log import RequestLog
    from reconciler.ports import Clock, Secrets
    from reconciler.wire.call import Call

T = TypeVar("T")
Reading = Callable[[Document, str], T]
Send = Callable[[Request], Awaitable[bytes]]
Guard = Callable[[Fields], None]

_POLL = 1.0
_SERVER = 500


def allow_all(_fields: Fields) -> None:
    """Allow every request: the guard of those who may write."""


@dataclass(slots=True)
class Halt:
    """Why nothing further may be sent, once that is so."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Everything that one exchange needs; ``send`` is the wire, whichever it is.

    ``guard`` sees the fields of every request last, right before it is sent.
    """

    send: Send
    target: Target
    secrets: Secrets
    clock: Clock
    reads: AdaptiveLimiter
    writes: AdaptiveLimiter
    tally: RequestLog
    guard: Guard = field(default=allow_all)
    halt: Halt = field(default_factory=Halt)

    async def ask(self, call: Call, reading: Reading[T], credentials: Fields = ()) -> T:
        """Ask once, and read the answer with ``reading``.

        Raises: PanelError.
        """
        gate = self.writes if call.writes else self.reads
        async with gate as entered:
            began = self.clock.now()
            try:
                answer = await self._answer(call, reading, credentials)
            except PanelError as error:
                if isinstance(error, LostAnswerError) and not call.writes:
                    error.asked = call.title  # a write is named by what sends it
                if isinstance(error, SecurityStopError):
                    self.halt.reason = self.halt.reason or str(error)
                self.tally.note(call, self.clock.now() - began, error)
                if _is_overload(error):
                    gate.overloaded(entered)
                elif isinstance(error, RejectedError):
                    gate.answered(entered, call.func)
                raise
            self.tally.note(call, self.clock.now() - began)
            gate.answered(entered, call.func)
            return answer

    async def _answer(self, call: Call, reading: Reading[T], credentials: Fields) -> T:
        try:
            return await self._reading(call, reading, credentials)
        except RejectedError as error:
            # A refusal may repeat what was sent, and is kept in reports and journals.
            secrets = [*_confidential(credentials), *self._resolved(call)]
            words = (error.code, error.object, error.message)
            masked = RejectedError(*(redact(word, secrets) for word in words))
            masked.step = error.step
            raise masked from None

    def _resolved(self, call: Call) -> list[str]:
        return [
            self.secrets.resolve(value) for _, value in call.params if isinstance(value, Secret)
        ]

    async def _reading(self, call: Call, reading: Reading[T], credentials: Fields) -> T:
        out: Format = "devel" if call.labels else self.target.format
        try:
            return reading(await self._document(call, out, credentials), call.func)
        except RejectedError as error:
            # A flat refusal may say no type; the same question in XML has one.
            if error.code or call.writes or out != "bjson":
                raise
        return reading(await self._document(call, "xml", credentials), call.func)

    async def _document(self, call: Call, out: Format, credentials: Fields) -> Document:
        su = self.target.auth.su
        request = encode(call, out=out, su=su, secrets=self.secrets, credentials=credentials)
        self.guard(request.fields)
        body = await self._sent(request)
        try:
            return decode(body, out, file=call.file)
        except LongTaskError as task:
            path = replace(request, path=task.path)
            return await self._wait(path, out, task, file=call.file)

    async def _sent(self, request: Request) -> bytes:
        if self.halt.reason:
            raise SecurityStopError(f"nothing further is sent: {self.halt.reason}")
        return await self.send(request)

    async def _wait(
        self, request: Request, out: Format, task: LongTaskError, *, file: bool
    ) -> Document:
        """Poll where the answer of a long task will be found; asking there changes nothing."""
        kept = {"out", "lang", "auth", "authinfo"}
        fields = tuple(pair for pair in request.fields if pair[0] in kept)
        poll = replace(request, fields=fields, writes=False)
        until = self.clock.now() + self.target.limits.read
        for _ in range(int(self.target.limits.read / _POLL) + 1):
            if self.clock.now() >= until:
                break
            await self.clock.sleep(_POLL, "the panel is still processing a long task")
            try:
                return decode(await self._sent(poll), out, file=file)
            except LongTaskError as further:
                poll = replace(poll, path=further.path)
            except BusyError:
                continue
        raise task


def _confidential(credentials: Fields) -> list[str]:
    values = [value for _, value in credentials]
    return values + [value.partition(":")[2] for value in values if ":" in value]


def _is_overload(error: PanelError) -> bool:
    """Return whether a panel has more to do than it can: 5xx, 429, or no answer in time."""
    if isinstance(error, StatusError):
        return error.status >= _SERVER
    return isinstance(error, ThrottledError) or type(error) is LostAnswerError
