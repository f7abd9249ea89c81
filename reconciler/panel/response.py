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
    from collections.abc import Mapping


MAX_BODY = 64 << 20
# More digits are no length.
_LONGEST_LENGTH = 18
_GZIP_WINDOW = 31
_PLAIN = frozenset({"", "identity"})
_PACKED = frozenset({"gzip", "x-gzip"})


class AnswerReader:
    """Takes one answer as it comes in: its head, then its body piece by piece.

    ``known``: the address has answered with 200 before. ``begun``: this answer has a good head.
    """

    __slots__ = ("_announced", "_body", "_received", "_unfold", "begun", "known")

    def __init__(self, *, known: bool = False) -> None:
        """Wait for the head."""
        self.known = known
        self.begun = False
        self._announced: int | None = None
        self._received = 0
        self._body = bytearray()
        self._unfold: Any = None

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Take the head; the names of its headers are in lower case.

        Raises: as ``check_status``; NotAPanelError for a coding that we did not ask for;
                UnsafeAnswerError when more than 64 MiB are announced.
        """
        self.check(status, headers)
        coding = headers.get("content-encoding", "").strip().lower()
        if coding not in _PLAIN | _PACKED:
            raise NotAPanelError("the answer has a content encoding that was not requested")
        length = headers.get("content-length", "")
        if length.isdecimal() and len(length) <= _LONGEST_LENGTH:
            self._announced = int(length)
            if self._announced > MAX_BODY:
                raise _flood()
        self._unfold = zlib.decompressobj(wbits=_GZIP_WINDOW) if coding in _PACKED else None
        self.begun = True

    def check(self, status: int, headers: Mapping[str, str]) -> None:
        """Check the status. Raises: as ``check_status``."""
        check_status(status, headers, known=self.known)

    def feed(self, raw: bytes) -> None:
        """Take a piece of the body. Raises: UnsafeAnswerError over 64 MiB, NotAPanelError."""
        body, unfold = self._body, self._unfold
        self._received += len(raw)
        body += raw if unfold is None else _unfold(unfold, raw, MAX_BODY - len(body) + 1)
        if max(len(body), self._received) > MAX_BODY:
            raise _flood()

    def body(self) -> bytes:
        """Return the whole body. Raises: LostAnswerError for one that was cut."""
        cut = self._announced is not None and self._received != self._announced
        if cut or (self._unfold is not None and not self._unfold.eof):
            raise LostAnswerError("the answer is incomplete")
        return bytes(self._body)


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


def check_status(status: int, headers: Mapping[str, str], *, known: bool = False) -> None:
    """Check the status of an answer; ``known``: the address has answered with 200 before.

    Raises: UnsafeAnswerError for a redirect, ThrottledError, StatusError.
    """
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        host = _host(headers.get("location", ""))
        raise UnsafeAnswerError(
            f"HTTP status {status} redirects to {host}; redirects are not followed"
        )
    if "refresh" in headers:
        raise UnsafeAnswerError("the answer redirects elsewhere; redirects are not followed")
    if status == HTTPStatus.OK:
        return
    if status in _LATER:
        raise ThrottledError(status, read_retry_after(headers.get("retry-after", "")))
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
