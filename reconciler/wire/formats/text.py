"""Answers as lines (``out=text``), the default of the panel's own command line.

Invariant: a line that is neither pairs, a confirmation nor a refusal is no answer.
Doubt: values are not quoted, so one that holds `` name=`` falls into two; we never ask for this
format by ourselves.
"""

from __future__ import annotations

import re

from reconciler.wire.formats.node import (
    MAX_TEXT,
    Document,
    Node,
    add_text,
    make_branch,
    not_a_panel,
)

_REFUSAL = re.compile(r"ERROR ([\w.]*)(?:\((.*)\))?\s*")
_PAIR = re.compile(r"(?:^| )([A-Za-z_][\w.]*)=")


def read_lines(body: bytes) -> Document:
    """Read lines: a row each, or a field each.

    Shape:  ``key=value key=value``; ``OK``; ``ERROR type(object)``. Lines of one pair each, no
            key twice, are the fields of a form, and the rows of a list of one column as well.
    Raises: NotAPanelError for anything else.
    Source: the vendor's description of mgrctl.
    """
    try:
        lines = [line for line in body.decode("utf-8").split("\n") if line.strip()]
    except UnicodeDecodeError as error:
        raise not_a_panel("it is not UTF-8") from error
    root = make_branch("doc", {})
    rows: list[list[tuple[str, str]]] = []
    for line in lines:
        if line.strip() == "OK":
            root.leaves["ok"] = ""
        elif refusal := _REFUSAL.fullmatch(line):
            attrs = {"type": refusal[1], "object": refusal[2] or ""}
            root.children.append(Node("error", attrs))
        else:
            rows.append(_pairs(line))
    names = [row[0][0] for row in rows]
    if all(len(row) == 1 for row in rows) and len(set(names)) == len(names):
        for row in rows:
            add_text(root, *row[0])
        return Document(root)
    for row in rows:
        elem = make_branch("elem", {})
        for name, text in row:
            add_text(elem, name, text)
        root.children.append(elem)
    return Document(root, listed=True)


def _pairs(line: str) -> list[tuple[str, str]]:
    if len(line) > MAX_TEXT or "\0" in line:
        raise not_a_panel("a line is too long or has invalid characters")
    found = list(_PAIR.finditer(line))
    if not found or found[0].start() != 0:
        raise not_a_panel("a line is not made of key=value")
    ends = [match.start() for match in found[1:]] + [len(line)]
    pairs = zip(found, ends, strict=True)
    return [(match[1], line[match.end() : end].strip()) for match, end in pairs]
