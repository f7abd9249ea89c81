"""``out=xml``: the document on one line, without descriptions and messages.

Invariants: a row is written by a template made once for its columns; texts are escaped.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.sandbox.document_tree import branches
from reconciler.sandbox.reply import ListReply

if TYPE_CHECKING:
    from reconciler.sandbox.document_tree import Branch
    from reconciler.sandbox.reply import ColumnHead, Node, Pairs, Reply, ReplyHeader

_ESCAPED = '&<>"\r'
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(answer: Reply, head: ReplyHeader) -> str:
    """Write a whole document."""
    body = "".join(write(branch) for branch in branches(answer, head))
    return f"{PROLOGUE}<doc{attributes(head.attrs())}>{body}</doc>"


def write(branch: Branch) -> str:
    """Write one element, or the rows of a list."""
    if isinstance(branch, ListReply):
        return _rows(branch)
    return _element(branch)


def attributes(pairs: Pairs) -> str:
    """Write attributes, each with a blank before it."""
    return "".join(f' {name}="{escape(value)}"' for name, value in pairs)


def escape(text: str) -> str:
    """Escape a text for an element or an attribute."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text or ">" in text:
        text = text.replace("<", "&lt;").replace(">", "&gt;")
    if "\r" in text:
        text = text.replace("\r", "&#13;")  # which a reader would take for a part of a line's end
    return text.replace('"', "&quot;") if '"' in text else text


def _element(node: Node) -> str:
    start = node.name + attributes(node.attrs) if node.attrs else node.name
    inner = escape(node.text) if node.text else ""
    if node.kids:
        inner += "".join([_element(kid) for kid in node.kids])
    return f"<{start}>{inner}</{node.name}>" if inner else f"<{start}/>"


def _rows(listed: ListReply) -> str:
    template = _template(listed.cells)
    return "".join([template % _safe(row) for row in listed.rows])


def _safe(row: tuple[str, ...]) -> tuple[str, ...]:
    joined = "".join(row)
    if any(sign in joined for sign in _ESCAPED):
        return tuple(escape(text) for text in row)
    return row


@lru_cache(maxsize=256)
def _template(cells: tuple[ColumnHead, ...]) -> str:
    # A cell takes the texts of its attributes from its row, then its own.
    parts = []
    for cell in cells:
        fixed = attributes(cell.fixed).replace("%", "%%")
        own = "".join(f' {name}="%s"' for name in cell.attrs)
        parts.append(f"<{cell.name}{fixed}{own}>%s</{cell.name}>")
    return "<elem>" + "".join(parts) + "</elem>"
