"""Editing an object: its precondition, the edit, and the whole form before and after it.

Invariants: nothing is sent when the object is not as it was planned on, nor where the panel is
known to clear what the request does not name; what moved beside what was sent is told, with the
values of before; ``ok`` proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.addon_price import addon_price
from reconciler.engine.apply.canary import WHOLE_FORMS
from reconciler.engine.apply.context import MOVED, ApplyContext
from reconciler.engine.apply.expenses import may_resend
from reconciler.engine.apply.submit import submit_calls
from reconciler.engine.look import Seen, ask_form, look_closely
from reconciler.kinds._facet import Mode
from reconciler.model.outcome import Outcome
from reconciler.planning.calls import update_calls
from reconciler.planning.diff import compare, same
from reconciler.planning.precondition import precondition, rolled_back
from reconciler.planning.price import charged, why_dearer
from reconciler.planning.side_effect import (
    kept,
    left_out,
    losable,
    lost_sorts,
    named,
    sent_names,
    side_effects,
    still_moved,
    told,
    values,
    whole_params,
)
from reconciler.wire.call import is_free, widened
from reconciler.wire.free_call import is_confidential

if TYPE_CHECKING:
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.edit_effect import Sort
    from reconciler.model.outcome import Moved
    from reconciler.model.plan import Change
    from reconciler.model.resource import Observed
    from reconciler.model.value import Secret
    from reconciler.wire.call import Call

_NONE: frozenset[Sort] = frozenset()
_WHOLE: frozenset[Sort] = frozenset({"whole"})


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit that is to be sent: its calls, what they carry, and what they could clear."""

    func: str
    before: Seen
    calls: tuple[Call, ...]
    sent: frozenset[str]
    risked: frozenset[Sort]
    left_out: tuple[str, ...] = ()


async def update(context: ApplyContext, kind: ResourceKind, change: Change) -> Outcome:
    """Edit one object, once the first edit of its function has been looked at."""
    current = await _fit(context, kind, change)
    if isinstance(current, Outcome):
        return current
    if dearer := await _why_dearer(context, kind, change, current.observed):
        return Outcome(change, "failed", dearer, change.id, stale=True)
    edit = plan_edit(context, kind, change, current)
    waits = not context.known.canaries.is_known(edit.func, edit.risked)
    async with context.known.canaries.turn(edit.func, edit.risked) as refusal:
        if refusal:
            return Outcome(change, "skipped", refusal, change.id)
        if waits:
            # It may have waited for another: what it rests on is read right before it is sent.
            current = await _fit(context, kind, change)
            if isinstance(current, Outcome):
                return current
            edit = plan_edit(context, kind, change, current)
        return await _send(context, kind, change, edit)


def plan_edit(context: ApplyContext, kind: ResourceKind, change: Change, current: Seen) -> Edit:
    """Compile the calls of an edit, with the whole form where the target wants that."""
    observed = current.observed
    func = kind.func(kind.update, observed.variant)
    setting = context.call_context(kind, observed.scope.parent)
    calls = update_calls(kind, change, observed, setting)
    edits = [call for call in calls if call.func == func]
    if not edits:
        return Edit(func, current, calls, frozenset(), frozenset())
    if not context.deps.target.whole_forms:
        sent = sent_names(edits)
        return Edit(func, current, calls, sent, losable(kind, current.form, sent))
    carried: dict[str, str | Secret] = {}
    whole = []
    for call in calls:
        if call.func != func:
            whole.append(call)
            continue
        # Of two calls the second carries what the first has set, and not what was there before.
        carried |= {name: value for name, value in call.params if is_free(name)}
        params = whole_params(kind, current.form, tuple(carried.items()))
        whole.append(widened(call, params))
    sent = sent_names(whole)
    left = left_out(kind, current.form, tuple((name, "") for name in sent))
    return Edit(func, current, tuple(whole), sent, _WHOLE, left)


def diverged_by(outcome: Outcome, func: str) -> Outcome:
    """Say of a write that did what it was to do what else it moved.

    What somebody filled in meanwhile is told, and no harm: an edit that carries nothing of a field
    may empty or reset it, and does not make up a value for one that was empty.
    """
    if all(each.gained for each in outcome.moved):
        return replace(outcome, message=f"changed meanwhile, by somebody: {values(outcome.moved)}")
    message = f"{told(outcome.moved, func)}; `reconciler undo` names the way back"
    if any(each.lost for each in outcome.moved):
        message = f"{message}; where the panel did it, {WHOLE_FORMS}"
    return replace(outcome, result="diverged", message=message, as_declared=True)


async def _fit(context: ApplyContext, kind: ResourceKind, change: Change) -> Seen | Outcome:
    """Return the object as it is now, or why it is left alone."""
    if change.desired is None or change.observed is None:
        return Outcome(change, "failed", "nothing to update")
    current = await _look(context, kind, change, labels=context.deps.target.whole_forms)
    if current is None:
        return Outcome(change, "failed", "it is gone from the panel", change.id, stale=True)
    seen = current.observed
    if precondition(kind, seen, change.desired) != change.precondition:
        return Outcome(change, "failed", MOVED, change.id, observed=seen, stale=True)
    return current


async def _why_dearer(
    context: ApplyContext, kind: ResourceKind, change: Change, now: Observed
) -> str:
    """Ask once more what add-ons cost, where a price was planned or is bounded."""
    desired, planned = change.desired, change.money
    if desired is None or planned is None or "charge" not in change.classes:
        return ""
    if planned.amount is None and not planned.at_most:
        return ""
    login = context.parents.login_of(kind, now.scope.parent)
    price = await addon_price(
        context.panel,
        context.work.catalogue,
        desired,
        now,
        login=login,
        ways=context.known.ways,
    )
    return why_dearer(kind, price, planned)


async def _look(
    context: ApplyContext, kind: ResourceKind, change: Change, *, labels: bool = False
) -> Seen | None:
    if change.observed is None:
        return None
    login = context.parents.login_of(kind, change.observed.scope.parent)
    return await look_closely(
        context.panel, kind, change.observed, change.desired, login=login, labels=labels
    )


async def _send(context: ApplyContext, kind: ResourceKind, change: Change, edit: Edit) -> Outcome:
    async def look() -> Seen | None:
        return await _look(context, kind, change, labels=context.deps.target.whole_forms)

    def settled(seen: Seen | None) -> bool:
        return seen is not None and not _left(context, kind, change, seen.observed)

    form = form_before(edit)
    sent = await submit_calls(context, change, edit.calls, form)
    if sent.word == "lost":
        await context.deps.wait_to_settle(change.address)
    seen = await context.deps.read_until(look, settled, context.deps.patience(sent.word))
    rest = _rest(context, kind, change, seen.observed if seen else None)
    if rest is not None and seen is not None and await may_resend(context, kind, change, sent):
        further = plan_edit(context, kind, rest, seen)
        edit = replace(edit, sent=edit.sent | further.sent)
        again = await submit_calls(context, change, further.calls, form)
        sent = replace(again, requests=again.requests + sent.requests)
        seen = await context.deps.read_until(look, settled, context.deps.patience(sent.word))
    moved = await find_moved(context, kind, edit, seen, answered=sent.word == "ok")
    observed = seen.observed if seen else None
    result = Outcome(change, "verified", "", change.id, observed, sent.requests, moved=moved)
    if settled(seen):
        done = replace(result, charged=charged(kind, change, observed) if sent.requests else None)
        return with_moved(done, edit)
    left = ", ".join(_left(context, kind, change, observed)) if observed else "the object is gone"
    message = sent.message or f"{_whose(kind, change, observed)}: {left}"
    if moved:
        message = f"{message}; {told(moved, edit.func)}"
    if sent.word in {"lost", "ok", "expired"} and "charge" in change.classes:
        money = charged(kind, change, observed)
        return replace(result, result="in-doubt", message=message, charged=money)
    if sent.word != "ok":
        return replace(result, result="failed", message=message)
    waiting = observed is not None and _waits(context, kind, change, observed)
    message = f"in the cart until it is paid: {left}" if waiting else message
    return replace(result, result="diverged", message=message, waiting=waiting)


def form_before(edit: Edit) -> dict[str, str]:
    """Return the form as it is before an edit, for the journal: it may be all that is left."""
    read = edit.before.form.values if edit.sent else {}
    return {name: text for name, text in read.items() if text and not is_confidential(name)}


async def find_moved(
    context: ApplyContext, kind: ResourceKind, edit: Edit, seen: Seen | None, *, answered: bool
) -> tuple[Moved, ...]:
    """Return what an edit moved beside what it carried, and learn from it."""
    if seen is None or not edit.sent:
        return ()
    found = await moved_beside(context, kind, edit.before, seen, sent=edit.sent)
    lost = lost_sorts(edit.before.form, found)
    keeps = kept(kind, edit.before.form, seen.form, edit.sent)
    if context.deps.target.whole_forms:
        lost, keeps = (_WHOLE if lost else _NONE), (_NONE if found else _WHOLE)
    context.known.canaries.learn(edit.func, keeps if answered else (), lost)
    return found


async def moved_beside(
    context: ApplyContext, kind: ResourceKind, before: Seen, after: Seen, *, sent: frozenset[str]
) -> tuple[Moved, ...]:
    """Compare the whole form of an object before and after a write that carried some fields."""
    if not before.form.values or not after.form.values:
        return ()
    found = side_effects(kind, before.form, after.form, sent)
    if found:
        # Described, and read a second time: what nobody edits, and what moves by itself.
        again = await ask_form(context.panel, kind, after.observed, labels=True)
        found = still_moved(found, again.form) if isinstance(again, Seen) else found
    return named(kind, found, before.observed, after.observed)


def with_moved(outcome: Outcome, edit: Edit) -> Outcome:
    """Say of an edit that is as declared what else it moved, or was not sent with it."""
    if outcome.moved:
        return diverged_by(outcome, edit.func)
    if edit.left_out and outcome.requests:
        names = ", ".join(edit.left_out)
        return replace(outcome, message=f"the whole form was sent, without {names}")
    return outcome


def _whose(kind: ResourceKind, change: Change, seen: Observed | None) -> str:
    """Say whose doing it is: a value that is neither the old one nor ours is somebody else's."""
    for edit in change.edits:
        facet, live = kind.by_name.get(edit.field), seen.fields.get(edit.field) if seen else None
        if facet is None or live is None or edit.before is None:
            continue
        if same(facet, edit.after, live) is False and same(facet, edit.before, live) is False:
            return "changed after our write, and not by us"
    return "the panel said ok, but not so"


def _waits(context: ApplyContext, kind: ResourceKind, change: Change, seen: Observed) -> bool:
    """Tell whether all that is left are add-ons, which went into the cart."""
    left = [kind.by_name.get(name) for name in _left(context, kind, change, seen)]
    return bool(left) and all(f is not None and f.wire.mode is Mode.PAID for f in left)


def _left(context: ApplyContext, kind: ResourceKind, change: Change, seen: Observed) -> list[str]:
    """Return the fields of a change that are not yet as wanted, by the one comparison."""
    if change.desired is None:
        return []
    wanted = {edit.root for edit in change.edits}
    found = compare(kind, change.desired, seen, context.work.today)
    open_fields = {edit.root for edit in found.edits} | set(found.unknown)
    left = sorted(wanted & open_fields)
    marker = next((edit.after for edit in change.edits if edit.field == "marker"), None)
    return [*left, "marker"] if marker is not None and seen.marker != marker else left


def _rest(
    context: ApplyContext, kind: ResourceKind, change: Change, seen: Observed | None
) -> Change | None:
    """Return what is left of a change, when all else is as planned or as wanted; else None."""
    if seen is None:
        return None
    left = set(_left(context, kind, change, seen))
    edits = tuple(e for e in change.edits if e.root in left)
    if not edits or precondition(kind, rolled_back(change, seen), change.desired) != (
        change.precondition
    ):
        return None
    return replace(change, edits=edits)
