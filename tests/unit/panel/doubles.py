"""Small doubles: a clock that stands still, secrets in a table, a scripted panel, a raw server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from reconciler.model.target import Auth, Limits, Target
from reconciler.model.value import Secret

if TYPE_CHECKING:
    import ssl

    from reconciler.model.target import AuthMethod, Format

PASSPHRASE = "correct horse & battery"
SESSION = "5e55104c0ffee"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

Fields = dict[str, str]


def doc(inner: str, func: str = "") -> bytes:
    """Write a document."""
    named = f' lang="en" func="{func}"' if func else ""
    return f"{HEAD}<doc{named}>{inner}<tparams/><saved_filters/></doc>".encode()


def error(code: str, about: str = "") -> bytes:
    """Write a refusal."""
    return doc(f'<error type="{code}" object="{about}" lang="en"><msg>No: {code}</msg></error>')


def listed(rows: list[Mapping[str, str]], page: int, size: int, total: int | None = None) -> bytes:
    """Write one page of a list, cut out of all its rows."""
    shown = rows[(page - 1) * size : page * size]
    elems = "".join(
        "<elem>" + "".join(f"<{name}>{text}</{name}>" for name, text in row.items()) + "</elem>"
        for row in shown
    )
    count = len(rows) if total is None else total
    paging = f"<p_cnt>{size}</p_cnt><p_num>{page}</p_num><p_elems>{count}</p_elems>"
    return doc(elems + paging)


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """An answer with its status and headers."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class ScriptedPanel:
    """An ASGI panel that answers by a function; a sign-in is answered by itself."""

    answer: Callable[[Fields], ScriptedReply | bytes]
    asked: list[Fields] = field(default_factory=list)
    sign_in: bool = True

    @property
    def funcs(self) -> list[str]:
        """The functions asked, in order."""
        return [fields.get("func", "") for fields in self.asked]

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        fields["path"] = scope["path"]
        self.asked.append(fields)
        if self.sign_in and fields.get("func") == "auth":
            reply: ScriptedReply | bytes = doc(
                f'<auth id="{SESSION}" level="29">{SESSION}</auth>', "auth"
            )
        else:
            reply = self.answer(fields)
        if isinstance(reply, bytes):
            reply = ScriptedReply(reply)
        headers = [(name.encode(), value.encode()) for name, value in reply.headers]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})


class SecretTable:
    """Secrets by name."""

    def resolve(self, secret: Secret) -> str:
        return {"PANEL_PASSWORD": PASSPHRASE, "PANEL_KEY": "k" * 20}[secret.reference[0]]


def target(
    url: str = "http://localhost/billmgr",
    *,
    method: AuthMethod = "session",
    fmt: Format = "xml",
    limits: Limits | None = None,
    su: str = "",
) -> Target:
    """Make a target whose password is in the table."""
    password = Secret("env", ("PANEL_PASSWORD",))
    key = Secret("env", ("PANEL_KEY",))
    auth = Auth(method, username="root", password=password, key=key, su=su)
    return Target("test", url, auth=auth, format=fmt, limits=limits or Limits())


Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Raw:
    """A server that reads requests whole and leaves what it writes to a function."""

    port: int
    requests: list[bytes]
    connections: list[int]


@asynccontextmanager
async def raw_server(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Raw]:
    """Serve on loopback, on any free port."""
    made = Raw(0, [], [])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.connections.append(1)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                made.requests.append(head + await reader.readexactly(length))
                await handler(made.requests[-1], writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    before = asyncio.all_tasks()
    try:
        yield made
    finally:
        server.close()
        tasks = asyncio.all_tasks() - before
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def http(
    body: bytes, status: str = "200 OK", headers: str = "", length: int | None = None
) -> bytes:
    """Write an HTTP answer."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body
