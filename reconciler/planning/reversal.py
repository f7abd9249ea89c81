"""The way back from each change of a plan, found before the plan is carried out.

Invariant: what cannot be put back is said, never skipped; money and secrets cannot.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.kinds._facet import Mode
from reconciler.model.inventory import Entry
from reconciler.model.resource import Lifecycle
from reconciler.model.reversal import Reversal
from reconciler.model.value import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.kinds._facet import Facet
    from reconciler.kinds._kind import ResourceKind
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.outcome import Moved, Outcome
    from reconciler.model.plan import Change, Edit, Plan
    from reconciler.model.reversal import How
    from reconciler.model.value import Value
    from reconciler.planning.work import Workspace

_ADOPTED = "it stays owned: `reconciler forget` ends that"
_MARKED = "our marker alone was written: a new name is taken back in its manifest, with `movedFrom`"
_PAID = "what was paid is not given back"
_REINSTALLED = "the machine is installed anew once more"
_UNKNOWN = "what was there before was not shown"
_UNREAD = "what was there before is not known"
_ORDERED = "what was ordered is not given back: set onRemove to delete, and take its manifest out"
_CLIENT = "it may be in use by now, and is deleted by no undo"
_KEPT = "the panel cannot delete such an object"
_RENEWED = "what was paid for is not given back"
_ANEW = "it is made anew, with another id"
_GONE = "a service cannot be brought back"


def reversals(work: Workspace, plan: Plan) -> tuple[Reversal, ...]:
    """Return the way back from each change of a plan, the last one first."""
    return tuple(
        _reversal(work, work.catalogue.by_name[change.address.kind], change)
        for change in reversed(plan.changes)
        if change.action != "blocked"
    )


def with_moved(
    catalogue: Catalogue, back: Iterable[Reversal], outcomes: Iterable[Outcome]
) -> tuple[Reversal, ...]:
    """Return the ways back with what the writes of a run moved beside what they were sent for."""
    moved = {(o.change.address, o.change.action): o.moved for o in outcomes if o.moved}
    return tuple(
        _with_moved(catalogue, item, moved.get((item.address, item.action), ())) for item in back
    )


def _with_moved(catalogue: Catalogue, item: Reversal, moved: Iterable[Moved]) -> Reversal:
    kind = catalogue.by_name[item.address.kind]
    before, after, reasons = dict(item.before), dict(item.after), [item.why] if item.why else []
    for each in moved:
        facet = kind.by_name.get(each.field)
        if facet is None or facet.wire.mode is not Mode.EDIT:
            reasons.append(f"{each.param}: moved by the run, and named by no manifest field")
        elif each.field not in before:
            before[each.field], after[each.field] = each.old, each.new
    if before == item.before and reasons == [item.why]:
        return item
    how: How = "exact" if item.how == "exact" and not reasons else "compensating"
    how = how if before else item.how
    return replace(item, how=how, why="; ".join(reasons), before=before, after=after)


def _reversal(work: Workspace, kind: ResourceKind, change: Change) -> Reversal:
    match change.action:
        case "create":
            why = _ORDERED if kind.order else _CLIENT if not kind.parent else _KEPT
            possible = kind.parent and kind.delete and not kind.order
            after = dict(change.desired.fields) if change.desired and possible else {}
            plain = {k: v for k, v in after.items() if _readable(kind.by_name.get(k), v)}
            how: How = "exact" if possible else "impossible"
            return Reversal(change.address, "create", how, "" if possible else why, after=plain)
        case "delete":
            return _deleted(work, kind, change)
        case "renew":
            return Reversal(change.address, "renew", "impossible", _RENEWED)
        case _:
            return _edited(kind, change)


def _edited(kind: ResourceKind, change: Change) -> Reversal:
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
    return Reversal(change.address, change.action, how, why, before=before, after=after)


def _lasting(facet: Facet, change: Change, edit: Edit) -> Iterator[str]:
    """Say what of one edit stays, whatever is done."""
    if facet.wire.mode is Mode.WRITE_ONLY:
        yield _UNREAD
    elif not _known(facet, change, edit):
        yield _UNKNOWN
    if facet.wire.mode is Mode.PAID:
        yield _PAID
    if "reinstall" in facet.wire.classes:
        yield _REINSTALLED


def _known(facet: Facet, change: Change, edit: Edit) -> bool:
    if facet.wire.mode in {Mode.WRITE_ONLY, Mode.SENT_ONCE} or change.observed is None:
        return False
    return edit.root in change.observed.fields and (edit.before is not None or facet.wire.none)


def _deleted(work: Workspace, kind: ResourceKind, change: Change) -> Reversal:
    observed = change.observed
    if observed is None or kind.order or not kind.create:
        return Reversal(change.address, "delete", "impossible", _GONE if kind.order else _KEPT)
    known = work.inventory.get(change.address)
    fields = {
        name: value
        for name, value in {**observed.fields, **(known.fields if known else {})}.items()
        if _readable(kind.by_name.get(name), value) and (value is not None)
    }
    entry = Entry(
        scope=observed.scope,
        row_id=observed.row_id,
        fields=fields,
        lifecycle=known.lifecycle if known else Lifecycle(kind.on_remove),
        client=known.client if known else "",
        rotations={},
    )
    return Reversal(change.address, "delete", "compensating", _ANEW, entry=entry)


def _readable(facet: Facet | None, value: Value) -> bool:
    """Tell whether a value is one that is read, and so may be remembered and put back."""
    return (
        facet is not None
        and not isinstance(value, Secret)
        and facet.wire.mode not in {Mode.WRITE_ONLY, Mode.SENT_ONCE}
    )
