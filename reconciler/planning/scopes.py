"""Which lists are read: those of declared and managed objects, and those declared whole.

Invariant: the scope of a managed object is read even when no manifest declares anything in it;
otherwise the last discount of a client would never be deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.resource import Scope
from reconciler.model.value import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Desired, Observed


def scope_of(kind: ResourceKind, desired: Desired, parents: Mapping[Ref, Observed]) -> Scope | None:
    """Return the scope that a resource lives in; None while its parent does not exist."""
    variant = kind.variant_of(desired.fields)
    if not kind.parent:
        return Scope(kind.name, variant)
    parent = parents.get(desired.parent) if desired.parent else None
    return Scope(kind.name, variant, parent.row_id) if parent else None


def whole_scopes(
    kind: ResourceKind, wanted: Iterable[Desired], parents: Mapping[Ref, Observed]
) -> dict[Scope, Desired]:
    """Return the scopes that are declared whole, each with the resource that declares it."""
    found: dict[Scope, Desired] = {}
    for desired in wanted:
        if not desired.whole or kind.name not in desired.whole:
            continue
        parent = parents.get(Ref(desired.address.kind, "name", desired.address.name))
        for variant in kind.variants if parent else ():
            found[Scope(kind.name, variant, parent.row_id if parent else None)] = desired
    return found


def scopes_to_read(
    kind: ResourceKind,
    wanted: Iterable[Desired],
    entries: Iterable[InventoryEntry],
    whole: Iterable[Scope],
    *,
    parents: Mapping[Ref, Observed],
) -> list[Scope]:
    """Return the lists of a kind to read, each once."""
    found = dict.fromkeys(whole)
    for desired in wanted:
        scope = scope_of(kind, desired, parents)
        if scope:
            found[scope] = None
    living = {parent.row_id for parent in parents.values()}
    for entry in entries:
        if entry.scope.kind == kind.name and (not kind.parent or entry.scope.parent in living):
            found[entry.scope] = None
    return list(found)
