"""The lines over a network: connections that are made, kept and chosen, and what failures mean.

Invariants: what fails while there is no connection yet was not sent, and everything later may have
been; a write gets a connection of its own; nothing is taken from the environment.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from errno import ECONNREFUSED
from ipaddress import ip_address
from socket import gaierror
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import idna

from reconciler.errors import LostAnswerError, SecurityStopError, UnreachableError
from reconciler.panel.connection import BrokenError, Connection
from reconciler.panel.tls import tls_context
from reconciler.panel.transport import HEADERS, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.target import Target
    from reconciler.panel.response import AnswerReader

# Shorter than servers keep idle connections, so that we rarely write into one being closed.
_IDLE = 3.0
# How long one address of a host is tried before the next is tried beside it (RFC 8305).
_NEXT_ADDRESS = 0.25
# How OpenSSL names an answer in plain HTTP, by version.
_PLAIN_HTTP = ("wrong version number", "http request", "record layer failure", "packet length")
_TRUST = "if this is your panel, name its authority by `tls: {caFile: …}`"
_PERHAPS_HTTPS = "the answer is not HTTP; the server may use https, but the target says http"
_REFUSED = f"[Errno {ECONNREFUSED}]"
_PORTS = {"http": 80, "https": 443}


class NetworkLine:
    """Carries requests over connections, of which it keeps those that can be used again.

    A connection kept open may be closed by the server at the moment we write into it. A read is
    then repeated; a write would be in doubt, hence a connection of its own: ``keep`` is False.
    ``trust`` is how to trust an authority that nobody knows.
    """

    def __init__(
        self,
        url: str,
        context: ssl.SSLContext,
        connect: float,
        *,
        keep: bool,
        headers: Mapping[str, str] = HEADERS,
        trust: str = _TRUST,
    ) -> None:
        """Connect when first asked, each time within ``connect`` seconds.

        Raises: SecurityStopError for a name that no host can have, or a header of several lines.
        """
        parts = urlsplit(url)
        usual = _PORTS[parts.scheme]
        self._host = _wire_name(parts.hostname or "")
        self._port = parts.port or usual
        self._context = context if parts.scheme == "https" else None
        self._connect_within = connect
        self._keep = keep
        self._trust = trust
        self._path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
        kept = {} if keep else {"Connection": "close"}
        name = f"[{self._host}]" if ":" in self._host else self._host
        authority = name if self._port == usual else f"{name}:{self._port}"
        named = {"Host": authority, **headers, **kept}
        if not all(text.isascii() and text.isprintable() for text in named.values()):
            raise SecurityStopError("a header of the request has a character that ends its line")
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        self._head = f" HTTP/1.1\r\n{head}Content-Length: "
        self._idle: deque[tuple[Connection, float]] = deque()

    async def post(self, path: str, body: bytes, answer: AnswerReader) -> None:
        """Send a body, as ``Line.post``."""
        await self.send("POST", path or self._path, body, answer)

    async def send(self, method: str, path: str, body: bytes, answer: AnswerReader) -> None:
        """Send a request with a body, which may be empty. Raises: as ``Line.post``."""
        head = f"{method} {path}{self._head}{len(body)}\r\n\r\n"
        connection = self._reused() or await self._connected()
        try:
            await connection.exchange(head.encode("ascii") + body, answer)
        except BrokenError as error:
            doubted = error.strange and self._context is None and not answer.known
            reason = _PERHAPS_HTTPS if doubted else error
            raise LostAnswerError(f"the connection broke: {reason}") from error
        if self._keep and connection.usable:
            self._idle.append((connection, asyncio.get_running_loop().time()))
        else:
            connection.abort()

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        while self._idle:
            self._idle.pop()[0].abort()
        await asyncio.sleep(0)  # they are closed when the event loop comes around

    def _reused(self) -> Connection | None:
        """Return the connection that was used last, and close those that have idled too long."""
        oldest = asyncio.get_running_loop().time() - _IDLE
        while self._idle and self._idle[0][1] < oldest:
            self._idle.popleft()[0].abort()
        while self._idle:
            connection, _ = self._idle.pop()
            if connection.usable:
                return connection
        return None

    async def _connected(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_within):
                _, connection = await loop.create_connection(
                    Connection,
                    self._host,
                    self._port,
                    ssl=self._context,
                    server_hostname=self._host.rstrip(".") if self._context else None,
                    happy_eyeballs_delay=None if _is_address(self._host) else _NEXT_ADDRESS,
                )
        except ssl.SSLError as error:
            raise SecurityStopError(f"{_distrust(error, self._trust)}; nothing was sent") from error
        except (OSError, UnicodeError) as error:
            reason = _unreachable(error, self._host)
            raise UnreachableError(f"no connection: {reason}") from error
        return connection


def over_network(target: Target) -> Route:
    """Make the lines to a target. Raises: SecurityStopError."""
    context, connect = tls_context(target.tls), target.limits.connect
    return Route(
        NetworkLine(target.url, context, connect, keep=True),
        NetworkLine(target.url, context, connect, keep=False),
    )


def _wire_name(host: str) -> str:
    """Return the name of a host in ASCII: it is looked up, certified and asked by that.

    Raises: SecurityStopError for a name that no host can have.
    """
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise SecurityStopError(f"{host!r} is not the name of a host") from error


def _is_address(host: str) -> bool:
    """Return whether a host is a single address: there is no other one to try beside it.

    The race of asyncio between addresses leaves a socket open where it is cancelled at its end
    (Python 3.11), so it is run only where it is of use.
    """
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _unreachable(error: Exception, host: str) -> str:
    if isinstance(error, gaierror):
        return f"the host name {host} is unknown"
    if isinstance(error, TimeoutError):
        return "nothing answered in time"
    if not isinstance(error, OSError):
        return "the address is not a URL"
    # Where a name has several addresses, the failures of all are in the text alone.
    if error.errno == ECONNREFUSED or _REFUSED in str(error):
        return "nothing listens on that port (connection refused)"
    return str(error.strerror or "the network is unreachable").lower()


def _distrust(error: ssl.SSLError, trust: str) -> str:
    """Return why a server is not trusted, with the setting that trusts it where that is right."""
    said = (getattr(error, name, "") for name in ("verify_message", "reason", "strerror"))
    reason = next((str(text).rstrip(".") for text in said if text), "the handshake failed")
    word = reason.lower().replace("_", " ")
    if any(sign in word for sign in _PLAIN_HTTP):
        return "the server uses http, but the target says https"
    if "expired" in word:
        return f"TLS: {reason}: the server's certificate has expired"
    if "mismatch" in word or "not valid for" in word:
        return f"TLS: {reason}: the certificate is for another name than the target's"
    if "certificate" in word or "issuer" in word:
        return f"TLS: {reason}; {trust}"
    return f"TLS: {reason}"
