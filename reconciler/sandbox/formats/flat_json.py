"""``out=bjson``: flat objects, attributes as ``<name>_<attribute>``.

Invariants: a form is its ``model`` and its option lists; an error holds its message and no more.
Doubt: where paging and new ids stand; here beside ``elem``, as texts (one program reads each id off
an object with ``v``, which an install may choose); where the tables of a form
do, here under ``list``.
"""

from __future__ import annotations

import json
from typing import Any

from reconciler.sandbox.document_tree import messages
from reconciler.sandbox.reply import (
    ConfirmationReply,
    ErrorReply,
    FormReply,
    ListReply,
    Node,
    Pairs,
    RawReply,
    Reply,
    ReplyHeader,
    Table,
)


def render(answer: Reply, head: ReplyHeader) -> str:
    """Write one flat document."""
    return json.dumps(_document(answer, head), ensure_ascii=False, separators=(",", ":"))


def flat_rows(listed: ListReply | Table) -> list[dict[str, str]]:
    """Return the rows as flat objects, attributes beside their text."""
    names: list[str] = []
    fixed: dict[str, str] = {}
    for cell in listed.cells:
        names += [*(f"{cell.name}_{name}" for name in cell.attrs), cell.name]
        fixed |= {f"{cell.name}_{name}": text for name, text in cell.fixed}
    return [{**fixed, **dict(zip(names, row, strict=True))} for row in listed.rows]


def flat_nodes(nodes: tuple[Node, ...]) -> dict[str, str]:
    """Return elements without children as one flat object."""
    made: dict[str, str] = {}
    for node in nodes:
        if node.text or not node.attrs:
            made[node.name] = node.text
        made |= {f"{node.name}_{name}": value for name, value in node.attrs}
    return made


def _document(answer: Reply, head: ReplyHeader) -> dict[str, Any]:
    made = _body(answer, head)
    labels = messages(answer)
    if labels and made.get("func"):
        made["messages"] = [{"name": name, "msg": text} for name, text in labels]
    return made


def _body(answer: Reply, head: ReplyHeader) -> dict[str, Any]:
    match answer:
        case ListReply():
            return _list(answer, head)
        case FormReply():
            lists = {n: _options(answer, n, keys) for n, keys in answer.choices}
            tables = {each.name: flat_rows(each) for each in answer.tables}
            found = {"func": head.func, "model": dict(answer.values), "slist": lists}
            return {**found, "list": tables} if tables else found
        case ConfirmationReply():
            ids = {name: {"v": key} if head.wrapped_ids else key for name, key in answer.ids}
            return {"func": head.func, "ok": answer.ok, **ids}
        case ErrorReply():
            return {"error": {"msg": answer.message}}
        case RawReply():
            return {"func": head.func, **flat_nodes(answer.nodes)}


def _options(shown: FormReply, name: str, keys: Pairs) -> list[dict[str, str]]:
    images = dict(dict(shown.images).get(name, ()))
    return [{"k": k, "v": v} | ({"image": images[k]} if k in images else {}) for k, v in keys]


def _list(listed: ListReply, head: ReplyHeader) -> dict[str, Any]:
    if not listed.total:
        return {"elem": []}
    return {
        "func": head.func,
        "elem": flat_rows(listed),
        "p_cnt": str(listed.size),
        "p_num": str(listed.number),
        "p_elems": str(listed.total),
        **({"p_filter": dict(listed.filters)} if listed.filters else {}),
    }
