"""The menu of an installation: the lists that its interface shows.

Invariant: a list counts only where the menu says that it is one, and only under a name that no
documented function has but as a list.
Source: ``menu``, nodes with an action and the type ``list``.
Doubt: how deep the groups are nested, and whether every panel names its nodes in this way; what is
written otherwise names no list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.wire.functions import may_list
from reconciler.wire.replies.checks import check_reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.wire.formats.node import Document, Node


def parse_menu(document: Document, asked: str) -> frozenset[str]:
    """Name the lists that a menu leads to; none where it leads nowhere.

    Raises: RejectedError, NotAPanelError.
    """
    check_reply(document, asked)
    nodes = _nodes(document.root)
    return frozenset(action for action, sort in nodes if sort == "list" and may_list(action))


def _nodes(node: Node) -> Iterator[tuple[str, str]]:
    told = {**node.leaves, **node.attrs}
    yield told.get("action", ""), told.get("type", "")
    for child in node.children:
        yield from _nodes(child)
