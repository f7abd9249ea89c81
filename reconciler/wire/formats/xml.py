"""XML answers (``out=xml``, ``out=devel``), read by expat with handlers of our own.

Invariants: no document type, so no entity is ever declared; UTF-8 and nothing else; one root
named ``doc``; depth and length of values are bounded while reading.
"""

from __future__ import annotations

from xml.parsers import expat

from reconciler.wire.formats.node import (
    MAX_DEPTH,
    MAX_TEXT,
    MAX_VALUES,
    Node,
    make_branch,
    not_a_panel,
)

_NO_ATTRS: dict[str, str] = {}
_ENCODINGS = frozenset({"UTF-8", "UTF8", "US-ASCII", "ASCII"})


def read_xml(body: bytes) -> Node:
    """Read a document and return its root.

    Shape:  ``<doc …>…</doc>``, with or without a declaration, compact or indented.
    Raises: NotAPanelError for anything else.
    Source: captured answers in both forms.
    """
    if b"\0" in body:
        # expat would take it for UTF-16 by its first bytes, whatever encoding is set.
        raise not_a_panel("its encoding is not UTF-8")
    if len(body) > MAX_VALUES and body.count(b"<") > MAX_VALUES:
        raise not_a_panel("it holds too many values")
    # pyexpat opens nothing by itself, and a document type stops it before any entity is declared.
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    above = _connect(parser, bounded=len(body) > MAX_TEXT)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.XmlDeclHandler = _check_declaration
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes it by place only
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise not_a_panel(f"broken XML in line {error.lineno}: {reason}") from error
    root = above.children[0] if above.children else Node(next(iter(above.leaves)), {})
    if root.name != "doc":
        raise not_a_panel("its root element is not <doc>")
    return root


def _connect(parser: expat.XMLParserType, *, bounded: bool) -> Node:
    """Return the node below which the parser builds its tree.

    Three calls an element make up nearly all of the time that reading takes, hence the closures:
    ``pending``: the element begun last has no child so far.
    """
    above = node = make_branch("", {})
    stack: list[Node] = []
    pending = False
    name, attrs, text = "", _NO_ATTRS, ""

    def start(begun: str, given: dict[str, str]) -> None:
        nonlocal node, pending, name, attrs, text
        if pending:
            stack.append(node)
            if len(stack) >= MAX_DEPTH:
                raise not_a_panel(f"it is nested deeper than {MAX_DEPTH}")
            child = Node(name, attrs, text, leaves={}, children=[])
            node.children.append(child)
            node = child
        else:
            pending = True
        if bounded and given and max(map(len, given.values())) > MAX_TEXT:
            raise not_a_panel("an attribute is too long")
        name, attrs, text = begun, given, ""

    def end(ended: str) -> None:
        nonlocal node, pending
        if not pending:
            node = stack.pop()
            return
        pending = False
        if attrs or ended in node.leaves:
            node.children.append(Node(ended, attrs, text))
        else:
            node.leaves[ended] = text

    def characters(piece: str) -> None:
        nonlocal text
        if text and len(text) + len(piece) > MAX_TEXT:
            raise not_a_panel("a value is too long")
        text += piece

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    return above


def _refuse_doctype(*_declaration: object) -> None:
    raise not_a_panel("it declares a document type")


def _check_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.upper() not in _ENCODINGS:
        raise not_a_panel("its encoding is not UTF-8")
