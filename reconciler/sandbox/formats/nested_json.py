"""``out=json``, ``xjson``, ``sjson``: the document as nested objects.

Invariants: text under ``$``, attributes under ``$name``, every scalar a text; several
children of a name are an array, and so is a row, an option or a parameter that stands alone, unless
the installation writes it as an object; messages are one object, by their names; an empty list has
neither ``elem`` nor ``p_elems``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.document_tree import Branch, branches, messages
from reconciler.sandbox.reply import ListReply, Node, Reply, ReplyHeader

_ROWS = frozenset({"elem", "param", "val"})


@dataclass(frozen=True, slots=True)
class _Shape:
    """What an empty element is, and whether a row that stands alone is an array of one."""

    empty: dict[str, str]
    arrays: bool


def render(answer: Reply, head: ReplyHeader) -> str:
    """Write a document whose empty elements are ``{}``."""
    return _document(answer, head, {})


def render_spelled(answer: Reply, head: ReplyHeader) -> str:
    """Write a document whose empty elements are ``{"$":""}``."""
    return _document(answer, head, {"$": ""})


def _document(answer: Reply, head: ReplyHeader, empty: dict[str, str]) -> str:
    shape = _Shape(empty, head.lone == "array")
    outer: dict[str, Any] = {f"${name}": value for name, value in head.attrs()}
    bare = isinstance(answer, ListReply) and not answer.rows and not answer.total
    for branch in branches(answer, head):
        if bare and isinstance(branch, Node) and branch.name in {"p_elems", "p_num"}:
            continue
        _hang(outer, branch, shape)
    labels = messages(answer)
    if labels:
        texts = {name: {"$": text} for name, text in labels}
        outer["messages"] = {"$name": head.func, "msg": texts}
    if bare:
        outer["p_cnt"] = {"$": "0"}
    return json.dumps({"doc": outer}, ensure_ascii=False, separators=(",", ":"))


def _hang(outer: dict[str, Any], branch: Branch, shape: _Shape) -> None:
    if isinstance(branch, ListReply):
        rows = [_row(branch, row, shape.empty) for row in branch.rows]
        if rows:
            outer["elem"] = rows if len(rows) > 1 or shape.arrays else rows[0]
        return
    value = _value(branch, shape)
    present = outer.get(branch.name)
    if present is None:
        outer[branch.name] = [value] if shape.arrays and branch.name in _ROWS else value
    elif isinstance(present, list):
        present.append(value)
    else:
        outer[branch.name] = [present, value]


def _value(node: Node, shape: _Shape) -> dict[str, Any]:
    made: dict[str, Any] = {f"${name}": value for name, value in node.attrs}
    if node.text:
        made["$"] = node.text
    for kid in node.kids:
        _hang(made, kid, shape)
    return made or dict(shape.empty)


def _row(listed: ListReply, row: tuple[str, ...], empty: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    texts = iter(row)
    for cell in listed.cells:
        value = {f"${name}": text for name, text in cell.fixed}
        value |= {f"${name}": next(texts) for name in cell.attrs}
        text = next(texts)
        if text or cell.attrs:
            value["$"] = text
        made[cell.name] = value or dict(empty)
    return made
