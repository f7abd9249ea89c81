"""Any answer at all, read as what it turns out to be: a list, a form, a confirmation, a file.

Invariants: a refusal or a contradiction is raised as everywhere; what frames an answer, and may
echo credentials, is never among the parts that are shown, and all else is somewhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.wire.replies.checks import check_reply
from reconciler.wire.replies.elements import (
    FRAME,
    read_fields,
    read_inner_lists,
    read_parts,
    read_single,
)
from reconciler.wire.replies.list import parse_list
from reconciler.wire.replies.replies import parse_confirmation, parse_form
from reconciler.wire.reply import FileReply, OtherReply

if TYPE_CHECKING:
    from reconciler.wire.formats.node import Document, Node
    from reconciler.wire.reply import Answer, Form

_LIST_SIGNS = ("elem", "p_elems", "p_cnt", "p_num")
_AROUND = FRAME - {"list"}


def parse_any(document: Document, asked: str) -> Answer:
    """Read an answer without knowing what it ought to be.

    Shape:  rows or paging make a list, ``<ok>`` a confirmation, option lists, lists within or
            plain fields a form; all else is given in parts.
    Raises: RejectedError, HalfSignedInError, NotAPanelError.
    """
    if document.file:
        return FileReply(document.file)
    check_reply(document, asked, wider=True)
    root = document.root
    if root.has("ok"):
        done = parse_confirmation(document, asked)
        return replace(done, parts=tuple(read_parts(root, read_single(root), _AROUND)))
    if document.listed or any(root.has(sign) for sign in _LIST_SIGNS) or _described(root) == "list":
        return parse_list(document, asked)
    if root.has("slist") or _described(root) == "form" or _is_plain(root):
        return _form(document, asked)
    return OtherReply(tuple(read_parts(root, (), _AROUND)))


def _form(document: Document, asked: str) -> Form:
    form = parse_form(document, asked)
    lists, others = read_inner_lists(document.root)
    further = read_parts(document.root, read_single(document.root), FRAME)
    return replace(form, lists=lists, parts=(*further, *others))


def _described(root: Node) -> str:
    metadata = root.first("metadata")
    return metadata.attrs.get("type", "") if metadata is not None else ""


def _is_plain(root: Node) -> bool:
    if not read_fields(root):
        return False
    return root.has("list") or all(
        child.name in FRAME or (child.scalar and not child.attrs) for child in root.children
    )
