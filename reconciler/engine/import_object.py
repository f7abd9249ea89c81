"""Binding a resource to a live object whose identity differs; reads only.

Invariants: an object that another address, another resource or another marker claims is never
bound; the entry records the object as it is now, so that a reused id is noticed as ever.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.apply.inventory import rotation_labels
from reconciler.engine.observe.observer import observe
from reconciler.engine.observe.reads import read_list, read_object_form
from reconciler.errors import AccessError, IncompleteError, RefusedError, RejectedError
from reconciler.kinds.fields import Mode
from reconciler.mapping.marker import marker_of
from reconciler.model.inventory import InventoryEntry
from reconciler.model.refusal import Refusal
from reconciler.model.resource import Scope
from reconciler.model.value import Secret
from reconciler.planning.context import PlanOptions
from reconciler.planning.match.existence import could_be
from reconciler.planning.match.remedies import former_name_remedy
from reconciler.planning.scopes import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.refusal import RefusalCode
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.context import PlanContext
    from reconciler.planning.snapshot import Snapshot
    from reconciler.ports import Progress, Reader

# Under so many parents an object is looked for that the declared one does not have.
_PARENTS = 1000


async def find_import(
    reader: Reader,
    work: PlanContext,
    desired: Desired,
    element: ElementId,
    *,
    progress: Progress,
) -> InventoryEntry:
    """Return the inventory's entry that binds a resource to an object of the panel.

    Raises: RefusedError when the object is not there, or belongs to something else.
    """
    address = desired.address
    kind = work.catalogue.by_name[address.kind]
    bound = work.inventory.get(address)
    if bound is not None and bound.row_id == element:
        return bound
    if bound is not None:
        message = (
            f"{address} is managed as object {bound.row_id}: if that is wrong, run `reconciler "
            f"forget {address}` first"
        )
        raise _refused("already-managed", message)
    seen, _ = await observe(reader, work, PlanOptions(only=(address,)), progress)
    desired = seen.desired.get(address, desired)
    scope = scope_of(kind, desired, seen.parents)
    if scope is None:
        raise _refused("not-found", f"the panel has no {desired.parent}, whom {address} is for")
    if scope in seen.incomplete:
        raise _refused("list-incomplete", f"{address}: {seen.incomplete[scope]}")
    rows = seen.objects.get(scope, ())
    row = next((each for each in rows if each.row_id == element), None)
    if row is None or row.state in {"gone", "closing"}:
        above = work.catalogue.by_name[kind.by_name[kind.parent].wire.ref] if kind.parent else None
        raise await _Search(reader, kind, above, seen, scope, element).why_missing(desired)
    parent = seen.parents.get(desired.parent) if desired.parent else None
    login = parent.fields.get(work.catalogue.by_name[parent.scope.kind].login) if parent else ""
    opened = await read_object_form(reader, kind, row, login=kind.su(str(login or "")))
    observed = opened.observed if opened else row
    _require_unclaimed(work, kind, seen, desired, observed=observed)
    return imported_entry(kind, desired, observed, marker=marker_of(kind, work.namespace, desired))


def imported_entry(
    kind: ResourceKind, desired: Desired, observed: Observed, *, marker: str
) -> InventoryEntry:
    """Return what is remembered of an object that was bound by hand: its values as they are.

    What the manifest wants beyond them is pending until an apply has brought it about.

    Raises: RefusedError when the panel shows too little to know the object again.
    """
    known = {*kind.identity, *kind.known_by}
    if hidden := sorted(known - observed.fields.keys()):
        text = f"the panel does not return {', '.join(hidden)} of object {observed.row_id}"
        message = f"{text}, so no plan could recognise it"
        raise _refused("too-little-shown", message)
    names = known | {*kind.adopt_also, *desired.fields}
    fields = {
        facet.name: observed.fields[facet.name]
        for facet in kind.facets
        if facet.compared and facet.name in names and facet.name in observed.fields
    }
    fields |= {
        name: value
        for name, value in desired.fields.items()
        if kind.by_name[name].wire.mode is Mode.LOCAL and not isinstance(value, Secret)
    }
    return InventoryEntry(
        scope=observed.scope,
        row_id=observed.row_id,
        fields=fields,
        lifecycle=replace(desired.lifecycle, moved_from=(), adopt=None),
        client=str(desired.parent or ""),
        # What is bound keeps its password: the label counts from here on.
        rotations=rotation_labels(kind, desired),
        marked=not marker or observed.marker == marker,
    )


def _require_unclaimed(
    work: PlanContext, kind: ResourceKind, seen: Snapshot, desired: Desired, *, observed: Observed
) -> None:
    """Raise RefusedError where an object is somebody else's."""
    key, address = observed.row_id, desired.address
    for owner, entry in sorted(work.inventory.items()):
        if (entry.scope, entry.row_id) == (observed.scope, key):
            message = (
                f"object {key} is managed as {owner}: if {address} is its new name, "
                f"{former_name_remedy(desired, owner.name)}; else run `reconciler forget {owner}`"
            )
            raise _refused("already-managed", message)
    if observed.marker and observed.marker != marker_of(kind, work.namespace, desired):
        message = (
            f"object {key} carries the marker {observed.marker!r}, and not that of {address}: "
            "remove the marker in the panel if its owner no longer needs the object"
        )
        raise _refused("foreign-marker", message)
    for other in work.desired:
        if other.address.kind != address.kind or other.address == address:
            continue
        resolved = seen.desired.get(other.address, other)
        same = scope_of(kind, resolved, seen.parents) == observed.scope
        if same and other.address not in work.inventory and could_be(kind, resolved, observed):
            message = f"object {key} is what {other.address} ({other.source}) declares"
            raise _refused("already-declared", message)


@dataclass(frozen=True, slots=True)
class _Search:
    """Where an object is looked for that the list of its resource does not show."""

    reader: Reader
    kind: ResourceKind
    above: ResourceKind | None
    seen: Snapshot
    scope: Scope
    element: ElementId

    async def why_missing(self, desired: Desired) -> RefusedError:
        """Return why the list lacks the object: another type, another parent, or no object."""
        address, kind = desired.address, self.kind
        if self.above is None:
            return _refused("not-found", f"the panel lists no {kind.name} {self.element}")
        own, others = self._parents()
        variant = await self._variant_under(own, kind.variants) if own else None
        if variant and variant != self.scope.variant:
            message = f"object {self.element} is a {variant}, and {address} a {self.scope.variant}"
            return _refused("other-kind", message)
        for other in others[:_PARENTS]:
            if await self._variant_under(other, kind.variants) is not None:
                login = other.fields.get(self.above.login, other.row_id)
                message = (
                    f"object {self.element} belongs to {login} (id {other.row_id}), and "
                    f"{address} is declared for {desired.parent}"
                )
                return _refused("other-parent", message)
        return _refused("not-found", f"the panel lists no {kind.name} {self.element}")

    def _parents(self) -> tuple[Observed | None, tuple[Observed, ...]]:
        """Return the parent that the resource is declared for, and all others."""
        rows = self.seen.objects.get(Scope(self.above.name), ()) if self.above else ()
        own = next((row for row in rows if row.row_id == self.scope.parent), None)
        return own, tuple(row for row in rows if row is not own)

    async def _variant_under(self, parent: Observed, variants: Iterable[str]) -> str | None:
        """Return the type under which a parent has the object, None where it has none such."""
        login = self.kind.su(str(parent.fields.get(self.above.login, ""))) if self.above else ""
        for variant in variants:
            scope = Scope(self.kind.name, variant, parent.row_id)
            try:
                rows = await read_list(self.reader, self.kind, scope, login)
            except (RejectedError, AccessError, IncompleteError):
                continue  # a list that this user may not read, or that the panel lacks
            if any(row.row_id == self.element and row.state != "gone" for row in rows):
                return variant
        return None


def _refused(code: RefusalCode, message: str) -> RefusedError:
    return RefusedError([Refusal(code, message)])
