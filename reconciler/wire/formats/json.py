"""JSON answers that mirror the XML ones (``out=json``, ``sjson``, ``xjson``).

Invariants: no key twice in an object, no number beyond the finite ones, depth and length bounded
as in XML; what is a text in the panel's answers stays a text, to the letter.
"""

from __future__ import annotations

import json
import re
from typing import Any

from reconciler.wire.formats.node import (
    MAX_DEPTH,
    MAX_TEXT,
    MAX_VALUES,
    Document,
    Node,
    add_text,
    make_branch,
    not_a_panel,
)

# Escapes for what no XML answer could hold: control characters and halves of characters.
_SUSPECT = re.compile(rb"\\u(?:00[01]|d[89a-f])", re.IGNORECASE)
_FOREIGN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def read_json(body: bytes) -> Document:
    """Read a nested document.

    Shape:  ``{"doc": {…}}``; text under ``$``, attributes under ``$name``; one child stands
            alone, several are an array; an empty element is ``{}``.
    Raises: NotAPanelError for anything else.
    Source: fixtures modelled on real answers.
    """
    outer = load(body)
    if not isinstance(outer, dict) or outer.keys() != {"doc"} or not isinstance(outer["doc"], dict):
        raise not_a_panel('it is not an object with the one key "doc"')
    root = _node("doc", outer["doc"], 1)
    return Document(root, listed=isinstance(outer["doc"].get("elem"), list))


def load(body: bytes) -> Any:  # noqa: ANN401 - what JSON can hold
    """Read JSON within our bounds; numbers stay as they are written.

    Raises: NotAPanelError.
    """
    if len(body) > MAX_VALUES and body.count(b",") + body.count(b"[") > MAX_VALUES:
        raise not_a_panel("it holds too many values")
    checked = _SUSPECT.search(body) is not None
    try:
        text = body.decode("utf-8")
        return json.loads(
            text,
            object_pairs_hook=_checked_object if checked else _object,
            parse_int=str,
            parse_float=str,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise not_a_panel("it is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise not_a_panel(f"broken JSON in line {error.lineno}: {error.msg}") from error
    except RecursionError as error:
        raise not_a_panel(f"it is nested deeper than {MAX_DEPTH}") from error


def scalar(value: Any) -> str | None:  # noqa: ANN401 - what JSON can hold
    """Return a scalar as text, and None for an object or an array.

    Raises: NotAPanelError for a value over its bounds.
    """
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise not_a_panel("a value is too long")
        return value
    if isinstance(value, bool):
        return "on" if value else "off"
    return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise not_a_panel("an object has the same key twice")
    return made


def _checked_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for key, value in pairs:
        items = value if isinstance(value, list) else [value]
        if _FOREIGN.search(key) or any(isinstance(i, str) and _FOREIGN.search(i) for i in items):
            raise not_a_panel("a text has invalid characters")
    return _object(pairs)


def _constant(name: str) -> Any:  # noqa: ANN401 - json's own signature
    raise not_a_panel(f"{name} is not a number")


def _node(name: str, value: dict[str, Any], depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise not_a_panel(f"it is nested deeper than {MAX_DEPTH}")
    node = make_branch(name, {})
    attrs: dict[str, str] = {}
    for key, item in value.items():
        if key[:1] == "$":
            text = scalar(item)
            if text is None:
                raise not_a_panel(f"{key!r} is not a text")
            if key == "$":
                node.text = text
            else:
                attrs[key[1:]] = text
        else:
            _hang(node, key, item, depth)
    node.attrs = attrs
    return node


def _hang(parent: Node, name: str, item: Any, depth: int) -> None:  # noqa: ANN401 - JSON
    if type(item) is dict:
        if not item:
            add_text(parent, name, "")
        elif len(item) == 1 and "$" in item:
            text = scalar(item["$"])
            if text is None:
                raise not_a_panel("'$' is not a text")
            add_text(parent, name, text)
        else:
            parent.children.append(_node(name, item, depth + 1))
        return
    if type(item) is list:
        if depth > MAX_DEPTH:
            raise not_a_panel(f"it is nested deeper than {MAX_DEPTH}")
        for each in item:
            if type(each) is list:
                raise not_a_panel("an array contains an array")
            _hang(parent, name, each, depth)
        return
    text = scalar(item)
    if text is not None:
        add_text(parent, name, text)
