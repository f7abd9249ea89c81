"""What stands in an element, whatever answer it belongs to: fields, columns, lists, other parts.

Invariants: of a value that is given several times, differently, none is taken: it is no field and
no column, and all of it is among the parts; what frames an answer, and may echo credentials, is
never a part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.wire.reply import ReplyPart, Row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reconciler.wire.formats.node import Node

_ECHO = frozenset({"tparams", "saved_filters", "metadata", "messages"})
# What frames an answer, and is never a field of the object it speaks of.
FRAME = _ECHO | {
    *("doc", "ok", "error", "elem", "list", "slist"),
    *("branding", "links", "addon", "tips", "steps", "banner"),
    *("page", "p_cnt", "p_num", "p_elems", "p_sort", "p_order", "p_filter"),
}
_NO_CODES: dict[str, str] = {}


def read_fields(root: Node) -> dict[str, str]:
    """Return the fields among the direct children: scalars, but for what frames an answer.

    A masked value is unknown and left out, and so is a field that stands there with two values.
    """
    return {name: text for name, text in read_single(root).items() if not is_masked(text)}


def read_single(root: Node) -> dict[str, str]:
    """Return the fields that have one value, masked or not."""
    found = {name: text for name, text in root.leaves.items() if name not in FRAME}
    doubtful: set[str] = set()
    for child in root.children:
        known = child.scalar and child.name not in FRAME
        if known and found.setdefault(child.name, child.text) != child.text:
            doubtful.add(child.name)
    return {name: text for name, text in found.items() if name not in doubtful}


def read_row(elem: Node) -> Row:
    """Return the columns of a row, with their codes; a masked value is left out."""
    read = _columns(elem) if elem.children else Row(elem.leaves, _NO_CODES)
    for text in read.values.values():
        if text[:1] == "*" and is_masked(text):
            known = {name: text for name, text in read.values.items() if not is_masked(text)}
            return Row(known, read.codes, read.parts)
    return read


def _columns(elem: Node) -> Row:
    values = dict(elem.leaves)
    codes: dict[str, str] = {}
    doubtful: set[str] = set()
    plain = True
    for child in elem.children:
        name = child.name
        code = child.attrs.get("orig")
        if code is not None and codes.setdefault(name, code) != code:
            doubtful.add(name)
        if not child.scalar:
            plain = False
        elif values.setdefault(name, child.text) != child.text:
            doubtful.add(name)
    if plain and not doubtful:
        return Row(values, codes)
    for name in doubtful:
        values.pop(name, None)
        codes.pop(name, None)
    return Row(values, codes, tuple(read_parts(elem, values)))


def read_inner_lists(root: Node) -> tuple[dict[str, tuple[Row, ...]], list[ReplyPart]]:
    """Return the lists that stand within a document, by name, and those that are no plain lists.

    Source: a captured form of ``payment.add.method``: ``<list name="…"><elem>…</elem></list>``.
    """
    lists: dict[str, tuple[Row, ...]] = {}
    others: list[ReplyPart] = []
    for node in root.named("list"):
        name = node.attrs.get("name", "")
        rows = list(node.named("elem"))
        plain = len(rows) == len(node.children) + len(node.leaves)
        if plain and name and name not in lists and not any(map(_is_text, [node, *rows])):
            lists[name] = tuple(map(read_row, rows))
        else:
            others.append(read_part(node))
    return lists, others


def read_parts(
    node: Node, known: Collection[str] = (), frame: Collection[str] = _ECHO
) -> Iterator[ReplyPart]:
    """Yield the children as they came, except known scalars and the frame."""
    for name, text in node.leaves.items():
        if name not in frame and name not in known:
            yield ReplyPart(name, _shown(text))
    for child in node.children:
        if child.name not in frame and not (child.scalar and child.name in known):
            yield read_part(child)


def read_part(node: Node) -> ReplyPart:
    """Return an element as it came, without what it masks."""
    return ReplyPart(node.name, _shown(node.text), dict(node.attrs), tuple(read_parts(node)))


def is_masked(text: str) -> bool:
    """Return whether a value is hidden behind asterisks."""
    return text[:1] == "*" and not text.strip("*")


def _is_text(node: Node) -> bool:
    return node.scalar and bool(node.text.strip())


def _shown(text: str) -> str:
    return "" if is_masked(text) else text
