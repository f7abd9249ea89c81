"""The lists that hold one scope: a type's plain list, and those that a hoster made beside it.

Invariants: an object that two lists show is one object, and the plain list is believed first; an
empty plain list counts only where nothing else may hold what it lacks.
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
    """Return the call of the list that a scope stands in, by the name of its variant."""
    parent = kind.plid(scope.parent)
    return list_call(kind.func(kind.list, scope.variant), parent=parent, su=login or None)


async def variants_of(
    reader: Reader, kind: ResourceKind, scope: Scope, login: str = ""
) -> tuple[str, ...]:
    """Return the words that a scope's functions may be named with, the plain one first."""
    if not scope.variant:
        return (scope.variant,)
    found = await reader.type_lists(kind.func(kind.list, scope.variant), login)
    return (scope.variant, *found.others)


async def read_lists(
    reader: Reader, kind: ResourceKind, scope: Scope, login: str = ""
) -> dict[str, tuple[Row, ...]]:
    """Read every list that may hold one scope, by the variant that it is named with.

    Raises: UncertainListError for an empty list, where nobody says whether there is another one.
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
