"""A panel over HTTP behind something that answers some requests in its place."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[object]]
# The target of a project that has such a panel, to be given its address.
TARGET = """\
    shaky:
      url: %s
      auth: {method: authinfo, username: admin, password: {command: [echo, sandbox]}}
      timeouts: {settle: 0}
"""


def intercepted(app: App, status: int, *words: bytes) -> App:
    """Answer requests that hold all of these words with a bare status, and hand on the rest."""
    headers = [(b"location", b"http://127.0.0.1:1/")]

    async def shaky(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if all(word in body + b"&" for word in words):
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await app(scope, again, send)

    return shaky


def interrupting(app: App, *words: bytes) -> App:
    """Interrupt this very process when a request holds all of these words, and hand it on."""
    return observed(app, lambda: os.kill(os.getpid(), signal.SIGINT), *words)


def observed(app: App, seen: Callable[[], object], *words: bytes) -> App:
    """Do something when a request holds all of these words, and hand it on."""

    async def shaky(scope: Message, receive: Receive, send: Send) -> None:
        async def heard() -> Message:
            message = await receive()
            if all(word in message.get("body", b"") + b"&" for word in words):
                seen()
            return message

        await app(scope, heard, send)

    return shaky


@contextmanager
def serve_over_http(
    app: App,
    certificate: str | None = None,
    leaving: list[Callable[[], None]] | None = None,
    port: int = 0,
) -> Iterator[str]:
    """Serve an application on loopback, over TLS with a certificate; give the panel's address.

    ``leaving`` is given what takes the server away at once, to be called by the application.
    ``port`` is 0 for any that is free.
    """
    config = uvicorn.Config(
        app,
        port=port,
        log_level="critical",
        ws="none",
        lifespan="off",
        ssl_certfile=certificate,
    )
    server = uvicorn.Server(config)
    ready = threading.Event()
    startup = server.startup

    async def tell(sockets: Any = None) -> None:  # noqa: ANN401 - as the server has it
        await startup(sockets)
        ready.set()

    def leave() -> None:
        for listener in server.servers:
            listener.close()
        for connection in server.server_state.connections:
            connection.transport.abort()

    if leaving is not None:
        leaving.append(leave)
    server.startup = tell  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(30)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http{'s' if certificate else ''}://127.0.0.1:{port}/billmgr"
    finally:
        server.should_exit = True
        thread.join(30)
