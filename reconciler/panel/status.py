"""What a status line and the headers say, before any body is read.

Invariants: only 200 is a panel's; a redirect is never followed, and its address is not repeated.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.errors import StatusError, ThrottledError, UnsafeAnswerError

if TYPE_CHECKING:
    import httpx

LONGEST_WAIT = 60.0
_DIGITS = 9
_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def check_status(response: httpx.Response, *, known: bool = False) -> None:
    """Let a panel's answer pass; ``known`` is an address that has answered so before.

    Raises: UnsafeAnswerError for a redirect, ThrottledError, StatusError.
    """
    status = response.status_code
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        host = _host(response.headers.get("location", ""))
        raise UnsafeAnswerError(f"HTTP status {status} redirects to {host}: that is not followed")
    if "refresh" in response.headers:
        raise UnsafeAnswerError("the answer sends us elsewhere: that is not followed")
    if status == HTTPStatus.OK:
        return
    if status in _LATER:
        raise ThrottledError(status, read_retry_after(response.headers.get("retry-after", "")))
    raise StatusError(status, known=known)


def read_retry_after(text: str, now: datetime | None = None) -> float:
    """Read for how long to wait, in seconds from 0 to 60.

    Shape:  a number of seconds, or an HTTP date; anything else means no wait.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT) if len(text) <= _DIGITS else LONGEST_WAIT
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait = (moment - (now or datetime.now(tz=UTC))).total_seconds()
    return min(max(wait, 0.0), LONGEST_WAIT)


def _host(location: str) -> str:
    try:
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    if host is None:
        return "the same host"
    return repr(host[:255])
