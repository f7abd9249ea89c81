"""One HTTP request as the panel takes it: query, body, cookie and address.

Invariants: query and body count alike, and so do both kinds of a form's body; a part of a body that
cannot be read names no parameter.
Doubt: what the panel makes of an uploaded file; here its parameter is the file's name.
"""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import compat32
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from reconciler.sandbox.call import request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import Message

    from reconciler.sandbox.call import Request

COOKIE = "billmgrses5"


def read(scope: Mapping[str, Any], body: bytes) -> Request:
    """Read the parameters of a GET or a POST."""
    pairs = _form(scope.get("query_string", b""))
    kind = _header(scope, b"content-type")
    if kind.lower().startswith("multipart/form-data"):
        pairs += _parts(kind, body)
    else:
        pairs += _form(body)
    return request(pairs, address(scope), _session(_header(scope, b"cookie")))


def address(scope: Mapping[str, Any]) -> str:
    """Return the address that the request named."""
    name = _header(scope, b"host") or "localhost"
    return f"{scope.get('scheme', 'http')}://{name}"


def _header(scope: Mapping[str, Any], name: bytes) -> str:
    found = [value for key, value in scope.get("headers", ()) if key == name]
    return found[0].decode("latin-1") if found else ""


def _form(text: bytes) -> list[tuple[str, str]]:
    plain = text.decode("latin-1")
    return parse_qsl(plain, keep_blank_values=True, encoding="utf-8", errors="replace")


def _parts(kind: str, body: bytes) -> Iterator[tuple[str, str]]:
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1")
    whole = BytesParser(policy=compat32).parsebytes(head + body)
    for part in whole.walk():
        name = _named(part, "name")
        if name:
            content = part.get_payload(decode=True)
            text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
            yield name, _named(part, "filename") or text


def _named(part: Message, name: str) -> str:
    found = part.get_param(name, "", header="content-disposition")
    text = found if isinstance(found, str) else ""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _session(cookies: str) -> str:
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
