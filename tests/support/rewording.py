"""Panels that answer otherwise than the embedded one: what stands between it and its client.

Invariant: a panel of these changes words on the way out, and nothing of what was done.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Rewording = Callable[[Mapping[str, str], bytes], bytes]

_EMPTY = re.compile(rb"<[a-z_0-9]+/>|<([a-z_0-9]+)></\1>")
# What panels answer for the form of an object that is not there.
DENIALS = {
    "value": b'<doc><error type="value" object="elid" lang="en"><msg>bad value</msg></error></doc>',
    "text": b"<doc><error>No such record</error></doc>",
    "message": b"<doc><error><msg>No such record</msg></error></doc>",
    "bare message": b"<doc><msg>No such record</msg></doc>",
}


class RewordedPanel:
    """An ASGI panel whose answers are put in other words."""

    def __init__(self, app: Any, words: Rewording) -> None:  # noqa: ANN401 - any ASGI application
        """Stand in front of ``app``; ``words`` gets the request's fields and the answer."""
        self.app = app
        self.words = words

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Answer in other words."""
        heard = b""
        start: dict[str, Any] = {}
        said = b""

        async def hear() -> Any:  # noqa: ANN401 - ASGI
            nonlocal heard
            message = await receive()
            heard += message.get("body", b"")
            return message

        async def say(message: dict[str, Any]) -> None:
            nonlocal said
            if message["type"] == "http.response.start":
                start.update(message)
                return
            said += message.get("body", b"")
            if message.get("more_body"):
                return
            body = self.words(dict(parse_qsl(heard.decode(), keep_blank_values=True)), said)
            kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
            length = (b"content-length", str(len(body)).encode())
            await send({**start, "headers": [*kept, length]})
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, hear, say)


def denying(how: str) -> Rewording:
    """Return the words of a panel that denies a deleted object's form in this way."""

    def words(asked: Mapping[str, str], said: bytes) -> bytes:
        opened = asked.get("func", "").endswith(".edit") and "elid" in asked
        return DENIALS[how] if opened and b'type="missed"' in said else said

    return words


def without_empty_fields(asked: Mapping[str, str], said: bytes) -> bytes:
    """Leave what holds nothing out of an opened form, but not out of its description."""
    if not asked.get("func", "").endswith(".edit") or "sok" in asked:
        return said
    head, cut, tail = said.partition(b"<metadata")
    return _EMPTY.sub(b"", head) + cut + tail


class ClearingPanel:
    """An ASGI panel whose edits empty some fields that a request leaves out."""

    def __init__(self, app: Any, empty: Mapping[str, str]) -> None:  # noqa: ANN401 - any application
        """Stand in front of ``app``; ``empty`` says how each of the fields is emptied."""
        self.app = app
        self.empty = empty
        self.edits: list[dict[str, str]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Pass the request on, with what it clears by its silence."""
        asked = b""
        more = True
        while more:
            message = await receive()
            asked += message.get("body", b"")
            more = message.get("more_body", False)
        fields = dict(parse_qsl(asked.decode(), keep_blank_values=True))
        if fields.get("func", "").endswith(".edit") and "elid" in fields and "sok" in fields:
            self.edits.append(dict(fields))
            fields = {**self.empty, **fields}
            asked = urlencode(fields).encode()
        headers = [pair for pair in scope["headers"] if pair[0].lower() != b"content-length"]
        length = (b"content-length", str(len(asked)).encode())

        async def hear() -> Any:  # noqa: ANN401 - ASGI
            return {"type": "http.request", "body": asked, "more_body": False}

        await self.app({**scope, "headers": [*headers, length]}, hear, send)
