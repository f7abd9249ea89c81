"""The formats: one module each, all from the same answer to bytes.

Here may live what turns an answer into the text of one ``out=`` value. No SQL, no rules, and no
knowledge of a single function of the panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.formats import bare_json, devel_xml, flat_json, html, nested_json, text, xml
from reconciler.sandbox.reply import RawReply

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.sandbox.reply import Reply, ReplyHeader

XML = b"text/xml; charset=UTF-8"
JSON = b"application/json; charset=UTF-8"
TEXT = b"text/plain; charset=UTF-8"
HTML = b"text/html; charset=UTF-8"
PDF = b"application/pdf"

FORMATS: dict[str, tuple[bytes, Callable[[Reply, ReplyHeader], str]]] = {
    "xml": (XML, xml.render),
    "devel": (XML, devel_xml.render),
    "json": (JSON, nested_json.render),
    "xjson": (JSON, nested_json.render),
    "sjson": (JSON, nested_json.render_spelled),
    "bjson": (JSON, flat_json.render),
    "JSONdata": (JSON, bare_json.render),
    "text": (TEXT, text.render),
}


def render(out: str, answer: Reply, head: ReplyHeader) -> tuple[bytes, bytes]:
    """Return content type and body; a format that is not known is a page for a browser.

    A file is a file whatever the format.
    """
    if isinstance(answer, RawReply) and answer.file:
        return PDF, answer.file
    kind, write = FORMATS.get(out, (HTML, html.render))
    return kind, write(answer, head).encode("utf-8", "replace")
