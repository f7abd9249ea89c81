"""The formats: one module each, all from the same answer to bytes.

Here may live what turns an answer into the text of one ``out=`` value. No SQL, no rules, and no
knowledge of a single function of the panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.answer import Bare
from reconciler.sandbox.out import barejson, develdoc, flatjson, lines, nestedjson, page, xmldoc

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.sandbox.answer import Answer, Head

XML = b"text/xml; charset=UTF-8"
JSON = b"application/json; charset=UTF-8"
TEXT = b"text/plain; charset=UTF-8"
HTML = b"text/html; charset=UTF-8"
PDF = b"application/pdf"

FORMATS: dict[str, tuple[bytes, Callable[[Answer, Head], str]]] = {
    "xml": (XML, xmldoc.render),
    "devel": (XML, develdoc.render),
    "json": (JSON, nestedjson.render),
    "xjson": (JSON, nestedjson.render),
    "sjson": (JSON, nestedjson.render_spelled),
    "bjson": (JSON, flatjson.render),
    "JSONdata": (JSON, barejson.render),
    "text": (TEXT, lines.render),
}


def render(out: str, answer: Answer, head: Head) -> tuple[bytes, bytes]:
    """Give content type and body; a format that is not known is a page for a browser.

    A file is a file whatever the format.
    """
    if isinstance(answer, Bare) and answer.file:
        return PDF, answer.file
    kind, write = FORMATS.get(out, (HTML, page.render))
    return kind, write(answer, head).encode("utf-8", "replace")
