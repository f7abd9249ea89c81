"""One reader for every format that a target may ask for.

Invariant: what comes back is a document, or an error that says which kind of thing came instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from reconciler.wire.formats.flat_json import read_flat
from reconciler.wire.formats.html import is_page, page_error
from reconciler.wire.formats.json import read_json
from reconciler.wire.formats.node import Document, make_branch
from reconciler.wire.formats.text import read_lines
from reconciler.wire.formats.xml import read_xml

if TYPE_CHECKING:
    from reconciler.model.target import Format

_MARK = b"\xef\xbb\xbf"
# PDF, ZIP (office documents as well), PNG, JPEG.
_FILES = (b"%PDF-", b"PK\x03\x04", b"\x89PNG\r\n", b"\xff\xd8\xff")
_LINES = re.compile(rb"\s*(?:OK\s|OK$|ERROR |[A-Za-z_][\w.]*=)")


def decode(body: bytes, fmt: Format | Literal["text"], *, file: bool = False) -> Document:
    """Read the body of an answer; with ``file``, a file may have come in its place.

    Shape:  the format that was asked for; a UTF-8 byte order mark in front is tolerated. A file
            is known by its first bytes alone.
    Raises: NotAPanelError, or its leaf WebPageError; BusyError, or its leaf LongTaskError;
            UnsafeAnswerError for a page that would send a browser elsewhere.
    """
    if file and body.startswith(_FILES):
        return Document(make_branch("doc", {}), file=body)
    body = body.removeprefix(_MARK)
    first = body[:64].lstrip()[:1]
    match fmt:
        case "xml" | "devel":
            if first != b"<" or is_page(body):
                raise page_error(body)
            return Document(read_xml(body))
        case "json" | "sjson" | "xjson":
            if first != b"{":
                raise page_error(body)
            return read_json(body)
        case "bjson" | "JSONdata":
            if first not in {b"{", b"["}:
                raise page_error(body)
            return read_flat(body)
        case "text":
            if not _LINES.match(body):
                raise page_error(body)
            return read_lines(body)
