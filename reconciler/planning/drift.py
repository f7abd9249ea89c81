"""Drift: a comparison of the values applied, live and declared.

Invariant: a field that the panel does not show counts as unchanged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.mapping.marker import is_ours, marker_of, needs_marker
from reconciler.mapping.options import shared_labels
from reconciler.model.address import Address
from reconciler.model.drift import DriftClass, DriftEdit, DriftItem, DriftReport
from reconciler.model.finding import Source
from reconciler.model.resource import Desired
from reconciler.model.value import Choice, Ref
from reconciler.planning.build.prune import may_forget, undeclared
from reconciler.planning.diff import ignored_fields, same
from reconciler.planning.match.existence import could_be
from reconciler.planning.resolve import resolve_choices
from reconciler.planning.scopes import scope_of, whole_scopes

if TYPE_CHECKING:
    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.finding import Finding
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Observed
    from reconciler.planning.context import PlanContext
    from reconciler.planning.resolve import Menus
    from reconciler.planning.snapshot import Snapshot


_WORST_FIRST: tuple[DriftClass, ...] = ("conflict", "drift", "pending")


def applied_side(work: PlanContext) -> PlanContext:
    """Return a context that declares exactly the values of the last apply."""
    whole = {desired.address: desired.whole for desired in work.desired}
    listed = {desired.address for desired in work.desired if desired.listed}
    desired = tuple(
        _as_applied(work, address, entry)._replace(
            whole=whole.get(address, frozenset()),
            listed=address in listed,
        )
        for address, entry in sorted(work.inventory.items())
    )
    return replace(work, desired=desired, findings=())


def find_moves(work: PlanContext, snapshot: Snapshot) -> DriftReport:
    """Return what changed since the last apply."""
    live = {
        pair.desired.address: pair.observed
        for pairing in snapshot.pairings.values()
        for pair in pairing.pairs
    }
    unmarked = {address for pairing in snapshot.pairings.values() for address in pairing.blocked}
    wanted = {desired.address: desired for desired in work.desired}
    drifted = []
    for address, entry in sorted(work.inventory.items()):
        kind = work.catalogue.by_name.get(address.kind)
        if kind is None:
            continue
        observed = live.get(address)
        goal = wanted.get(address)
        source = goal.source if goal else None
        kept = entry.lifecycle.on_remove == "keep" and not may_forget(
            kind, marked=bool(kind.marker)
        )
        if goal is None and kept:
            continue  # it is kept on purpose; the inventory holds it only for its marker
        mark = marker_of(kind, work.namespace, _as_applied(work, address, entry))
        if address in unmarked:
            edit = DriftEdit("marker", mark, None, mark)
            drifted.append(DriftItem(address, entry.row_id, (edit,), "drift", source, entry.client))
            continue
        if observed is None or observed.state in {"closing", "gone"}:
            if goal is None:
                continue  # both sides agree that there is none: the next apply lets go of it
            gone = DriftItem(address, entry.row_id, (), "missing", source, entry.client)
            drifted.append(replace(gone, desired=goal))
            continue
        menus = snapshot.menus.get((kind.name, observed.scope.variant), {})
        goal = resolve_choices(kind, goal, menus, frozenset())[0] if goal and menus else goal
        lifecycle = goal.lifecycle if goal else entry.lifecycle
        ignored = ignored_fields(lifecycle, work.today)
        item = _moved(kind, address, entry, observed, goal=goal, ignored=ignored, mark=mark)
        if item:
            drifted.append(_with_shared_labels(kind, item, menus))
    added, findings = _added(work, snapshot)
    return DriftReport(work.target, (*drifted, *added), len(work.inventory), findings)


def _added(
    work: PlanContext, snapshot: Snapshot
) -> tuple[tuple[DriftItem, ...], tuple[Finding, ...]]:
    """Return the objects added by hand to lists that are declared whole, and those that stay."""
    added: list[DriftItem] = []
    kept: list[Finding] = []
    owned = {(entry.scope, entry.row_id) for entry in work.inventory.values()}
    for kind in work.catalogue.resources:
        whole = whole_scopes(kind, work.desired, snapshot.parents)
        for scope, client in sorted(whole.items(), key=str):
            pending = [d for d in work.desired if scope_of(kind, d, snapshot.parents) == scope]
            pairing = snapshot.pairings.get(scope)
            for observed in pairing.rest if pairing else ():
                known = (scope, observed.row_id) in owned or is_ours(
                    observed.marker, work.namespace
                )
                if known or observed.state != "live":
                    continue
                if any(could_be(kind, desired, observed) for desired in pending):
                    continue  # a manifest declares it by now: the next plan adopts it
                address = Address(kind.name, f"{client.address.name}.id-{observed.row_id}")
                if kind.on_remove == "delete":
                    menus = snapshot.menus.get((kind.name, observed.scope.variant), {})
                    item = _addition(kind, address, observed, client)
                    added.append(_with_shared_labels(kind, item, menus))
                else:
                    kept.append(undeclared(address, observed, client))
    return tuple(added), tuple(kept)


def _addition(
    kind: ResourceKind, address: Address, observed: Observed, client: Desired
) -> DriftItem:
    edits = tuple(
        DriftEdit(facet.name, None, observed.fields[facet.name], None)
        for facet in kind.facets
        if observed.fields.get(facet.name) not in {None, "", frozenset()}
    )
    return DriftItem(address, observed.row_id, edits, "added", client.source, str(client.address))


def _with_shared_labels(kind: ResourceKind, item: DriftItem, menus: Menus) -> DriftItem:
    """Mark the live labels that several options of a form bear."""
    edits: list[DriftEdit] = []
    for edit in item.edits:
        facet = kind.by_name.get(edit.field)  # the marker is no field
        several = edit.live if isinstance(edit.live, frozenset) else (edit.live,)
        choices = [each for each in several if isinstance(each, Choice)]
        options = menus.get(facet.wire.options or facet.param) if facet and choices else None
        shared = shared_labels(choices, options or {})
        edits.append(replace(edit, shared=shared) if shared else edit)
    return replace(item, edits=tuple(edits))


def _as_applied(work: PlanContext, address: Address, entry: InventoryEntry) -> Desired:
    kind = work.catalogue.by_name.get(address.kind)
    parent = None
    if kind and kind.parent and entry.scope.parent:
        parent = Ref(kind.by_name[kind.parent].wire.ref, "id", entry.scope.parent)
    fields = dict(entry.fields)
    if kind and kind.parent:
        fields[kind.parent] = parent
    return Desired(address, fields, Source("inventory"), entry.lifecycle, parent)


def _not_yet_applied(facet: Field, goal: Desired | None, observed: Observed) -> list[DriftEdit]:
    """Return the difference of a declared field that no apply has set so far."""
    name = facet.name
    if goal is None or name not in goal.fields or name not in observed.fields:
        return []
    wanted, live = goal.fields[name], observed.fields[name]
    return [] if same(facet, wanted, live) is not False else [DriftEdit(name, None, live, wanted)]


def _moved(
    kind: ResourceKind,
    address: Address,
    entry: InventoryEntry,
    observed: Observed,
    *,
    goal: Desired | None,
    ignored: frozenset[str],
    mark: str,
) -> DriftItem | None:
    edits: list[DriftEdit] = []
    classes: set[DriftClass] = set()
    for facet in kind.facets:
        name = facet.name
        if name in ignored or not facet.compared:
            continue
        if name not in entry.fields:
            pending = _not_yet_applied(facet, goal, observed)
            edits += pending
            classes |= {"pending"} if pending else set()
            continue
        if goal is not None and name not in goal.fields:
            continue  # the manifests let go of the field, so nothing is wanted of it
        applied = entry.fields[name]
        wanted = goal.fields.get(name, applied) if goal else applied
        live = observed.fields.get(name, applied)
        stayed = same(facet, applied, live) is not False
        agreed = same(facet, wanted, applied) is not False
        met = same(facet, wanted, live) is not False
        if met and (stayed or not agreed):
            continue
        classes.add("pending" if stayed else "drift" if agreed else "conflict")
        edits.append(DriftEdit(name, applied, live, wanted))
    bare = observed.marker is None and goal is not None and not needs_marker(kind, goal)
    if mark and observed.marker not in {mark, ""} and not bare:  # empty: it could not be read
        if entry.marked or observed.marker is not None:
            classes.add("drift")
            edits.append(DriftEdit("marker", mark, observed.marker, mark))
        elif goal is not None:  # bound by hand: the next apply sets it
            classes.add("pending")
            edits.append(DriftEdit("marker", None, None, mark))
    if not edits:
        return None
    worst = next(name for name in _WORST_FIRST if name in classes)
    source = goal.source if goal else None
    item = DriftItem(address, observed.row_id, tuple(edits), worst, source, entry.client)
    return replace(item, desired=goal)
