"""Flat JSON answers: ``out=bjson`` and ``out=JSONdata``, brought into the shape of the XML ones.

Invariants: as in nested JSON; a form's ``model`` and ``slist`` become fields and option lists;
a key ``<name>_orig`` is the code of ``<name>`` as well as a value of its own.
Doubt: how these formats write a confirmation's new ids, the filters in force, and a list within a
form, which is taken to stand under its name, or under ``list`` as option lists do under ``slist``.
"""

from __future__ import annotations

from typing import Any

from reconciler.wire.formats.json import load, scalar
from reconciler.wire.formats.node import (
    MAX_DEPTH,
    Document,
    Node,
    add_text,
    make_branch,
    not_a_panel,
)

_CODE = "_orig"
_LISTS = frozenset({"elem", "model", "slist", "error", "p_filter", "list"})


def read_flat(body: bytes) -> Document:
    """Read a flat document, or a bare array of rows.

    Shape:  ``{"func": …, "elem": [{…}]}``, ``{"model": {…}, "slist": {…}}``, ``{"ok": ""}``,
            ``{"error": {"msg": …}}``, ``[{…}]``.
    Raises: NotAPanelError for anything else.
    Source: fixtures modelled on real answers.
    """
    outer = load(body)
    root = make_branch("doc", {})
    if isinstance(outer, list):
        _rows(root, _filled(outer))
        return Document(root, listed=True)
    if not isinstance(outer, dict):
        raise not_a_panel("it is neither an object nor an array")
    if isinstance(outer.get("doc"), dict) and len(outer) == 1:
        raise not_a_panel("it is a nested document, not a flat one")
    root.attrs = {"func": outer["func"]} if isinstance(outer.get("func"), str) else {}
    for key, item in outer.items():
        if key not in _LISTS and key != "func":
            _field(root, key, item, 2)
    _rows(root, outer.get("elem", []))
    _fields(root, outer.get("model", {}))
    _options(root, outer.get("slist", {}))
    _inner_lists(root, outer.get("list", {}))
    _filters(root, outer.get("p_filter"))
    _error(root, outer.get("error"))
    return Document(root, listed="elem" in outer)


def _rows(root: Node, rows: Any) -> None:  # noqa: ANN401 - JSON
    for row in [rows] if isinstance(rows, dict) else rows or []:
        if not isinstance(row, dict):
            raise not_a_panel("a row is not an object")
        node = make_branch("elem", {})
        codes = {
            key.removesuffix(_CODE): item
            for key, item in row.items()
            if key.endswith(_CODE) and isinstance(item, str)
        }
        for key, item in row.items():
            if key not in codes or scalar(item) is None:
                _hang(node, key, item, 3)
        for name, code in codes.items():
            node.children.append(Node(name, {"orig": code}, scalar(row.get(name)) or ""))
        root.children.append(node)


def _filled(rows: list[Any]) -> list[Any]:
    # A bare array leaves out what is empty: a column that any row has is empty in the others.
    columns: dict[str, str] = {}
    for row in rows:
        if isinstance(row, dict):
            columns |= dict.fromkeys((k for k, item in row.items() if isinstance(item, str)), "")
    return [columns | row if isinstance(row, dict) else row for row in rows]


def _fields(root: Node, model: Any) -> None:  # noqa: ANN401 - JSON
    if not isinstance(model, dict):
        raise not_a_panel('"model" is not an object')
    for key, item in model.items():
        if isinstance(item, list) and all(isinstance(each, str) for each in item):
            add_text(root, key, ",".join(item))
        else:
            _field(root, key, item, 3)


def _field(root: Node, key: str, item: Any, depth: int) -> None:  # noqa: ANN401 - JSON
    if isinstance(item, list) and item and all(isinstance(each, dict) for each in item):
        _inner_lists(root, {key: item})
    else:
        _hang(root, key, item, depth)


def _inner_lists(root: Node, lists: Any) -> None:  # noqa: ANN401 - JSON
    if not isinstance(lists, dict):
        _hang(root, "list", lists, 2)
        return
    for name, rows in lists.items():
        node = make_branch("list", {"name": name})
        _rows(node, rows)
        root.children.append(node)


def _options(root: Node, lists: Any) -> None:  # noqa: ANN401 - JSON
    if not isinstance(lists, dict):
        raise not_a_panel('"slist" is not an object')
    for name, entries in lists.items():
        node = make_branch("slist", {"name": name})
        for entry in entries if isinstance(entries, list) else [entries]:
            if not isinstance(entry, dict):
                raise not_a_panel("an option is not an object")
            key, label = scalar(entry.get("k")), scalar(entry.get("v"))
            known = {"key": key, "image": scalar(entry.get("image"))}
            attrs = {name: text for name, text in known.items() if text is not None}
            node.children.append(Node("val", attrs, label or ""))
        root.children.append(node)


def _filters(root: Node, filters: Any) -> None:  # noqa: ANN401 - JSON
    if isinstance(filters, dict):
        for name, value in filters.items():
            root.children.append(Node("p_filter", {"name": name}, scalar(value) or ""))
        return
    for item in filters if isinstance(filters, list) else [filters] * (filters is not None):
        name = scalar(item.get("name")) if isinstance(item, dict) else scalar(item)
        root.children.append(Node("p_filter", {"name": name or ""}))


def _error(root: Node, error: Any) -> None:  # noqa: ANN401 - JSON
    if error is None:
        return
    parts = error if isinstance(error, dict) else {"msg": error}
    texts = {key: text for key, item in parts.items() if (text := _inner(item)) is not None}
    attrs = {"type": texts.get("type", texts.get("code", "")), "object": texts.get("object", "")}
    root.children.append(Node("error", attrs, texts.get("msg", "")))


def _inner(item: Any) -> str | None:  # noqa: ANN401 - JSON
    return scalar(item.get("$")) if isinstance(item, dict) else scalar(item)


def _hang(parent: Node, name: str, item: Any, depth: int) -> None:  # noqa: ANN401 - JSON
    if depth > MAX_DEPTH:
        raise not_a_panel(f"it is nested deeper than {MAX_DEPTH}")
    if isinstance(item, dict):
        node = make_branch(name, {})
        for key, inner in item.items():
            _hang(node, key, inner, depth + 1)
        parent.children.append(node)
    elif isinstance(item, list):
        for each in item:
            _hang(parent, name, each, depth + 1)
    elif (text := scalar(item)) is not None:
        add_text(parent, name, text)
