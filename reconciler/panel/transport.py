"""One request over HTTP: to the one endpoint, under one deadline, as a POST.

Invariants: no redirect is followed, no cookie kept, nothing taken from the environment; whatever
the server does, ``send`` ends; only what provably precedes the first byte counts as not sent.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from reconciler import __version__
from reconciler.errors import LostAnswerError, PanelError, SecurityStopError
from reconciler.model.target import is_loopback
from reconciler.panel.response import check_status, read_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.panel.request import Request

HEADERS = {
    "Accept": "application/xml, application/json;q=0.9, text/*;q=0.8",
    "Accept-Encoding": "identity",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": f"reconciler/{__version__}",
}
LAST = HEADERS | {"Connection": "close"}
IN_PROCESS = "http://localhost/billmgr"
# What httpx and its ASGI transport raise for an exchange that came to nothing.
FAILURES = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, AssertionError)


@dataclass(frozen=True, slots=True)
class Route:
    """How to reach a panel: one client for reads and one for writes, and how failures are reported.

    ``failures`` are what the clients can raise; ``explain`` says what one of them means, and
    ``explain_first`` what it means while nothing has answered: the address may be wrong.
    """

    url: httpx.URL
    reading: httpx.AsyncClient
    writing: httpx.AsyncClient
    failures: tuple[type[Exception], ...]
    explain: Callable[[Exception], PanelError]
    explain_first: Callable[[Exception], PanelError]
    connect: float = 1.0

    def request(self, request: Request) -> httpx.Request:
        """Write a request; deadlines beyond connecting are the caller's.

        Raises: CodecError.
        """
        waits = {"connect": self.connect, "pool": self.connect, "read": None, "write": None}
        return httpx.Request(
            "POST",
            self.url.copy_with(path=request.path) if request.path else self.url,
            headers=LAST if request.writes else HEADERS,
            content=request.body,
            extensions={"timeout": waits},
        )


class HttpTransport:
    """Sends requests over a way; ``deadline`` is for one exchange as a whole, in seconds."""

    def __init__(self, way: Route, deadline: float) -> None:
        """Store the route; the caller opens and closes its clients."""
        self._way = way
        self._deadline = deadline
        self._answered = False

    async def send(self, request: Request) -> bytes:
        """Send one request and return the body of the answer.

        Raises: UnreachableError when it did not leave; SecurityStopError; LostAnswerError and its
                leaves for everything that came to nothing afterwards.
        """
        way = self._way
        client = way.writing if request.writes else way.reading
        outgoing = way.request(request)
        try:
            async with asyncio.timeout(self._deadline):
                response = await client.send(outgoing, stream=True)
                try:
                    check_status(response, known=self._answered)
                    self._answered = True
                    return await read_body(response)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise LostAnswerError(f"no complete answer within {self._deadline:g} s") from error
        except way.failures as error:
            explain = way.explain if self._answered else way.explain_first
            raise explain(error) from error


def make_client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """Make a client that adds nothing of its own."""
    return httpx.AsyncClient(
        transport=transport,
        follow_redirects=False,
        trust_env=False,
        # An empty list of domains: none may set a cookie, and none is sent one.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
    )


def in_process(app: object, url: str) -> Route:
    """Reach an ASGI application without a network; an exception of its own becomes status 500."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    client = make_client(transport)
    known = url if url.startswith(("http://", "https://")) else IN_PROCESS
    return Route(
        httpx.URL(known), client, client, FAILURES, _explain_in_process, _explain_in_process
    )


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


def _explain_in_process(_error: Exception) -> PanelError:
    return LostAnswerError("the application did not answer")
