"""``out=json``, ``xjson``, ``sjson``: the document as nested objects.

Invariants: text under ``$``, attributes under ``$name``, every scalar a text; one child stands
alone, several are an array; messages are one object, by their names; an empty list has neither
``elem`` nor ``p_elems``.
"""

from __future__ import annotations

import json
from typing import Any

from reconciler.sandbox.answer import Answer, Head, Listed, Node
from reconciler.sandbox.tree import Branch, branches, messages


def render(answer: Answer, head: Head) -> str:
    """Write a document whose empty elements are ``{}``."""
    return _document(answer, head, {})


def render_spelled(answer: Answer, head: Head) -> str:
    """Write a document whose empty elements are ``{"$":""}``."""
    return _document(answer, head, {"$": ""})


def _document(answer: Answer, head: Head, empty: dict[str, str]) -> str:
    outer: dict[str, Any] = {f"${name}": value for name, value in head.attrs()}
    bare = isinstance(answer, Listed) and not answer.rows and not answer.total
    for branch in branches(answer, head):
        if bare and isinstance(branch, Node) and branch.name in {"p_elems", "p_num"}:
            continue
        _hang(outer, branch, empty)
    labels = messages(answer)
    if labels:
        texts = {name: {"$": text} for name, text in labels}
        outer["messages"] = {"$name": head.func, "msg": texts}
    if bare:
        outer["p_cnt"] = {"$": "0"}
    return json.dumps({"doc": outer}, ensure_ascii=False, separators=(",", ":"))


def _hang(outer: dict[str, Any], branch: Branch, empty: dict[str, str]) -> None:
    if isinstance(branch, Listed):
        rows = [_row(branch, row, empty) for row in branch.rows]
        if rows:
            outer["elem"] = rows if len(rows) > 1 else rows[0]
        return
    value = _value(branch, empty)
    present = outer.get(branch.name)
    if present is None:
        outer[branch.name] = value
    elif isinstance(present, list):
        present.append(value)
    else:
        outer[branch.name] = [present, value]


def _value(node: Node, empty: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {f"${name}": value for name, value in node.attrs}
    if node.text:
        made["$"] = node.text
    for kid in node.kids:
        _hang(made, kid, empty)
    return made or dict(empty)


def _row(listed: Listed, row: tuple[str, ...], empty: dict[str, str]) -> dict[str, Any]:
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
