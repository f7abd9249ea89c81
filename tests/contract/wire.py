"""One request through the ASGI interface, as a server that keeps to the rules hands it over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[object],
]


@dataclass(frozen=True)
class Came:
    """What came back; a status of 0 means that nothing did."""

    status: int
    headers: Mapping[str, str]
    pieces: list[bytes]
    whole: bool
    hung_up: bool

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


def send(app: App, /, **given: str) -> Came:
    """Send one request."""
    return asyncio.run(_send(app, "/billmgr", None, given))


def send_to(app: App, path: str, /, **given: str) -> Came:
    """Send one request to another path."""
    return asyncio.run(_send(app, path, None, given))


def send_and_leave(app: App, after: float, /, **given: str) -> Came:
    """Send one request, and hang up after so many seconds."""
    return asyncio.run(_send(app, "/billmgr", after, given))


def send_all(app: App, *requests: Mapping[str, str]) -> list[Came]:
    """Send requests at once, in this order."""

    async def together() -> list[Came]:
        return await asyncio.gather(*(_send(app, "/billmgr", None, given) for given in requests))

    return asyncio.run(together())


async def _send(app: App, path: str, gone_after: float | None, given: Mapping[str, str]) -> Came:
    got: list[Message] = []
    waiting = [{"type": "http.request", "body": urlencode({"out": "xml", **given}).encode()}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await (asyncio.Event().wait() if gone_after is None else asyncio.sleep(gone_after))
        return {"type": "http.disconnect"}

    async def keep(message: Message) -> None:
        got.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "scheme": "https",
        "query_string": b"",
        "headers": [(b"host", b"billing.example.com:1500")],
    }
    reported = await app(scope, receive, keep)
    head: Message = got[0] if got else {"status": 0, "headers": []}
    return Came(
        status=head["status"],
        headers={name.decode(): value.decode() for name, value in head["headers"]},
        pieces=[message["body"] for message in got[1:]],
        whole=bool(got) and not got[-1].get("more_body", False),
        hung_up=reported is not None,
    )
