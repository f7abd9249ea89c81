"""One request over HTTP: to the one endpoint, under one deadline, as a POST.

Invariants: no redirect is followed, no cookie kept, nothing taken from the environment; whatever
the server does, ``send`` ends; only what provably precedes the first byte counts as not sent.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from reconciler import __version__
from reconciler.errors import LostAnswerError, SecurityStopError
from reconciler.model.target import is_loopback
from reconciler.panel.response import AnswerReader

if TYPE_CHECKING:
    from reconciler.panel.request import Request

HEADERS = {
    "Accept": "application/xml, application/json;q=0.9, text/*;q=0.8",
    "Accept-Encoding": "identity",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": f"reconciler/{__version__}",
}


class Line(Protocol):
    """What carries a request to a panel and its answer back."""

    async def post(self, path: str, body: bytes, answer: AnswerReader) -> None:
        """Send a body, and give the answer as it comes in to ``answer``.

        ``path`` is empty for the panel's endpoint.
        Raises: UnreachableError when it did not leave; SecurityStopError; LostAnswerError and its
                leaves for everything that came to nothing afterwards.
        """

    async def aclose(self) -> None:
        """Close every connection."""


@dataclass(frozen=True, slots=True)
class Route:
    """How to reach a panel: one line for reads and one for writes."""

    reading: Line
    writing: Line

    async def aclose(self) -> None:
        """Close both lines."""
        await self.reading.aclose()
        await self.writing.aclose()


class HttpTransport:
    """Sends requests over a route; ``deadline`` is for one exchange as a whole, in seconds."""

    def __init__(self, route: Route, deadline: float) -> None:
        """Store the route; the caller opens and closes it."""
        self._route = route
        self._deadline = deadline
        self._answered = False

    async def send(self, request: Request) -> bytes:
        """Send one request and return the body of the answer.

        Raises: CodecError, and as ``Line.post``.
        """
        line = self._route.writing if request.writes else self._route.reading
        body, answer = request.body, AnswerReader(known=self._answered)
        try:
            async with asyncio.timeout(self._deadline):
                await line.post(request.path, body, answer)
        except TimeoutError as error:
            raise LostAnswerError(f"no complete answer within {self._deadline:g} s") from error
        finally:
            self._answered = self._answered or answer.begun
        return answer.body()


def check_origin(url: str) -> None:
    """Check that credentials may be sent to an origin: https, or this machine.

    Raises: SecurityStopError.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        raise SecurityStopError("a panel's address is https://HOST/PATH")
    if parts.scheme == "http" and not is_loopback(host):
        raise SecurityStopError(
            f"plain http to {host!r}: use https; plain http is for this machine only"
        )
