"""What the inventory would become without a change of the panel.

Invariant: the values that were last applied tell drift from what is pending, so that no value that
was changed in the panel is ever taken in here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.values import shown
from reconciler.mapping.marker import marker_of
from reconciler.model.plan import Edit
from reconciler.model.reason import ReasonCode
from reconciler.model.refresh import RefreshItem, RefreshReport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.plan import Change, Plan
    from reconciler.planning.context import PlanContext, PlanOptions

# An order that was carried out once and has no object now: it is not sent again by itself.
_GONE = frozenset({ReasonCode.ORDERED_BEFORE})
# Why nobody can tell which object an entry means, or whether there is one.
_UNKNOWN = frozenset(
    {
        ReasonCode.AMBIGUOUS_MATCH,
        ReasonCode.DUPLICATE_MARKER,
        ReasonCode.LIST_INCOMPLETE,
        ReasonCode.LIST_NOT_READ,
        ReasonCode.MARKER_LOST,
        ReasonCode.OWNER_CHANGED,
        ReasonCode.PARENT_CHANGED,
        ReasonCode.RENAMED,
        ReasonCode.TOO_LITTLE_SHOWN,
    }
)


def refresh_report(
    work: PlanContext, plan: Plan, after: Mapping[Address, InventoryEntry], options: PlanOptions
) -> RefreshReport:
    """Compare the inventory with what it would be ``after`` an apply that sends nothing."""
    items = [
        *_recorded(work, plan, after),
        *(item for change in plan.changes for item in _waiting(work, change, after)),
    ]
    in_view = {each.address for each in work.desired if options.selects(each)}
    checked = in_view | (work.inventory.keys() if options.whole else set())
    return RefreshReport(
        work.target,
        tuple(sorted(items, key=lambda item: item.address)),
        len(checked),
        pending=any(
            edit.field != "marker"
            for change in plan.changes
            if change.action in {"update", "suspend", "resume"}
            for edit in change.edits
        ),
        findings=plan.findings,
    )


def _recorded(
    work: PlanContext, plan: Plan, after: Mapping[Address, InventoryEntry]
) -> Iterator[RefreshItem]:
    """Return what an apply writes down though it sends nothing."""
    before = work.inventory
    for address, entry in after.items():
        was = before.get(address)
        if was is None:
            yield RefreshItem(address, "added", new_id=entry.row_id)
            continue
        edits = tuple(_edits(work, address, was, entry))
        if edits or was.row_id != entry.row_id:
            yield RefreshItem(address, "changed", was.row_id, entry.row_id, edits)
    places = {(entry.scope, entry.row_id): address for address, entry in after.items()}
    for address, entry in before.items():
        if address in after:
            continue
        new = places.get((entry.scope, entry.row_id))
        why = f"managed as {new}" if new else _why_forgotten(plan, address)
        yield RefreshItem(address, "removed", entry.row_id, reason=why)


def _edits(
    work: PlanContext, address: Address, was: InventoryEntry, now: InventoryEntry
) -> Iterator[Edit]:
    for name in sorted({*was.fields, *now.fields}):
        before, after = was.fields.get(name), now.fields.get(name)
        if shown(before) != shown(after):
            yield Edit(name, before, after)
    for name, old, new in (
        ("lifecycle.onRemove", was.lifecycle.on_remove, now.lifecycle.on_remove),
        ("lifecycle.protect", was.lifecycle.protect, now.lifecycle.protect),
    ):
        if old != new:
            yield Edit(name, old, new)
    if not was.marked and now.marked:
        desired = next((each for each in work.desired if each.address == address), None)
        kind = work.catalogue.by_name[address.kind]
        mark = marker_of(kind, work.namespace, desired) if desired else ""
        yield Edit("marker", None, mark)


def _waiting(
    work: PlanContext, change: Change, after: Mapping[Address, InventoryEntry]
) -> Iterator[RefreshItem]:
    """Return what an apply writes down only once it has sent a change, or cannot tell at all."""
    entry = work.inventory.get(change.address)
    if entry is None or change.address not in after:
        return
    lost = change.action == "blocked" and change.reason_code in _GONE
    if change.action == "create" or lost:
        yield RefreshItem(change.address, "gone", entry.row_id, reason=change.reason)
    elif change.action == "blocked" and change.reason_code in _UNKNOWN:
        yield RefreshItem(change.address, "blocked", entry.row_id, reason=change.reason)
    elif change.action == "update" and change.id and change.id != entry.row_id:
        yield RefreshItem(change.address, "moved", entry.row_id, change.id)
    elif entry.marked and any(e.field == "marker" and e.before is None for e in change.edits):
        yield RefreshItem(change.address, "unmarked", entry.row_id)


def _why_forgotten(plan: Plan, address: Address) -> str:
    """Return what the plan says of a former address that it drops."""
    found = (f.message for f in plan.findings if f.message.startswith(f"{address}: "))
    return next(found, "").removeprefix(f"{address}: ")
