"""An answer's body, read piece by piece and counted as it unfolds.

Invariants: never more than 64 MiB, compressed or not; a body that is shorter than announced, or
a compressed one that does not end, is lost.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler.errors import (
    LostAnswerError,
    NotAPanelError,
    StatusError,
    ThrottledError,
    UnsafeAnswerError,
)

if TYPE_CHECKING:
    import httpx


MAX_BODY = 64 << 20
_GZIP_WINDOW = 31
_PLAIN = frozenset({"", "identity"})
_PACKED = frozenset({"gzip", "x-gzip"})


async def read_body(response: httpx.Response) -> bytes:
    """Read a whole body.

    Raises: UnsafeAnswerError over 64 MiB, NotAPanelError for a coding we did not ask for,
            LostAnswerError for a body that was cut.
    """
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in _PLAIN | _PACKED:
        raise NotAPanelError("the answer has a content encoding that was not requested")
    announced = response.headers.get("content-length", "")
    length = int(announced) if announced.isdecimal() and len(announced) <= 18 else None  # noqa: PLR2004 - more is no length
    if length is not None and length > MAX_BODY:
        raise _flood()
    unfold = zlib.decompressobj(wbits=_GZIP_WINDOW) if coding in _PACKED else None
    received, pieces, size = 0, [], 0
    async for raw in response.aiter_raw():
        received += len(raw)
        piece = raw if unfold is None else _unfold(unfold, raw, MAX_BODY - size + 1)
        size += len(piece)
        if max(size, received) > MAX_BODY:
            raise _flood()
        pieces.append(piece)
    if (length is not None and received != length) or (unfold is not None and not unfold.eof):
        raise LostAnswerError("the answer is incomplete")
    return b"".join(pieces)


def _unfold(unfold: Any, raw: bytes, room: int) -> bytes:  # noqa: ANN401 - zlib names no type
    try:
        piece: bytes = unfold.decompress(raw, room)
    except zlib.error as error:
        raise NotAPanelError("the answer's compression is broken") from error
    if unfold.unused_data:
        raise NotAPanelError("the compressed answer has bytes after its end")
    return piece


def _flood() -> UnsafeAnswerError:
    return UnsafeAnswerError(f"the answer is larger than {MAX_BODY >> 20} MiB")


LONGEST_WAIT = 60.0
_DIGITS = 9
_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def check_status(response: httpx.Response, *, known: bool = False) -> None:
    """Check the status of an answer; ``known``: the address has answered with 200 before.

    Raises: UnsafeAnswerError for a redirect, ThrottledError, StatusError.
    """
    status = response.status_code
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        host = _host(response.headers.get("location", ""))
        raise UnsafeAnswerError(
            f"HTTP status {status} redirects to {host}; redirects are not followed"
        )
    if "refresh" in response.headers:
        raise UnsafeAnswerError("the answer redirects elsewhere; redirects are not followed")
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
