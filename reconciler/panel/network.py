"""httpx over aiohttp: the clients for a network, and what their failures mean.

Invariant: whether a request left is judged by aiohttp's exception alone, because httpx-aiohttp
reports a connection that was lost after the request as one that could not be opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from reconciler.errors import LostAnswerError, PanelError, SecurityStopError, UnreachableError
from reconciler.panel.tls import trust
from reconciler.panel.transport import FAILURES, Way, make_client

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from reconciler.model.target import Target

# Shorter than servers keep idle connections, so that we rarely write into one being closed.
_IDLE = 3.0
# What the connector raises while there is no connection yet.
_BEFORE = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidUrlClientError,
)


def over_network(target: Target) -> Way:
    """Make the clients for a target; writes each take a fresh connection.

    A connection kept open may be closed by the server at the moment we write into it. A read is
    then repeated; a write would be in doubt, hence a connection of its own.
    Raises: SecurityStopError.
    """
    context = trust(target.tls)
    limits = target.limits
    reading = AiohttpTransport(verify=context, client=_session(context, limits.reads, keep=True))
    writing = AiohttpTransport(verify=context, client=_session(context, limits.writes, keep=False))
    return Way(
        httpx.URL(target.url),
        make_client(reading),
        make_client(writing),
        (*FAILURES, aiohttp.ClientError, OSError),
        explain,
        limits.connect,
    )


def explain(error: Exception) -> PanelError:
    """Say what a failure means for the request.

    Shape:  a TLS failure forbids further requests; what the connector raises did not leave; all
            else may have left.
    """
    cause = _origin(error)
    if isinstance(cause, aiohttp.ClientSSLError):
        return SecurityStopError(f"TLS: {_reason(cause)}; nothing was sent")
    if isinstance(cause, _BEFORE):
        return UnreachableError(f"no connection to the panel ({type(cause).__name__})")
    return LostAnswerError(f"the connection broke ({type(cause).__name__})")


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
