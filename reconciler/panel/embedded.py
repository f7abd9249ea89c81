"""An application in this process in place of a network: the embedded panel.

Invariant: it is asked as over a network, and an exception of its own becomes status 500.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from reconciler.errors import LostAnswerError, PanelError
from reconciler.panel.transport import HEADERS, Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.panel.response import AnswerReader

_ADDRESS = "http://localhost/billmgr"
# What httpx and its ASGI transport raise for an exchange that came to nothing.
_FAILURES = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, AssertionError)


class EmbeddedLine:
    """Hands requests to a transport of httpx; ``explain`` says what a failure of it means."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        url: str = _ADDRESS,
        explain: Callable[[Exception], PanelError] | None = None,
    ) -> None:
        """Store what carries requests."""
        self._transport = transport
        self._url = httpx.URL(url)
        self._explain = explain or _unanswered

    async def post(self, path: str, body: bytes, answer: AnswerReader) -> None:
        """Send a body, as ``Line.post``."""
        url = self._url.copy_with(path=path) if path else self._url
        request = httpx.Request("POST", url, headers=HEADERS, content=body)
        try:
            response = await self._transport.handle_async_request(request)
            try:
                answer.begin(response.status_code, response.headers)
                async for raw in response.aiter_raw():
                    answer.feed(raw)
            finally:
                await response.aclose()
        except _FAILURES as error:
            raise self._explain(error) from error

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


def embedded_route(app: object, url: str) -> Route:
    """Reach an ASGI application without a network."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    known = url if url.startswith(("http://", "https://")) else _ADDRESS
    line = EmbeddedLine(transport, known)
    return Route(line, line)


def _unanswered(_error: Exception) -> PanelError:
    return LostAnswerError("the application did not answer")
