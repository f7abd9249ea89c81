"""Any answer at all, read as what it turns out to be: a list, a form, a confirmation, a file.

Invariants: a refusal or a contradiction is raised as everywhere; what frames an answer, and may
echo credentials, is never among the parts that are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.wire.interpret import FRAME, as_done, as_form, fields, is_masked
from reconciler.wire.refusal import check
from reconciler.wire.reply import File, Part, Parts
from reconciler.wire.rows import as_rows

if TYPE_CHECKING:
    from reconciler.wire.document import Document, Node
    from reconciler.wire.reply import Answer

_LIST_SIGNS = ("elem", "p_elems", "p_cnt", "p_num")


def as_answer(document: Document, asked: str) -> Answer:
    """Read an answer without knowing what it ought to be.

    Shape:  rows or paging make a list, ``<ok>`` a confirmation, option lists or plain fields a
            form; all else is given in parts.
    Raises: RejectedError, HalfSignedInError, NotAPanelError.
    """
    if document.file:
        return File(document.file)
    check(document, asked, wider=True)
    root = document.root
    if root.has("ok"):
        return as_done(document, asked)
    if document.listed or any(root.has(sign) for sign in _LIST_SIGNS) or _described(root) == "list":
        return as_rows(document, asked)
    if root.has("slist") or _described(root) == "form" or _is_plain(root):
        return as_form(document, asked)
    return Parts(tuple(_part(name, node) for name, node in _contents(root)))


def _described(root: Node) -> str:
    metadata = root.first("metadata")
    return metadata.attrs.get("type", "") if metadata is not None else ""


def _is_plain(root: Node) -> bool:
    if not fields(root):
        return False
    return all(child.name in FRAME or (child.scalar and not child.attrs) for child in root.children)


def _contents(root: Node) -> list[tuple[str, Node | str]]:
    leaves: list[tuple[str, Node | str]] = [*root.leaves.items()]
    found = leaves + [(child.name, child) for child in root.children]
    return [(name, node) for name, node in found if name not in FRAME]


def _part(name: str, node: Node | str) -> Part:
    if isinstance(node, str):
        return Part(name, "" if is_masked(node) else node)
    inner = tuple(_part(key, child) for key, child in _contents(node))
    return Part(name, "" if is_masked(node.text) else node.text, dict(node.attrs), inner)
