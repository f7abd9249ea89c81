"""What a network and a machine do to a request, below anything that a panel could answer.

Invariant: what is not sent never reaches the panel; the errors are those of the real transport.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

import httpx

from reconciler.errors import LostAnswerError, PanelError, SecurityStopError, UnreachableError
from reconciler.panel.embedded import EmbeddedLine
from reconciler.panel.transport import Route
from reconciler.sandbox.faults import Fault
from tests.support.killing import KilledError

if TYPE_CHECKING:
    from reconciler.sandbox.faults.exchange import Exchange, Inner, SentReply

How = Literal["unreachable", "tls", "broken", "killed"]


class _InterruptedError(BaseException):
    def __init__(self, how: How) -> None:
        self.how = how


class ConnectionFault(Fault):
    """The line or the process breaks, before the panel has acted or after."""

    do: Literal["snap"] = "snap"
    how: How = "broken"
    when: Literal["before", "after"] = "before"

    async def answer(self, exchange: Exchange, inner: Inner) -> SentReply:
        """Break."""
        if self.when == "after":
            await inner(exchange)
        raise KilledError if self.how == "killed" else _InterruptedError(self.how)


@dataclass(slots=True)
class SentRequest:
    """One request as it left; ``begun`` and ``ended`` count what happened on the line."""

    func: str
    params: dict[str, str]
    begun: int
    ended: int = 0

    @property
    def writes(self) -> bool:
        """Tell whether it could have changed anything."""
        return "sok" in self.params or self.func.rpartition(".")[2] in {
            *("delete", "suspend", "resume", "setfilter", "setpaid", "pay", "newkey"),
        }


class _ConnectionError(httpx.TransportError):
    def __init__(self, how: How) -> None:
        super().__init__(how)
        self.how = how


class _RecordingTransport(httpx.AsyncBaseTransport):
    """Hands requests on to an application, and writes each of them down."""

    def __init__(self, app: object, tap: list[SentRequest]) -> None:
        self._inner = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
        self._tap = tap
        self._count = count(1)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        params = dict(parse_qsl((await request.aread()).decode(), keep_blank_values=True))
        sent = SentRequest(params.get("func", ""), params, next(self._count))
        self._tap.append(sent)
        try:
            return await self._inner.handle_async_request(request)
        except _InterruptedError as snapped:
            raise _ConnectionError(snapped.how) from None
        finally:
            sent.ended = next(self._count)


def recorded_route(app: object, tap: list[SentRequest]) -> Route:
    """Reach an application in process, over a line that can break."""
    line = EmbeddedLine(_RecordingTransport(app, tap), explain=_explain)
    return Route(line, line)


def _explain(error: Exception) -> PanelError:
    match error:
        case _ConnectionError(how="unreachable"):
            return UnreachableError("no connection to the panel")
        case _ConnectionError(how="tls"):
            return SecurityStopError("TLS: certificate has expired; nothing was sent")
        case _:
            return LostAnswerError("the connection broke")
