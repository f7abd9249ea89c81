"""``out=devel``: the document with the description of the interface and its messages.

Invariants: the same elements as ``out=xml``, behind ``metadata`` and ``messages``; one element
of the outer ``doc`` a line.
"""

from __future__ import annotations

from reconciler.sandbox.document_tree import branches, messages
from reconciler.sandbox.formats import xml
from reconciler.sandbox.reply import (
    ConfirmationReply,
    FormReply,
    Input,
    ListReply,
    Node,
    Pairs,
    Reply,
    ReplyHeader,
    Table,
)

_SUM: Pairs = (
    ("check", "money"),
    ("checkargs", "0.01,"),
    ("maxlength", "13"),
    ("mask", "9{1,10}[.99]"),
)
# The interface asks for the form anew when such an input changes.
_LEADS: Pairs = (("setvalues", "blocking"),)
_CONTROLS = {"select": "select", "multi": "select", "area": "textarea"}


def render(answer: Reply, head: ReplyHeader) -> str:
    """Write a whole document with its description."""
    parts = [*_description(answer, head), *branches(answer, head)]
    body = "\n".join(xml.write(part) for part in parts)
    attrs = (*head.attrs(), ("css", "main.css"), ("favorite", "no"))
    return f"{xml.PROLOGUE}<doc{xml.attributes(attrs)}>\n{body}\n</doc>\n"


def _description(answer: Reply, head: ReplyHeader) -> list[Node]:
    if isinstance(answer, ListReply):
        return [_list(answer, head), _messages(answer, head)]
    shown = answer.before if isinstance(answer, ConfirmationReply) else answer
    if isinstance(shown, FormReply):
        return [_form(shown, head), _messages(answer, head)]
    return []


def _list(listed: ListReply, head: ReplyHeader) -> Node:
    columns = tuple(
        Node("col", "", (("name", c.name), ("type", "msg" if c.attrs or c.fixed else "data")))
        for c in listed.cells
        if not c.companion
    )
    attrs = (
        ("name", head.func),
        ("type", "list"),
        ("key", listed.key),
        ("keyname", listed.keyname),
        ("mgr", "billmgr"),
    )
    button = (
        ("func", f"{head.func}.filter"),
        ("name", "filter"),
        ("img", "t-filter"),
        ("type", "new"),
    )
    group = Node("toolgrp", "", (("name", "filter"),), (Node("toolbtn", "", button),))
    toolbar = Node("toolbar", "", (("view", "buttontext"),), (group,))
    return Node("metadata", "", attrs, (toolbar, Node("coldata", kids=columns)))


def _form(shown: FormReply, head: ReplyHeader) -> Node:
    fields = tuple(_field(each) for each in shown.inputs)
    pages = (
        Node("page", "", (("name", "main_page"),), fields),
        *(_inner(each) for each in shown.tables),
    )
    buttons = Node(
        "buttons",
        kids=tuple(Node("button", "", (("name", n), ("type", n))) for n in ("ok", "cancel")),
    )
    attrs = (("name", head.func), ("type", "form"), ("mgr", "billmgr"))
    return Node("metadata", "", attrs, (Node("form", "", (("title", "name"),), (*pages, buttons)),))


def _inner(table: Table) -> Node:
    """Describe a list that stands in a form, on a page of its own."""
    columns = tuple(Node("col", "", (("name", c.name), ("type", "data"))) for c in table.cells)
    attrs = (("name", table.name), ("key", table.cells[0].name))
    field = Node(
        "field",
        "",
        (("name", table.name), ("noname", "yes")),
        (Node("list", "", attrs, columns),),
    )
    return Node("page", "", (("name", f"{table.name}_page"),), (field,))


def _field(each: Input) -> Node:
    extra: Pairs = (
        *((("required", "yes"),) if each.required else ()),
        *((("readonly", "yes"),) if each.readonly else ()),
        *((("type", "multiple"),) if each.sort == "multi" else ()),
        *(_SUM if each.sort in {"money", "amount"} else ()),
        *(_LEADS if each.sort in {"select", "money", "amount"} else ()),
    )
    tag = _CONTROLS.get(each.sort, "input")
    kind = {"flag": "checkbox", "secret": "password", "hidden": "hidden"}.get(each.sort, "text")
    typed: Pairs = (("type", kind),) if tag == "input" else ()
    control = Node(tag, "", (*typed, ("name", each.name), *extra))
    return Node("field", "", (("name", each.name),), (control,))


def _messages(answer: Reply, head: ReplyHeader) -> Node:
    texts = tuple(Node("msg", text, (("name", name),)) for name, text in messages(answer))
    return Node("messages", "", (("name", head.func), ("checked", head.features)), texts)
