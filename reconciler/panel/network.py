"""httpx over aiohttp: the clients for a network, and what their failures mean.

Invariant: whether a request left is judged by aiohttp's exception alone, because httpx-aiohttp
reports a connection that was lost after the request as one that could not be opened.
"""

from __future__ import annotations

from errno import ECONNREFUSED
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from reconciler.errors import LostAnswerError, PanelError, SecurityStopError, UnreachableError
from reconciler.panel.tls import tls_context
from reconciler.panel.transport import FAILURES, Route, make_client

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from reconciler.model.target import Target

# Shorter than servers keep idle connections, so that we rarely write into one being closed.
_IDLE = 3.0
# How OpenSSL names an answer in plain HTTP, by version.
_PLAIN_HTTP = ("wrong version number", "http request", "record layer failure", "packet length")
# What the connector raises while there is no connection yet.
_BEFORE = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidUrlClientError,
)


def over_network(target: Target) -> Route:
    """Make the clients for a target; writes each take a fresh connection.

    A connection kept open may be closed by the server at the moment we write into it. A read is
    then repeated; a write would be in doubt, hence a connection of its own.
    Raises: SecurityStopError.
    """
    context = tls_context(target.tls)
    limits = target.limits
    reading = AiohttpTransport(verify=context, client=_session(context, limits.reads, keep=True))
    writing = AiohttpTransport(verify=context, client=_session(context, limits.writes, keep=False))
    return Route(
        httpx.URL(target.url),
        make_client(reading),
        make_client(writing),
        (*FAILURES, aiohttp.ClientError, OSError),
        explain,
        partial(explain, url=target.url),
        limits.connect,
    )


def explain(error: Exception, url: str = "") -> PanelError:
    """Return what a failure means for the request, with its cause in plain words.

    Shape:  a TLS failure forbids further requests; what the connector raises did not leave; all
            else may have left. ``url`` is the target's while nothing has answered there, to tell
            http from https.
    """
    cause = _origin(error)
    if isinstance(cause, aiohttp.ClientSSLError):
        return SecurityStopError(f"{_distrust(cause)}; nothing was sent")
    if isinstance(cause, _BEFORE):
        return UnreachableError(f"no connection: {_unreachable(cause)}")
    return LostAnswerError(f"the connection broke: {_broken(cause, url)}")


def _unreachable(cause: BaseException) -> str:
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return f"the host name {cause.host} is unknown"
    if isinstance(cause, aiohttp.ConnectionTimeoutError | TimeoutError):
        return "nothing answered in time"
    if isinstance(cause, aiohttp.InvalidUrlClientError):
        return "the address is not a URL"
    inner = getattr(cause, "os_error", None)
    if isinstance(inner, ConnectionRefusedError) or getattr(inner, "errno", 0) == ECONNREFUSED:
        return "nothing listens on that port (connection refused)"
    return str(getattr(inner, "strerror", "") or "the network is unreachable").lower()


def _broken(cause: BaseException, url: str) -> str:
    if isinstance(cause, TimeoutError):
        return "no answer came in time"
    garbled = isinstance(cause, aiohttp.ServerDisconnectedError | aiohttp.ClientResponseError)
    if garbled and url.startswith("http:"):
        return "the answer is not HTTP; the server may use https, but the target says http"
    if isinstance(cause, aiohttp.ClientResponseError):
        return "the answer is not HTTP"
    if isinstance(cause, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    if isinstance(cause, aiohttp.ClientPayloadError):
        return "the answer was cut off"
    return "the server closed it before the answer was complete"


def _distrust(cause: aiohttp.ClientSSLError) -> str:
    """Return why a server is not trusted, with the setting that trusts it where that is right."""
    reason = _reason(cause)
    word = reason.lower().replace("_", " ")
    if any(sign in word for sign in _PLAIN_HTTP):
        return "the server uses http, but the target says https"
    if "expired" in word:
        return f"TLS: {reason}: the server's certificate has expired"
    if "mismatch" in word or "not valid for" in word:
        return f"TLS: {reason}: the certificate is for another name than the target's"
    if "certificate" in word or "issuer" in word:
        return f"TLS: {reason}; if this is your panel, name its authority by `tls: {{caFile: …}}`"
    return f"TLS: {reason}"


def _session(
    context: ssl.SSLContext, limit: int, *, keep: bool
) -> Callable[[], aiohttp.ClientSession]:
    def open_session() -> aiohttp.ClientSession:
        connector = (
            aiohttp.TCPConnector(limit=limit, ssl=context, keepalive_timeout=_IDLE)
            if keep
            else aiohttp.TCPConnector(limit=limit, ssl=context, force_close=True)
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )

    return open_session


def _origin(error: BaseException) -> BaseException:
    while not isinstance(error, aiohttp.ClientError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _reason(error: aiohttp.ClientSSLError) -> str:
    inner = error.os_error
    words = (getattr(inner, name, "") for name in ("verify_message", "reason", "strerror"))
    return next((str(word).rstrip(".") for word in words if word), "the handshake failed")
