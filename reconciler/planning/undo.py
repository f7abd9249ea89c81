"""Undo: the plan that takes a run back, made like any other, from what lives now.

Invariants: nothing but the fields and objects of that run is touched; what was changed since, by
whomever, is blocked and left alone; the plan names the run, so that its approval means no other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.finding import Finding, Source
from reconciler.model.reason import Reason, ReasonCode
from reconciler.model.resource import Desired
from reconciler.model.value import Ref
from reconciler.planning.diff import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.kinds._kind import ResourceKind
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.address import Address
    from reconciler.model.inventory import Entry
    from reconciler.model.plan import Change, Plan
    from reconciler.model.resource import Scope
    from reconciler.model.reversal import Reversal
    from reconciler.model.value import Value
    from reconciler.planning.work import Workspace


def follow_renames(
    back: Iterable[Reversal],
    inventory: Mapping[Address, Entry],
    places: Mapping[Address, tuple[Scope, str]],
) -> tuple[Reversal, ...]:
    """Return the ways back from a run under the names by which its objects are managed now.

    ``places`` are the list and the id of each, by its address in that run.
    """
    names = {(entry.scope, str(entry.row_id)): address for address, entry in inventory.items()}
    return tuple(_followed(item, inventory, places.get(item.address), names) for item in back)


def _followed(
    item: Reversal,
    inventory: Mapping[Address, Entry],
    place: tuple[Scope, str] | None,
    names: Mapping[tuple[Scope, str], Address],
) -> Reversal:
    name = names.get(place) if place else None
    if item.action == "delete" or place is None or name == item.address:
        return item
    if name is not None:
        return replace(item, address=name, was=item.address)
    return item if item.address in inventory else replace(item, lost=place[1])


def undo_side(work: Workspace, back: Iterable[Reversal], run: str) -> Workspace:
    """Return a workspace that wants what was there before a run, and all else as declared."""
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


def undo_plan(plan: Plan, catalogue: Catalogue, back: Iterable[Reversal], run: str) -> Plan:
    """Return the part of a plan that takes a run back, with what is said of each change."""
    listed = list(back)
    touched = {item.address: item for item in listed if item.how != "impossible"}
    changes = [
        _judged(catalogue.by_name[change.address.kind], change, listed, run)
        for change in plan.changes
        if change.address in touched
    ]
    kept = tuple(change for change in changes if change is not None)
    left = {change.address for change in kept if change.action != "blocked"}
    # Of what is left alone the change itself says so, and why.
    blocked = {change.address for change in kept} - left
    notes = [
        _said(item, done=item.address not in left)
        for item in listed
        if item.address not in blocked or item.how == "impossible"
    ]
    findings = tuple(f for f in plan.findings if f.severity != "note") + tuple(notes)
    return replace(plan, changes=kept, findings=findings, undoes=run, forgets=())


def _goals(work: Workspace, back: Iterable[Reversal], run: str) -> dict[Address, Desired]:
    """Return what is wanted of each resource whose fields are put back."""
    goals: dict[Address, Desired] = {}
    for item in back:
        kind = work.catalogue.by_name.get(item.address.kind)
        entry = item.entry or work.inventory.get(item.address)
        if kind is None or entry is None or not (item.before or item.entry):
            continue
        base = goals.get(item.address) or _as_remembered(kind, item.address, entry, run)
        goals[item.address] = replace(base, fields=_put_back(base.fields, item.before))
    return goals


def _as_remembered(kind: ResourceKind, address: Address, entry: Entry, run: str) -> Desired:
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


def _judged(kind: ResourceKind, change: Change, back: list[Reversal], run: str) -> Change | None:
    """Keep of a change what takes the run back; block it where somebody was there since."""
    mine = [item for item in back if item.address == change.address]
    if change.action == "blocked":
        return change
    if change.action == "delete":
        since = _changed_since(kind, change, mine[0].after)
        what = change.because(Reason(ReasonCode.UNDO, f"made by run {run}"))
        return _left_alone(change, since) if since else what
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
        return _left_alone(change, since)
    restored = change.because(Reason(ReasonCode.UNDO, f"as before run {run}"))
    return replace(restored, edits=edits)


def _changed_since(kind: ResourceKind, change: Change, after: Mapping[str, Value]) -> list[str]:
    live = change.observed.fields if change.observed else {}
    compared = [name for name in after if name in live and kind.by_name[name].compared]
    return [name for name in compared if not _as_left(kind, name, after, live[name])]


def _as_left(kind: ResourceKind, name: str, after: Mapping[str, Value], live: Value) -> bool:
    facet = kind.facet_of(name)
    return facet is None or same(facet, after[name], live) is not False


def _left_alone(change: Change, fields: Iterable[str]) -> Change:
    names = ", ".join(fields)
    why = Reason(ReasonCode.CHANGED_SINCE, f"{names}: changed again since that run; left alone")
    return replace(change.blocked(why), edits=(), classes=frozenset())


def _said(item: Reversal, *, done: bool) -> Finding:
    if item.lost and item.how != "impossible":
        message = (
            f"{item.address}: it is managed under no name any more, so its {item.action} is not "
            f"taken back; its object {item.lost} may live on: look at it in the panel"
        )
        return Finding("warning", "undo-unmanaged", message)
    name = f"{item.address} ({item.was} in that run)" if item.was else str(item.address)
    if done and item.how != "impossible":
        message = f"{name}: it is as it was before its {item.action} already"
        return Finding("note", "undo-done", message)
    what = f"{name}: its {item.action}"
    match item.how:
        case "exact":
            return Finding("note", "undo-exact", f"{what} is taken back exactly")
        case "compensating":
            message = f"{what} is taken back in part: {item.why}"
            return Finding("warning", "undo-compensating", message)
        case "impossible":
            message = f"{what} cannot be taken back: {item.why}"
            return Finding("warning", "undo-impossible", message)
