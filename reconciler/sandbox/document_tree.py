"""An answer as the elements below the root of a document.

Invariants: rows stay a ``ListReply`` value, so that each format writes them its own fast way;
the echo of the request carries everything that was sent, the session id included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Mapping

Branch = Node | ListReply


def branches(answer: Reply, head: ReplyHeader) -> list[Branch]:
    """Lay an answer out as the children of the outer ``doc``."""
    tail = [_echo(head), Node("saved_filters")]
    match answer:
        case ListReply():
            lead = [] if answer.plid is None else [Node("plid", answer.plid)]
            order = _order(answer)
            return [*lead, *tail, *_filters(answer), *order, answer, *_paging(answer)]
        case FormReply():
            return [*form(answer), *tail]
        case ConfirmationReply():
            return [*_done(answer, head), *tail]
        case ErrorReply():
            return [_error(answer), *tail]
        case RawReply():
            return [*answer.nodes, *tail]


def messages(answer: Reply) -> Pairs:
    """Return the labels that an answer comes with: those of its columns, or of its fields."""
    if isinstance(answer, ListReply):
        return tuple((cell.name, cell.label) for cell in answer.cells if not cell.companion)
    shown = answer.before if isinstance(answer, ConfirmationReply) else answer
    if isinstance(shown, FormReply):
        return tuple((each.name, each.label) for each in shown.inputs)
    return ()


def form(shown: FormReply) -> list[Node]:
    """Return the option lists, the tables and the fields of a form."""
    images = {name: dict(pairs) for name, pairs in shown.images}
    lists = [
        Node(
            "slist",
            "",
            (("name", name),),
            _options(keys, images.get(name, {})),
        )
        for name, keys in shown.choices
    ]
    tables = [
        Node("list", "", (("name", each.name),), tuple(_elem(each, row) for row in each.rows))
        for each in shown.tables
    ]
    return lists + tables + [Node(name, value) for name, value in shown.values]


def _options(keys: Pairs, images: Mapping[str, str]) -> tuple[Node, ...]:
    made = []
    for key, text in keys:
        image: Pairs = (("image", images[key]),) if key in images else ()
        made.append(Node("val", text, (("key", key), *image)))
    return tuple(made)


def _elem(table: Table, row: tuple[str, ...]) -> Node:
    texts = iter(row)
    cells = []
    for cell in table.cells:
        own = tuple((name, next(texts)) for name in cell.attrs)
        cells.append(Node(cell.name, next(texts), (*cell.fixed, *own)))
    return Node("elem", kids=tuple(cells))


def _echo(head: ReplyHeader) -> Node:
    sent = [Node(name, value) for name, value in head.echo if name != "func"]
    return Node("tparams", kids=(*sent, Node("func", head.func)))


def _filters(listed: ListReply) -> list[Node]:
    return [Node("p_filter", value, (("name", name),)) for name, value in listed.filters]


def _order(listed: ListReply) -> list[Node]:
    if not listed.sorted_by:
        return []
    head = [
        Node("p_sort", listed.sorted_by),
        Node("p_order", "desc" if listed.descending else "asc"),
    ]
    place = 0
    for cell in listed.cells:
        place += len(cell.attrs)
        if cell.name == listed.sorted_by:
            ends = [row[place] for row in (listed.rows[:1] + listed.rows[-1:])]
            return [*head, *([Node("page", " - ".join(ends))] if ends else [])]
        place += 1
    return head


def _paging(listed: ListReply) -> list[Node]:
    sizes = [Node("p_cnt", str(listed.size)), Node("p_num", str(listed.number))]
    if not listed.total and (listed.plid is not None or not listed.totalled):
        return sizes
    return [*sizes, Node("p_elems", str(listed.total))]


def _done(done: ConfirmationReply, head: ReplyHeader) -> list[Node]:
    nodes: list[Node] = []
    if done.before is not None:
        inner = (*form(done.before), _echo(head), Node("saved_filters"))
        nodes.append(Node("doc", "", head.attrs(), inner))
    nodes.append(Node("ok", done.ok, done.ok_attrs))
    return nodes + [Node(name, value) for name, value in done.ids]


def _error(failed: ErrorReply) -> Node:
    if failed.wordy:
        return Node("error", kids=(Node("msg", failed.message),))
    if not failed.sort:
        return Node("error", failed.message)
    stack = tuple(
        Node("action", func, (("level", level), ("user", user)))
        for user, level, func in failed.stack
    )
    kids = (
        *failed.params,
        *((Node("stack", kids=stack),) if stack else ()),
        Node("group", failed.group),
        Node("msg", failed.message),
    )
    attrs = (("type", failed.sort), ("object", failed.subject), ("lang", failed.lang))
    return Node("error", "", tuple(pair for pair in attrs if pair[1]), kids)
