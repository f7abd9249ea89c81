"""First contact: can the panel be reached, by which TLS, and what time is it there.

Invariants: nothing secret is sent and nobody signs in; the certificate is judged by the same
context as ever after; whatever the server does, ``touch`` ends.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.errors import PanelError, SecurityStopError, UnreachableError
from reconciler.model.diagnostics import ConnectionReport
from reconciler.panel.mgrctl import PROGRAM
from reconciler.panel.request import Request
from reconciler.panel.response import AnswerReader
from reconciler.panel.tls import tls_context
from reconciler.panel.transport import check_origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.target import Target

_QUESTION = Request((("func", "whoami"), ("out", "xml"), ("lang", "en")))


async def probe_connection(target: Target, *, embedded: bool) -> ConnectionReport:
    """Reach a target without signing in.

    Raises: UnreachableError, SecurityStopError.
    """
    if embedded:
        return ConnectionReport("embedded")
    if target.auth.method == "mgrctl":
        _require_program(target.auth.program or PROGRAM)
        return ConnectionReport("command")
    check_origin(target.url)
    return ConnectionReport("network", await _shake_hands(target), await _read_clock(target))


def _require_program(program: str) -> None:
    if not Path(program).is_file():
        raise UnreachableError(f"the program {program!r} does not exist: check auth.program")


async def _shake_hands(target: Target) -> str:
    """Open one connection and close it; return the version of TLS, if any."""
    parts = urlsplit(target.url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    context = tls_context(target.tls) if secure else None
    try:
        async with asyncio.timeout(target.limits.connect):
            _, writer = await asyncio.open_connection(parts.hostname, port, ssl=context)
    except TimeoutError as error:
        raise UnreachableError(f"no connection within {target.limits.connect:g} s") from error
    except OSError as error:
        raise _explain(error) from error
    spoken = writer.get_extra_info("ssl_object")
    writer.transport.abort()
    return str(spoken.version()) if spoken is not None else ""


def _explain(error: OSError) -> PanelError:
    import ssl

    if isinstance(error, ssl.SSLError):
        said = (getattr(error, name, "") for name in ("verify_message", "reason", "strerror"))
        words = next((str(word).rstrip(".") for word in said if word), "the handshake failed")
        return SecurityStopError(f"TLS: {words}; nothing was sent")
    reason = (error.strerror or type(error).__name__).lower()
    return UnreachableError(f"no connection to the panel: {reason}")


class _Dated(AnswerReader):
    """Takes of an answer, whatever it is, the time that its head shows."""

    date = ""

    def begin(self, _status: int, headers: Mapping[str, str]) -> None:
        """Take the time."""
        self.date = headers.get("date", "")


async def _read_clock(target: Target) -> float | None:
    """Ask who we are, as nobody, for the sake of the date in the answer's head."""
    from reconciler.panel.network import over_network

    route, answer = over_network(target), _Dated()
    try:
        async with asyncio.timeout(target.limits.read):
            await route.reading.post("", _QUESTION.body, answer)
    except (PanelError, TimeoutError):
        pass  # the next question says what is wrong
    finally:
        await route.aclose()
    return read_skew(answer.date, datetime.now(tz=UTC))


def read_skew(text: str, now: datetime) -> float | None:
    """Read by how many seconds a server is ahead; None where it shows no time.

    Shape:  an HTTP date, in whole seconds.
    """
    try:
        there = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if there.tzinfo is None:
        there = there.replace(tzinfo=UTC)
    return (there - now).total_seconds()
