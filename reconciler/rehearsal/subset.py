"""The part of a context that a plan touches: its clients, their declared and managed resources.

Invariant: planning this part on the same panel gives the changes of the plan and no others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.value import Ref

if TYPE_CHECKING:
    from reconciler.model.address import ElementId
    from reconciler.model.plan import Change, Plan
    from reconciler.model.resource import Desired
    from reconciler.planning.context import PlanContext


def touched_clients(work: PlanContext, plan: Plan) -> frozenset[ElementId]:
    """Return the ids of the clients that a plan changes, themselves or their objects."""
    ids = _ids(plan)
    return frozenset(
        found for change in plan.changes if (found := _client_of(work, change, ids)) is not None
    )


def touched_subset(work: PlanContext, plan: Plan) -> PlanContext:
    """Return the part of a context that belongs to the clients of a plan."""
    ids = _ids(plan)
    clients = touched_clients(work, plan)
    changed = {change.address for change in plan.changes}
    names = {ref for ref, number in ids.items() if number in clients}
    names |= {Ref(address.kind, "name", address.name) for address in changed}
    inside = [d for d in work.desired if d.address in changed or {_own(d), d.parent} & names]
    needed = {value for d in inside for value in d.fields.values() if isinstance(value, Ref)}
    chosen = {d.address for d in inside}
    desired = tuple(d for d in work.desired if d.address in chosen or _own(d) in needed)
    inventory = {
        address: entry
        for address, entry in work.inventory.items()
        if address in changed or (entry.scope.parent or entry.row_id) in clients
    }
    return replace(work, desired=desired, inventory=inventory)


def _ids(plan: Plan) -> dict[Ref, ElementId]:
    """Return the id that each reference to a live parent means."""
    return {ref: observed.row_id for ref, observed in plan.parents.items()}


def _client_of(work: PlanContext, change: Change, ids: dict[Ref, ElementId]) -> ElementId | None:
    kind = work.catalogue.by_name[change.address.kind]
    if not kind.parent:
        return change.id
    if change.observed is not None:
        return change.observed.scope.parent
    parent = change.desired.parent if change.desired else None
    return ids.get(parent) if parent else None


def _own(desired: Desired) -> Ref:
    return Ref(desired.address.kind, "name", desired.address.name)
