"""The lists of one scope: a type's plain list, and those that a hoster added.

Invariants: an object in two lists is one object, and its row in the plain list counts; an empty
plain list proves absence only where no other list exists.
Source: menus and lists of installations with types such as ``vds.vps``.
Doubt: whether one id may mean two objects in two lists of one type; here it never does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import RejectedError, UncertainListError
from reconciler.wire.call import list_call

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Scope
    from reconciler.ports import Reader
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Row


def plain_list(kind: ResourceKind, scope: Scope, login: str = "") -> Call:
    """Return the call of a scope's plain list."""
    parent = kind.plid(scope.parent)
    return list_call(kind.func(kind.list, scope.variant), parent=parent, su=login or None)


async def variants_of(
    reader: Reader, kind: ResourceKind, scope: Scope, login: str = ""
) -> tuple[str, ...]:
    """Return the variants in the names of a scope's functions, the plain one first."""
    if not scope.variant:
        return (scope.variant,)
    found = await reader.type_lists(kind.func(kind.list, scope.variant), login)
    return (scope.variant, *found.others)


async def read_lists(
    reader: Reader, kind: ResourceKind, scope: Scope, login: str = ""
) -> dict[str, tuple[Row, ...]]:
    """Read every list of one scope, by the variant in its name.

    Raises: UncertainListError for an empty list where another list may exist.
    """
    call = plain_list(kind, scope, login)
    if not scope.variant:
        return {scope.variant: await reader.rows(call)}
    found = await reader.type_lists(call.func, login)
    lists: dict[str, tuple[Row, ...]] = {}
    try:
        lists[scope.variant] = await reader.rows(call)
    except RejectedError as refusal:
        if not refusal.is_missed or not found.others:
            raise
    for other in found.others:
        lists[other] = await reader.rows(replace(call, func=other))
    if not found.certain and not any(lists.values()):
        raise UncertainListError(
            f"{call.title}: the list is empty, and the panel has no menu that names other "
            "lists of such services: find the list in the panel and name it in the target, "
            f"as serviceLists: {{{scope.variant}: [{call.func}, {call.func}.NAME]}}; if no "
            f"such service was ever sold: {{{scope.variant}: [{call.func}]}}"
        )
    return lists
