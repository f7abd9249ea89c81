"""The sandbox as an ASGI application.

Invariants: the panel answers 200 whatever it says; a request is worked off whole before the next,
what takes time is the answer; two submits on one object that meet are not both worked off.
Doubt: the shape of the answer to the second of them.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from reconciler.sandbox import dispatch, schema
from reconciler.sandbox.call import Request, Settings, request
from reconciler.sandbox.formats import HTML, render
from reconciler.sandbox.formats.html import not_found
from reconciler.sandbox.http_request import read
from reconciler.sandbox.reply import PanelError, ReplyHeader
from reconciler.sandbox.seeding import ensure, kept_install
from reconciler.sandbox.texts import failure

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reconciler.sandbox.install import Install
    from reconciler.sandbox.reply import Reply

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[object]]

ENTRANCES = {"/billmgr", "/manager/billmgr", "/billmgr-api"}
_NO_TIME = timedelta(0)


def utc_now() -> datetime:
    """Read the clock that a sandbox goes by unless it is given another."""
    return datetime.now(tz=UTC)


class Sandbox:
    """A panel over one database; an empty database is given the default install.

    ``install``: the ways of this installation, for this opener alone; without it those that are
    kept with the database. ``lag``: in place of the install's own. ``latency``: the time that every
    answer takes. ``through``: makes what answers the web in the panel's place, such as
    ``FaultMiddleware``; it asks the panel by ``answer``.
    """

    def __init__(
        self,
        path: str | Path = ":memory:",
        *,
        clock: Callable[[], datetime] = utc_now,
        latency: timedelta = _NO_TIME,
        lag: timedelta | None = None,
        install: Install | None = None,
        through: Callable[[Sandbox], App] | None = None,
    ) -> None:
        self.clock = clock
        self.latency = latency.total_seconds()
        self._lock = threading.RLock()
        self._busy: set[tuple[str, str]] = set()
        self._db = schema.connect(os.fspath(path))
        ensure(self._db)
        self.settings = Settings.of(install or kept_install(self._db))
        if lag is not None:
            self.settings = replace(self.settings, lag=lag)
        self._web: App = self._plain if through is None else through(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:  # noqa: ANN401 - ASGI says None, and servers hang up on all else
        """Answer one request of a web server; anything but None asks it to hang up."""
        return await self._web(scope, receive, send)

    async def answer(
        self, asked: Request, settings: Settings | None = None
    ) -> tuple[Reply, ReplyHeader]:
        """Answer a request that came in; ``settings`` are the install's for this request alone."""
        if not self.latency:
            return self._work(asked, settings or self.settings, local=False)
        subject = (asked.func, asked.given.get("elid", ""))
        counts = "sok" in asked.given and bool(subject[1])
        if counts and subject in self._busy:
            await asyncio.sleep(self.latency)
            lang = asked.given.get("lang", "en")
            reply = failure(PanelError("busy"), lang, ())
            return reply, ReplyHeader(asked.func, lang, asked.host, asked.echo)
        if counts:
            self._busy.add(subject)
        try:
            made = self._work(asked, settings or self.settings, local=False)
            await asyncio.sleep(self.latency)
        finally:
            self._busy.discard(subject)
        return made

    def call(self, func: str, /, **params: str) -> bytes:
        """Call a function by hand, as the server's own command line does, and give the body."""
        return self.local({"out": "xml", "lang": "en", **params, "func": func})

    def local(self, given: Mapping[str, str], *, next_id: int | None = None) -> bytes:
        """Answer the server's own command line; ``next_id`` is given to the object it makes."""
        asked = request(list(given.items()), "http://localhost")
        settings = replace(self.settings, next_id=next_id)
        return render(asked.out, *self._work(asked, settings, local=True))[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend the database to an oracle, with nothing written meanwhile."""
        with self._lock:
            yield self._db

    def snapshot(self) -> bytes:
        """Copy all that the panel holds."""
        with self._lock:
            content = bytearray(self._db.serialize())
        content[18:20] = b"\1\1"  # a database in memory knows no write-ahead log
        return bytes(content)

    def restored(self, snapshot: bytes) -> Sandbox:
        """Return a second panel, in memory, with the state that this one had then."""
        made = Sandbox(clock=self.clock)
        made.settings = self.settings
        made._db.deserialize(snapshot)
        return made

    async def _plain(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        if scope["type"] != "http":
            return
        body = await read_body(receive)
        if not is_entrance(scope):
            await _reply(send, 404, HTML, not_found())
            return
        asked = read(scope, body)
        kind, text = render(asked.out, *await self.answer(asked))
        await _reply(send, 200, kind, text)

    def _work(
        self, asked: Request, settings: Settings, *, local: bool
    ) -> tuple[Reply, ReplyHeader]:
        with self._lock:
            return dispatch.answer(
                self._db, asked, now=self.clock(), settings=settings, local=local
            )


def is_entrance(scope: Scope) -> bool:
    """Return whether a request is for the panel at all."""
    return scope["path"].rstrip("/") in ENTRANCES


async def read_body(receive: Receive) -> bytes:
    """Read the whole body of a request."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return b"".join(parts)


async def _reply(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def live(receive: Receive, send: Send) -> None:
    """Start and stop with the server."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
