"""One request to the REST API of a forge: to one origin, bounded, and sent again only where safe.

Invariants: no redirect is followed, but for a file that is downloaded: once, and without the
credential; nothing is taken from the environment; a request whose effect is unknown is sent again
only when it is safe twice; all waits of a run have one bound.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar
from urllib.parse import urlencode, urlsplit

from reconciler.errors import (
    ForgeError,
    ForgeLostError,
    ForgeRefusedError,
    LostAnswerError,
    PanelError,
    UnreachableError,
    UnsafeAnswerError,
)
from reconciler.panel.response import LONGEST_WAIT, AnswerReader, read_retry_after
from reconciler.panel.retry import ATTEMPTS, BUDGET, pause
from reconciler.panel.transport import check_origin
from reconciler.store.strict_json import JsonError, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.panel.network import NetworkLine
    from reconciler.ports import Clock

T = TypeVar("T")
LOG = logging.getLogger("reconciler.forge")
DEADLINE = 30.0
_NO_RIGHT = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_SAFE_TWICE = frozenset({"GET", "PATCH", "PUT", "DELETE"})
_LIMIT_PAGE = "rate-limit"
_LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class ForgeReply:
    """A successful answer: its JSON, None where it has no body, and its headers."""

    value: Any
    headers: Mapping[str, str]


class _Location(str):
    """The address that a server names for a file that it keeps elsewhere."""

    __slots__ = ()


class ForgeAnswer(AnswerReader):
    """Takes an answer of any status, and keeps the status and the headers."""

    __slots__ = ("headers", "status")

    def __init__(self) -> None:
        """Wait for the head."""
        super().__init__()
        self.status = 0
        self.headers: Mapping[str, str] = {}

    def check(self, status: int, headers: Mapping[str, str]) -> None:
        """Keep the head: what each status means is decided when the body is known."""
        self.status, self.headers = status, headers


class ForgeLine(Protocol):
    """What carries a request to a forge and its answer back."""

    async def send(self, method: str, path: str, body: bytes, answer: AnswerReader) -> None:
        """Send a request. Raises: as ``Line.post``."""


class ForgeExchange:
    """Sends requests to one API over two lines; ``name`` is what messages call it."""

    def __init__(
        self,
        api: str,
        reading: ForgeLine,
        writing: ForgeLine,
        *,
        clock: Clock,
        name: str,
        rights: str = "",
        elsewhere: Callable[[str], NetworkLine] | None = None,
    ) -> None:
        """Store the base of all addresses; the lines send the credential with each request.

        ``rights`` is what the token has to be allowed, for the one whose request is refused.
        ``elsewhere`` opens a line to another origin, which gets no credential.
        """
        parts = urlsplit(api)
        self.name = name
        self.base = parts.path.rstrip("/")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._rights = rights
        self._elsewhere = elsewhere
        self._waited = 0.0

    async def ask(
        self,
        method: str,
        path: str,
        what: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        safe: bool | None = None,
    ) -> ForgeReply:
        """Send one request, again while that may help; ``what`` names it in messages.

        ``path`` begins with the base. ``safe``: sending it twice does no harm.
        Raises: ForgeRefusedError, ForgeLostError when the effect is unknown, ForgeError.
        """
        again = method in _SAFE_TWICE if safe is None else safe
        place = f"{path}?{urlencode(query)}" if query else path
        content = b"" if body is None else json.dumps(body).encode()
        return await self._until_read(method, place, what, content, again=again, read=self._read)

    async def ask_unless_gone(
        self, method: str, path: str, what: str, *, body: Mapping[str, object] | None = None
    ) -> ForgeReply | None:
        """Send a request about one thing; return None where that is not there any more.

        Raises: as ``ask``.
        """
        try:
            return await self.ask(method, path, what, body=body)
        except ForgeRefusedError as error:
            if error.status not in _GONE:
                raise
            return None

    async def download(self, path: str, what: str) -> bytes:
        """Return the bytes of a file, from where the server keeps it.

        Raises: ForgeRefusedError, ForgeError.
        """
        found = await self._until_read("GET", path, what, b"", again=True, read=self._file)
        if not isinstance(found, _Location):
            return found
        parts = urlsplit(found)
        origin = f"{parts.scheme}://{parts.netloc}"
        try:
            check_origin(origin)
        except PanelError as error:
            raise ForgeError(
                f"{what}: {self.name} keeps it where it is not read: {error}"
            ) from error
        if self._elsewhere is None:
            raise ForgeError(f"{what}: {self.name} names another place for it, {origin}")
        line = self._elsewhere(origin)
        other = ForgeExchange(origin, line, line, clock=self._clock, name=origin)
        try:
            return await other.download(f"{parts.path}?{parts.query}", what)
        finally:
            await line.aclose()

    async def _until_read(
        self,
        method: str,
        place: str,
        what: str,
        content: bytes,
        *,
        again: bool,
        read: Callable[[ForgeAnswer, str], T],
    ) -> T:
        attempt = 0
        while True:
            attempt += 1
            try:
                return read(await self._send(method, place, what, content), what)
            except _PassingError as error:
                wait = max(error.wait, pause(attempt))
                ended = attempt == ATTEMPTS or self._waited + wait > BUDGET
                if ended or not (error.refused or again):
                    raise error.final from error
                self._waited += wait
                await self._clock.sleep(wait, f"{error.final}; sending it again")

    async def _send(self, method: str, place: str, what: str, content: bytes) -> ForgeAnswer:
        line = self._reading if method == "GET" else self._writing
        answer = ForgeAnswer()
        began = self._clock.now()
        try:
            async with asyncio.timeout(DEADLINE):
                await line.send(method, place, content, answer)
        except TimeoutError as error:
            self._give_up(LostAnswerError(f"no complete answer within {DEADLINE:g} s"), what, error)
        except PanelError as error:
            self._give_up(error, what, error)
        spent = (self._clock.now() - began) * 1000
        LOG.debug("method=%s status=%d ms=%d", method, answer.status, spent)
        return answer

    def _file(self, answer: ForgeAnswer, what: str) -> bytes | _Location:
        location = answer.headers.get("location", "")
        if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST and location:
            return _Location(location)
        raw = self._body(answer, what)
        if answer.status == HTTPStatus.OK:
            return raw
        raise self._refusal(answer.status, answer.headers, raw, what)

    def _body(self, answer: ForgeAnswer, what: str) -> bytes:
        try:
            return answer.body()
        except LostAnswerError as error:
            self._give_up(error, what, error)

    def _read(self, answer: ForgeAnswer, what: str) -> ForgeReply:
        status, raw = answer.status, self._body(answer, what)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return ForgeReply(self._json(raw, what), answer.headers)
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise ForgeError(
                f"{what}: {self.name} redirects (status {status}), and redirects are not followed: "
                "was the repository renamed or moved?"
            )
        raise self._refusal(status, answer.headers, raw, what)

    def _give_up(self, error: PanelError, what: str, cause: BaseException) -> NoReturn:
        """Raise what a failure of the transport means here."""
        message = f"{what}: {self.name} ({self.origin}): {error}"
        if isinstance(error, UnreachableError):
            raise _PassingError(ForgeError(message), refused=True) from cause
        if isinstance(error, LostAnswerError) and not isinstance(error, UnsafeAnswerError):
            raise _PassingError(ForgeLostError(message)) from cause
        raise ForgeError(message) from cause

    def _refusal(self, status: int, headers: Mapping[str, str], raw: bytes, what: str) -> Exception:
        """Return what a status of an error means.

        A server's own error may come after the effect; what was limited or refused had none.
        """
        words, page = _words(raw)
        said = f": {words}" if words else ""
        message = f"{what}: {self.name} answered with status {status}{said}"
        wait = _asked(status, headers, page)
        if wait is not None:
            limited = ForgeRefusedError(status, message)
            return _PassingError(limited, refused=True, wait=wait)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            wait = read_retry_after(headers.get("retry-after", ""))
            return _PassingError(ForgeLostError(message), wait=wait)
        named = self._rights and status in _NO_RIGHT
        rights = f"; the token needs {self._rights}" if named else ""
        return ForgeRefusedError(status, f"{message}{rights}")

    def _json(self, raw: bytes, what: str) -> Any:  # noqa: ANN401 - what JSON can hold
        if not raw.strip():
            return None
        try:
            return parse_json(raw)
        except JsonError as error:
            message = f"{what}: the answer of {self.name} is not JSON ({self.origin})"
            raise _PassingError(ForgeLostError(message)) from error


class _PassingError(Exception):
    """Trouble that may pass; ``final`` is what it is when it does not.

    ``refused``: the request provably took no effect. ``wait`` is how long to wait.
    """

    def __init__(self, final: ForgeError, *, refused: bool = False, wait: float = 0.0) -> None:
        super().__init__(str(final))
        self.final = final
        self.refused = refused
        self.wait = wait


def _asked(status: int, headers: Mapping[str, str], page: str) -> float | None:
    """Return for how long a limited request is to wait, None for one that was not limited.

    Shape:  status 429, or 403 together with a sign of a limit: the header Retry-After, no request
            left, or the page of the documentation about limits.
    """
    spent = headers.get("x-ratelimit-remaining", "").strip() == "0"
    after = headers.get("retry-after", "")
    signed = bool(after) or spent or _LIMIT_PAGE in page
    if status != HTTPStatus.TOO_MANY_REQUESTS and not (status == HTTPStatus.FORBIDDEN and signed):
        return None
    if after:
        return read_retry_after(after)
    reset = headers.get("x-ratelimit-reset", headers.get("ratelimit-reset", "")).strip()
    if reset.isdecimal() and len(reset) <= 12:  # noqa: PLR2004 - more is no time
        return min(max(float(reset) - time.time(), 0.0), LONGEST_WAIT)
    return LONGEST_WAIT if _LIMIT_PAGE in page else 0.0


def _words(raw: bytes) -> tuple[str, str]:
    """Return what an error says in its own words, and the page that it refers to."""
    try:
        found = parse_json(raw)
    except JsonError:
        return "", ""
    if not isinstance(found, dict):
        return "", ""
    said = [found.get("message") or found.get("error")]
    errors = found.get("errors")
    said += errors if isinstance(errors, list) else []
    words = ", ".join(filter(None, map(_sentence, said)))
    return words[:_LONGEST_WORDS], str(found.get("documentation_url", ""))


def _sentence(said: object) -> str:
    match said:
        case str():
            return " ".join(said.split())
        case {"message": str(message)}:
            return " ".join(message.split())
        case dict() | list():
            return json.dumps(said, ensure_ascii=False)
        case _:
            return ""
