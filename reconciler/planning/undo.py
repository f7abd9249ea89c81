"""Undo: a plan that reverses a run, built like any other from the objects of today.

Invariants: only the fields and objects of that run are touched; a field that anybody changed
since is blocked; the plan names the run, so that an approval is for that run alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.kinds.fields import Mode
from reconciler.model.finding import Finding, Source
from reconciler.model.inventory import InventoryEntry
from reconciler.model.reason import Reason, ReasonCode
from reconciler.model.resource import Desired, Lifecycle
from reconciler.model.undo import InverseChange
from reconciler.model.value import Ref, Secret
from reconciler.planning.diff import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address
    from reconciler.model.outcome import MovedField, Outcome
    from reconciler.model.plan import Change, Edit, Plan
    from reconciler.model.resource import Scope
    from reconciler.model.undo import How
    from reconciler.model.value import Value
    from reconciler.planning.context import PlanContext


def follow_renames(
    back: Iterable[InverseChange],
    inventory: Mapping[Address, InventoryEntry],
    places: Mapping[Address, tuple[Scope, str]],
) -> tuple[InverseChange, ...]:
    """Return the inverse changes of a run under the addresses that its objects have now.

    ``places`` maps each address of that run to the list and the id of its object.
    """
    names = {(entry.scope, str(entry.row_id)): address for address, entry in inventory.items()}
    return tuple(_followed(item, inventory, places.get(item.address), names) for item in back)


def _followed(
    item: InverseChange,
    inventory: Mapping[Address, InventoryEntry],
    place: tuple[Scope, str] | None,
    names: Mapping[tuple[Scope, str], Address],
) -> InverseChange:
    name = names.get(place) if place else None
    if item.action == "delete" or place is None or name == item.address:
        return item
    if name is not None:
        return replace(item, address=name, was=item.address)
    return item if item.address in inventory else replace(item, lost=place[1])


def undo_side(work: PlanContext, back: Iterable[InverseChange], run: str) -> PlanContext:
    """Return a context that declares the values before a run, and all else as in the manifests."""
    goals = _goals(work, back, run)
    made = {item.address for item in back if item.action == "create" and item.how != "impossible"}
    others = [d for d in work.desired if d.address not in goals and d.address not in made]
    inventory = {
        address: replace(entry, lifecycle=replace(entry.lifecycle, on_remove="delete"))
        if address in made
        else entry
        for address, entry in work.inventory.items()
    }
    desired = sorted((*others, *goals.values()), key=lambda each: each.address)
    return replace(work, desired=tuple(desired), inventory=inventory)


def undo_plan(plan: Plan, catalogue: Catalogue, back: Iterable[InverseChange], run: str) -> Plan:
    """Return the changes of a plan that reverse a run, with a note for each inverse change."""
    listed = list(back)
    touched = {item.address: item for item in listed if item.how != "impossible"}
    changes = [
        _judged(catalogue.by_name[change.address.kind], change, listed, run)
        for change in plan.changes
        if change.address in touched
    ]
    kept = tuple(change for change in changes if change is not None)
    left = {change.address for change in kept if change.action != "blocked"}
    # A blocked change carries its own reason.
    blocked = {change.address for change in kept} - left
    notes = [
        _said(item, done=item.address not in left)
        for item in listed
        if item.address not in blocked or item.how == "impossible"
    ]
    findings = tuple(f for f in plan.findings if f.severity != "note") + tuple(notes)
    return replace(plan, changes=kept, findings=findings, undoes=run, forgets=())


def _goals(work: PlanContext, back: Iterable[InverseChange], run: str) -> dict[Address, Desired]:
    """Return each resource whose fields are restored, with the restored values."""
    goals: dict[Address, Desired] = {}
    for item in back:
        kind = work.catalogue.by_name.get(item.address.kind)
        entry = item.entry or work.inventory.get(item.address)
        if kind is None or entry is None or not (item.before or item.entry):
            continue
        base = goals.get(item.address) or _as_remembered(kind, item.address, entry, run)
        goals[item.address] = base._replace(fields=_put_back(base.fields, item.before))
    return goals


def _as_remembered(
    kind: ResourceKind, address: Address, entry: InventoryEntry, run: str
) -> Desired:
    parent = None
    fields = dict(entry.fields)
    if kind.parent and entry.scope.parent:
        parent = Ref(kind.by_name[kind.parent].wire.ref, "id", entry.scope.parent)
        fields[kind.parent] = parent
    if kind.variant:
        fields[kind.variant] = entry.scope.variant
    return Desired(address, fields, Source(f"run {run}"), entry.lifecycle, parent)


def _put_back(fields: Mapping[str, Value], before: Mapping[str, Value]) -> dict[str, Value]:
    found = dict(fields)
    for name, value in before.items():
        field, _, number = name.partition(".")
        if not number:
            found[field] = value
            continue
        numbers = found.get(field)
        found[field] = {**(numbers if isinstance(numbers, dict) else {}), number: str(value)}
    return found


def _judged(
    kind: ResourceKind, change: Change, back: list[InverseChange], run: str
) -> Change | None:
    """Return the part of a change that reverses the run; blocked if the object changed since."""
    mine = [item for item in back if item.address == change.address]
    if change.action == "blocked":
        return change
    if change.action == "delete":
        since = _changed_since(kind, change, mine[0].after)
        what = change.because(Reason(ReasonCode.UNDO, f"made by run {run}"))
        return _not_changed(change, since) if since else what
    if change.action == "create":
        return change.because(Reason(ReasonCode.UNDO, f"deleted by run {run}"))
    set_by_run = {name: value for item in mine for name, value in item.after.items()}
    edits = tuple(edit for edit in change.edits if edit.field in set_by_run)
    if not edits:
        return None
    since = [
        edit.field for edit in edits if not _as_left(kind, edit.field, set_by_run, edit.before)
    ]
    if since:
        return _not_changed(change, since)
    restored = change.because(Reason(ReasonCode.UNDO, f"as before run {run}"))
    return replace(restored, edits=edits)


def _changed_since(kind: ResourceKind, change: Change, after: Mapping[str, Value]) -> list[str]:
    live = change.observed.fields if change.observed else {}
    compared = [name for name in after if name in live and kind.by_name[name].compared]
    return [name for name in compared if not _as_left(kind, name, after, live[name])]


def _as_left(kind: ResourceKind, name: str, after: Mapping[str, Value], live: Value) -> bool:
    facet = kind.facet_of(name)
    return facet is None or same(facet, after[name], live) is not False


def _not_changed(change: Change, fields: Iterable[str]) -> Change:
    names = ", ".join(fields)
    why = Reason(ReasonCode.CHANGED_SINCE, f"{names}: changed again since that run; not undone")
    return replace(change.blocked(why), edits=(), classes=frozenset())


def _said(item: InverseChange, *, done: bool) -> Finding:
    if item.lost and item.how != "impossible":
        message = (
            f"{item.address}: no longer managed, so its {item.action} is not undone; object "
            f"{item.lost} may still exist: check it in the panel"
        )
        return Finding("warning", "undo-unmanaged", message)
    name = f"{item.address} ({item.was} in that run)" if item.was else str(item.address)
    if done and item.how != "impossible":
        message = f"{name}: already as before its {item.action}"
        return Finding("note", "undo-done", message)
    what = f"{name}: its {item.action}"
    match item.how:
        case "exact":
            return Finding("note", "undo-exact", f"{what} is undone exactly")
        case "compensating":
            message = f"{what} is undone in part: {item.why}"
            return Finding("warning", "undo-compensating", message)
        case "impossible":
            message = f"{what} cannot be undone: {item.why}"
            return Finding("warning", "undo-impossible", message)


_ADOPTED = "it stays managed: to end that, run `reconciler forget`"
_MARKED = "only our marker was written: undo the rename in the manifest, with `movedFrom`"
_PAID = "the payment is not refunded"
_REINSTALLED = "the machine is reinstalled again"
_UNKNOWN = "the value before was not shown"
_UNREAD = "the value before is unknown"
_ORDERED = "an order is not cancelled: set `onRemove: delete`, and remove its manifest"
_CLIENT = "the object may be in use by now; undo never deletes it"
_KEPT = "the panel cannot delete objects of this kind"
_RENEWED = "the payment is not refunded"
_ANEW = "it is created again, with another id"
_GONE = "a deleted service cannot be restored"


def inverse_changes(work: PlanContext, plan: Plan) -> tuple[InverseChange, ...]:
    """Return the inverse of each change of a plan.

    Order: the inverse of the last change first.
    """
    return tuple(
        _inverse_change(work, work.catalogue.by_name[change.address.kind], change)
        for change in reversed(plan.changes)
        if change.action != "blocked"
    )


def with_moved(
    catalogue: Catalogue, back: Iterable[InverseChange], outcomes: Iterable[Outcome]
) -> tuple[InverseChange, ...]:
    """Return the inverse changes of a run, extended by the side effects of its writes."""
    moved = {(o.change.address, o.change.action): o.moved for o in outcomes if o.moved}
    return tuple(
        _with_moved(catalogue, item, moved.get((item.address, item.action), ())) for item in back
    )


def _with_moved(
    catalogue: Catalogue, item: InverseChange, moved: Iterable[MovedField]
) -> InverseChange:
    kind = catalogue.by_name[item.address.kind]
    before, after, reasons = dict(item.before), dict(item.after), [item.why] if item.why else []
    for each in moved:
        facet = kind.by_name.get(each.field)
        if facet is None or facet.wire.mode is not Mode.EDIT:
            reasons.append(f"{each.param}: changed by the run, but no manifest field sets it")
        elif each.field not in before:
            before[each.field], after[each.field] = each.old, each.new
    if before == item.before and reasons == [item.why]:
        return item
    how: How = "exact" if item.how == "exact" and not reasons else "compensating"
    how = how if before else item.how
    return replace(item, how=how, why="; ".join(reasons), before=before, after=after)


def _inverse_change(work: PlanContext, kind: ResourceKind, change: Change) -> InverseChange:
    match change.action:
        case "create":
            why = _ORDERED if kind.order else _CLIENT if not kind.parent else _KEPT
            possible = kind.parent and kind.delete and not kind.order
            after = dict(change.desired.fields) if change.desired and possible else {}
            plain = {k: v for k, v in after.items() if _readable(kind.by_name.get(k), v)}
            how: How = "exact" if possible else "impossible"
            return InverseChange(
                change.address, "create", how, "" if possible else why, after=plain
            )
        case "delete":
            return _deleted(work, kind, change)
        case "renew":
            return InverseChange(change.address, "renew", "impossible", _RENEWED)
        case _:
            return _edited(kind, change)


def _edited(kind: ResourceKind, change: Change) -> InverseChange:
    before: dict[str, Value] = {}
    after: dict[str, Value] = {}
    reasons = [_ADOPTED] if change.action == "adopt" else []
    for edit in change.edits:
        facet = kind.facet_of(edit.field)
        if facet is None:  # the marker
            continue
        reasons += [f"{edit.field}: {why}" for why in _lasting(facet, change, edit)]
        if _known(facet, change, edit):
            before[edit.field], after[edit.field] = edit.before, edit.after
    how: How = "compensating" if reasons else "exact"
    if not before and change.edits and change.action != "adopt":
        how = "impossible"
        reasons = reasons or [_MARKED]
    why = "; ".join(reasons)
    return InverseChange(change.address, change.action, how, why, before=before, after=after)


def _lasting(facet: Field, change: Change, edit: Edit) -> Iterator[str]:
    """Return the reasons why an edit cannot be undone in full."""
    if facet.wire.mode is Mode.WRITE_ONLY:
        yield _UNREAD
    elif not _known(facet, change, edit):
        yield _UNKNOWN
    if facet.wire.mode is Mode.PAID:
        yield _PAID
    if "reinstall" in facet.wire.classes:
        yield _REINSTALLED


def _known(facet: Field, change: Change, edit: Edit) -> bool:
    if facet.wire.mode in {Mode.WRITE_ONLY, Mode.SENT_ONCE} or change.observed is None:
        return False
    return edit.root in change.observed.fields and (edit.before is not None or facet.wire.none)


def _deleted(work: PlanContext, kind: ResourceKind, change: Change) -> InverseChange:
    observed = change.observed
    if observed is None or kind.order or not kind.create:
        return InverseChange(change.address, "delete", "impossible", _GONE if kind.order else _KEPT)
    known = work.inventory.get(change.address)
    fields = {
        name: value
        for name, value in {**observed.fields, **(known.fields if known else {})}.items()
        if _readable(kind.by_name.get(name), value) and (value is not None)
    }
    entry = InventoryEntry(
        scope=observed.scope,
        row_id=observed.row_id,
        fields=fields,
        lifecycle=known.lifecycle if known else Lifecycle(kind.on_remove),
        client=known.client if known else "",
        rotations={},
    )
    return InverseChange(change.address, "delete", "compensating", _ANEW, entry=entry)


def _readable(facet: Field | None, value: Value) -> bool:
    """Return whether a value can be read, so that it can be stored and restored."""
    return (
        facet is not None
        and not isinstance(value, Secret)
        and facet.wire.mode not in {Mode.WRITE_ONLY, Mode.SENT_ONCE}
    )
