"""What ``out=devel`` shows of a list or a form beside its values: columns, inputs, functions.

Invariant: an answer without a description yields nothing, which says nothing of the panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.wire.formats.node import Node
    from reconciler.wire.reply import Control

# Controls that show something, and take nothing.
_SHOWN = frozenset({"textdata", "htmldata"})
_CONTROLS = frozenset({"field", "input", "select", "textarea", "slider", "textdata", "htmldata"})


def read_columns(root: Node) -> frozenset[str]:
    """Return the columns of a list.

    Source: ``metadata/coldata/col/@name`` of captured lists.
    """
    return frozenset(_named(root, {"col"}, "name"))


def read_controls(root: Node) -> dict[str, Control]:
    """Return for each input of a form how it is edited, or that nobody edits it.

    Source: ``metadata/form/page/field`` of captured forms, and the inputs within.
    Doubt:  how a real panel spells a read-only input.
    """
    found: dict[str, Control] = {}
    for metadata in root.named("metadata"):
        for node in _below(metadata):
            name = node.attrs.get("name", "")
            if node.name in _CONTROLS and name:
                said = _control(node)
                found[name] = said if said != "edit" else found.get(name, said)
    return found


def _control(node: Node) -> Control:
    if node.attrs.get("readonly", "no") not in {"no", "off", ""}:
        return "readonly"
    sort = node.attrs.get("type", "")
    if sort == "hidden" or node.name in _SHOWN:
        return "hidden"
    if sort == "password":
        return "secret"
    return "flag" if sort == "checkbox" else "edit"


def read_offered(root: Node) -> frozenset[str]:
    """Return the functions that a list's toolbar offers.

    Source: ``metadata/toolbar/toolgrp/toolbtn/@func`` of captured lists.
    """
    return frozenset(_named(root, {"toolbtn"}, "func"))


def _named(root: Node, names: frozenset[str] | set[str], attribute: str) -> Iterator[str]:
    for metadata in root.named("metadata"):
        for node in _below(metadata):
            if node.name in names and node.attrs.get(attribute):
                yield node.attrs[attribute]


def _below(node: Node) -> Iterator[Node]:
    # Documents are bounded in depth when they are read. A leaf without attributes names nothing.
    for child in node.children:
        yield child
        yield from _below(child)
