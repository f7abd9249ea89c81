"""Build the inventory after an apply: the proved changes and the created objects.

Invariants: no secret is stored; a resource whose change was not proved keeps its former entry, also
under its former name; a created object is managed from that moment on, even where it differs from
the manifest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.kinds.fields import TRIGGERED, Mode
from reconciler.mapping.marker import needs_marker
from reconciler.model.inventory import InventoryEntry
from reconciler.model.outcome import Outcome
from reconciler.model.reason import ReasonCode
from reconciler.model.value import Secret
from reconciler.planning.match.pairing import former_addresses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address
    from reconciler.model.plan import Change, Plan
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Fields
    from reconciler.planning.context import PlanContext


def updated_inventory(
    work: PlanContext, plan: Plan, outcomes: Iterable[Outcome]
) -> Mapping[Address, InventoryEntry]:
    """Return the inventory after an apply."""
    entries = dict(work.inventory)
    for address in plan.forgets:
        entries.pop(address, None)
    for address, (desired, observed) in plan.kept.items():
        kind = work.catalogue.by_name[address.kind]
        before = entries.get(address)
        labels = before.rotations if before else rotation_labels(kind, desired)
        entries[address] = entry_of(kind, desired, observed, labels)
    ended = list(outcomes)
    for outcome in ended:
        _learn(work, entries, outcome)
    for outcome in ended:
        _unlearn(work, entries, outcome)
    for former in tuple(_still_named(work, plan, entries)):
        entries[former] = work.inventory[former]
    return entries


def _still_named(
    work: PlanContext, plan: Plan, entries: Mapping[Address, InventoryEntry]
) -> Iterator[Address]:
    """Return the former names of resources whose change was not proved.

    Without them nobody would manage the object: a later run that removes it would leave it.
    """
    dropped = set(plan.forgets)
    for desired in work.desired:
        if desired.address not in entries:
            yield from dropped.intersection(former_addresses(desired))


def proved_entry(
    work: PlanContext, changes: Sequence[Change], ended: Sequence[Outcome]
) -> Mapping[Address, InventoryEntry | None]:
    """Return what the outcomes of one resource so far prove of its entry; empty for nothing.

    ``changes`` are all changes of that resource: those without an outcome yet are not proved.
    """
    address = changes[0].address
    left = (c for c in changes if not any(c is outcome.change for outcome in ended))
    before = work.inventory.get(address)
    entries = {address: before} if before else {}
    for outcome in ended:
        _learn(work, entries, outcome)
    for outcome in (*ended, *(Outcome(change, "skipped") for change in left)):
        _unlearn(work, entries, outcome)
    entry = entries.get(address)
    return {} if entry == before else {address: entry}


def entry_of(
    kind: ResourceKind, desired: Desired, observed: Observed, rotations: Mapping[str, str]
) -> InventoryEntry:
    """Return the inventory entry of a resource whose object is as declared."""
    fields = {
        name: value
        for name, value in desired.fields.items()
        if not isinstance(value, Secret) and kind.by_name[name].wire.mode is not Mode.SENT_ONCE
    }
    return InventoryEntry(
        scope=observed.scope,
        row_id=observed.row_id,
        fields=fields,
        # ``movedFrom`` and ``adopt`` have no use once the entry has the object's id.
        lifecycle=replace(desired.lifecycle, moved_from=(), adopt=None),
        client=str(desired.parent or ""),
        rotations=rotations,
        # What its client lists is adopted without a marker: later its absence is no drift.
        marked=observed.marker is not None or kind.marker is None or needs_marker(kind, desired),
    )


def _learn(work: PlanContext, entries: dict[Address, InventoryEntry], outcome: Outcome) -> None:
    change = outcome.change
    made = (
        change.action == "create"
        and outcome.result == "diverged"
        and outcome.cause is not ReasonCode.UNPAID
    )
    made = made and outcome.observed is not None
    if not (made or outcome.is_as_declared):
        return
    if change.action == "delete" or change.desired is None:
        entries.pop(change.address, None)
        return
    observed = outcome.observed or change.observed
    if observed is None:
        return
    kind = work.catalogue.by_name[change.address.kind]
    rotations = dict(entries[change.address].rotations if change.address in entries else {})
    edited = {edit.field for edit in change.edits}
    # An adopted object keeps its password: its label counts from now on.
    fresh = change.action in {"create", "adopt"} or change.address not in entries
    rotations |= {
        name: label
        for name, label in rotation_labels(kind, change.desired).items()
        if fresh or name in edited
    }
    entry = entry_of(kind, change.desired, observed, rotations)
    entries[change.address] = replace(entry, fields=_as_made(entry, observed)) if made else entry


def _unlearn(work: PlanContext, entries: dict[Address, InventoryEntry], outcome: Outcome) -> None:
    """Reset the fields of an entry that a failed change was to set.

    Another change of the same resource may have succeeded. A field gets its former value back, or
    leaves the entry if it had none.
    """
    change = outcome.change
    entry = entries.get(change.address)
    if entry is None or outcome.is_as_declared:
        return
    kind = work.catalogue.by_name[change.address.kind]
    names = {edit.root for edit in change.edits}
    if change.action == "blocked":
        names |= {facet.name for facet in kind.facets if facet.wire.mode in TRIGGERED}
    elif change.action not in {"suspend", "resume", "renew"}:
        return
    before = work.inventory.get(change.address)
    known = before.fields if before else {}
    kept = {name: value for name, value in entry.fields.items() if name not in names}
    kept |= {name: known[name] for name in names if name in known}
    entries[change.address] = replace(entry, fields=kept)


def _as_made(entry: InventoryEntry, observed: Observed) -> Fields:
    """Return the values of the object as created, so that the next run recognises it."""
    return {name: observed.fields.get(name, value) for name, value in entry.fields.items()}


def rotation_labels(kind: ResourceKind, desired: Desired) -> dict[str, str]:
    """Return the rotation label of each write-only field that a resource declares."""
    label = desired.fields.get(kind.rotation)
    return {
        facet.name: label
        for facet in kind.facets
        if facet.wire.mode is Mode.WRITE_ONLY
        and facet.name in desired.fields
        and isinstance(label, str)
    }
