"""One page of a list: its rows, its paging, and the filters in force.

Invariants: a document that does not speak of a list is never an empty one; a column that was not
sent is absent, never empty.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.wire.formats.node import Node, not_a_panel
from reconciler.wire.metadata import read_columns, read_offered
from reconciler.wire.replies.checks import check_question, check_reply
from reconciler.wire.replies.elements import read_fields, read_row
from reconciler.wire.replies.replies import is_list
from reconciler.wire.reply import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.wire.formats.node import Document
    from reconciler.wire.reply import Row

_COUNT = re.compile(r"[0-9]{1,9}")
_SIGNS = ("p_cnt", "p_num", "p_elems", "p_sort", "p_order", "p_filter")
# Fields that a list's document may hold beside its rows: whose children they are.
_PARENT = frozenset({"plid", "elid", "elname", "plname"})


def parse_list(document: Document, asked: str) -> Rows:
    """Read one page of a list.

    Shape:  ``<elem>`` rows, ``<p_cnt>``, ``<p_num>``, ``<p_elems>``, a ``<p_filter>`` for each
            filter in force, the key column in ``metadata/@key``; an empty list has no rows, and
            its total is 0; where that is missing, the answer names its own function.
    Raises: RejectedError, HalfSignedInError, NotAPanelError for what is no list.
    Source: captured lists; the vendor's guide shows rows alone.
    """
    check_reply(document, asked)
    check_question(document)
    root = document.root
    rows = tuple(_rows(root))
    if not rows and not _speaks_of_list(document, asked):
        raise not_a_panel("it has no rows and no other sign of a list")
    return Rows(
        rows,
        page=_count(root, "p_num"),
        page_size=_count(root, "p_cnt"),
        total=_count(root, "p_elems"),
        filters=_filters(root),
        key=_key(root),
        columns=read_columns(root),
        offered=read_offered(root),
    )


def _rows(root: Node) -> Iterator[Row]:
    if "elem" in root.leaves:
        yield _row(Node("elem", {}, root.leaves["elem"]))
    for child in root.children:
        if child.name == "elem":
            yield _row(child)


def _row(elem: Node) -> Row:
    if elem.scalar and elem.text.strip():
        raise not_a_panel("a row is a text, not columns")
    return read_row(elem)


def _speaks_of_list(document: Document, asked: str) -> bool:
    root = document.root
    if root.has("p_elems") or document.listed:
        return True
    # Without rows and without a total, anything cut down to its frame would look like this.
    if not _names(document, asked):
        return False
    if any(root.has(sign) for sign in _SIGNS):
        return True
    metadata = root.first("metadata")
    if metadata is not None and metadata.attrs.get("type") == "list":
        return True
    return (
        is_list(document, asked)
        and not read_fields(root).keys() - _PARENT
        and not root.has("slist")
    )


def _names(document: Document, asked: str) -> bool:
    """Return whether an answer names the function that was asked, by itself or by its echo."""
    echo = document.root.first("tparams")
    said = document.func or (echo.scalars().get("func", "") if echo is not None else "")
    return said == asked or said.startswith(f"{asked}.")


def _count(root: Node, name: str) -> int | None:
    texts = {node.text.strip() for node in root.named(name)} or {""}
    text = texts.pop()
    if texts:
        raise not_a_panel(f"<{name}> has two values")
    if not text:
        return None
    if not _COUNT.fullmatch(text):
        raise not_a_panel(f"<{name}> is not a count")
    return int(text)


def _filters(root: Node) -> tuple[str, ...]:
    names = []
    for node in root.named("p_filter"):
        texts = node.scalars()
        said = (node.attrs.get("name"), texts.get("name"), *texts, node.text.strip())
        names.append(next((name for name in said if name), "unnamed"))
    return tuple(sorted(names))


def _key(root: Node) -> str | None:
    metadata = root.first("metadata")
    return (metadata.attrs.get("key") or None) if metadata is not None else None
