"""Any answer at all, read as what it turns out to be: a list, a form, a confirmation, a file.

Invariants: a refusal or a contradiction is raised as everywhere; what frames an answer, and may
echo credentials, is never among the parts that are shown, and all else is somewhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.wire.content import FRAME, fields, inner_lists, parts, single
from reconciler.wire.interpret import as_done, as_form
from reconciler.wire.refusal import check
from reconciler.wire.reply import File, Parts
from reconciler.wire.rows import as_rows

if TYPE_CHECKING:
    from reconciler.wire.document import Document, Node
    from reconciler.wire.reply import Answer, Form

_LIST_SIGNS = ("elem", "p_elems", "p_cnt", "p_num")
_AROUND = FRAME - {"list"}


def as_answer(document: Document, asked: str) -> Answer:
    """Read an answer without knowing what it ought to be.

    Shape:  rows or paging make a list, ``<ok>`` a confirmation, option lists, lists within or
            plain fields a form; all else is given in parts.
    Raises: RejectedError, HalfSignedInError, NotAPanelError.
    """
    if document.file:
        return File(document.file)
    check(document, asked, wider=True)
    root = document.root
    if root.has("ok"):
        done = as_done(document, asked)
        return replace(done, parts=tuple(parts(root, single(root), _AROUND)))
    if document.listed or any(root.has(sign) for sign in _LIST_SIGNS) or _described(root) == "list":
        return as_rows(document, asked)
    if root.has("slist") or _described(root) == "form" or _is_plain(root):
        return _form(document, asked)
    return Parts(tuple(parts(root, (), _AROUND)))


def _form(document: Document, asked: str) -> Form:
    form = as_form(document, asked)
    lists, others = inner_lists(document.root)
    further = parts(document.root, single(document.root), FRAME)
    return replace(form, lists=lists, parts=(*further, *others))


def _described(root: Node) -> str:
    metadata = root.first("metadata")
    return metadata.attrs.get("type", "") if metadata is not None else ""


def _is_plain(root: Node) -> bool:
    if not fields(root):
        return False
    return root.has("list") or all(
        child.name in FRAME or (child.scalar and not child.attrs) for child in root.children
    )
