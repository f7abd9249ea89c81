"""One connection that carries one exchange at a time, as HTTP/1.1.

Invariants: bytes that belong to no question end the connection, and so does an exchange that did
not end well; what an answer holds beside its body is bounded.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import httptools

from reconciler.errors import PanelError, UnreachableError

if TYPE_CHECKING:
    from reconciler.panel.response import AnswerReader

# For how many bytes an answer may go on without a byte of its body.
_LONGEST_FRAME = 1 << 16
_NOT_HTTP = "the answer is not HTTP"


class BrokenError(Exception):
    """The connection broke after the request, for a reason in plain words.

    ``strange``: what came, or that nothing came, may mean that the other side speaks no HTTP.
    """

    def __init__(self, reason: str, *, strange: bool = False) -> None:
        """Store the reason."""
        super().__init__(reason)
        self.strange = strange


class Connection(asyncio.Protocol):
    """A connection; the event loop gives it bytes, and the parser the parts of an answer."""

    def __init__(self) -> None:
        """Wait to be connected."""
        self.usable = False
        self._transport: asyncio.Transport | None = None
        self._exchange: _Exchange | None = None

    async def exchange(self, request: bytes, answer: AnswerReader) -> None:
        """Send a request as it stands, and give its answer to ``answer``.

        Raises: UnreachableError where it is closed already, BrokenError, what ``answer`` raises.
        """
        if self._transport is None or not self.usable:
            raise UnreachableError("no connection: the server closed it at once")
        self._exchange = _Exchange(answer)
        try:
            self._transport.write(request)
            await self._exchange.ended
            if not self._exchange.another:
                self.usable = False
        except BaseException:
            self.abort()
            raise
        finally:
            self._exchange.forget()
            self._exchange = None

    def abort(self) -> None:
        """Close at once."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport, self.usable = cast("asyncio.Transport", transport), True

    def data_received(self, data: bytes) -> None:
        """Read a part of an answer."""
        if self._exchange is None or self._exchange.ended.done():
            self.abort()
        else:
            self._exchange.read(data)

    def connection_lost(self, _error: Exception | None) -> None:
        """Note that it is closed."""
        self.usable = False
        if self._exchange is not None:
            self._exchange.lose()


class _Exchange:
    """One answer as it comes in; ``another``: the server would take a further request."""

    def __init__(self, answer: AnswerReader) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.another = True
        self._answer = answer
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._frame = 0
        self._received = self._interim = self._framed = False

    def read(self, data: bytes) -> None:
        self._received = True
        self._frame += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            # Bytes behind a whole answer leave the answer whole, and the connection out of step.
            self.another = False
            cause = error.__context__
            known = isinstance(cause, PanelError | BrokenError)
            self._end(cause if known else BrokenError(_NOT_HTTP, strange=True))
        if self._frame > _LONGEST_FRAME:
            self._end(BrokenError(_NOT_HTTP, strange=True))

    def lose(self) -> None:
        """Take the end of the connection for that of an answer which has no other end."""
        if self._answer.begun:
            self._end(BrokenError("the answer was cut off") if self._framed else None)
        elif self._received:
            self._end(BrokenError("the server closed it before the answer was complete"))
        else:
            reason = "the server closed the connection without an answer"
            self._end(BrokenError(reason, strange=True))

    def forget(self) -> None:
        """Take apart the circle of an exchange and its parser, which would wait for a collector."""
        del self._parser

    # What the parser calls, by these names.

    def on_message_begin(self) -> None:
        if self.ended.done():
            raise BrokenError(_NOT_HTTP)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._answer.begun:
            return  # what stands behind the body says nothing
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        status, headers = self._parser.get_status_code(), self._headers
        self._interim = status < HTTPStatus.OK and status != HTTPStatus.SWITCHING_PROTOCOLS
        if self._interim:
            return
        coding = headers.get("transfer-encoding")
        if coding is not None and coding.strip().lower() != "chunked":
            raise BrokenError(_NOT_HTTP)
        self._framed = coding is not None or "content-length" in headers
        self._answer.begin(status, headers)

    def on_body(self, piece: bytes) -> None:
        if not self._interim:
            self._frame = 0
            self._answer.feed(piece)

    def on_message_complete(self) -> None:
        if self._interim:
            self._headers = {}  # the answer itself follows
            return
        self.another = self.another and self._parser.should_keep_alive()
        self._end(None)

    def _end(self, error: BaseException | None) -> None:
        if self.ended.done():
            return
        if error is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error)
