"""Editing an object: its precondition, the edit, and the whole form before and after it.

Invariants: nothing is sent when the object is not as it was planned on, nor where the panel is
known to clear what the request does not name; what moved beside what was sent is reported, with the
values of before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.apply.canary import WHOLE_FORMS
from reconciler.engine.apply.context import MOVED, ApplyContext
from reconciler.engine.apply.send import Evidence, Operation, send_and_verify
from reconciler.engine.apply.submit import SendStatus, Sent
from reconciler.engine.observe.reads import ObservedForm, read_in_full, request_form
from reconciler.engine.offers.addon_price import addon_price
from reconciler.kinds.fields import Mode
from reconciler.mapping.encode import update_calls
from reconciler.mapping.prices import charged_amount, why_costs_more
from reconciler.model.outcome import Outcome
from reconciler.model.reason import ReasonCode
from reconciler.planning.diff import compare, same
from reconciler.planning.precondition import precondition, rolled_back
from reconciler.planning.side_effects import (
    describe_side_effects,
    kept,
    left_out,
    losable,
    lost_sorts,
    named,
    sent_names,
    side_effects,
    still_moved,
    values,
    whole_params,
)
from reconciler.wire.call import is_free, with_fields
from reconciler.wire.raw_call import is_confidential

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.edit_effect import Sort
    from reconciler.model.outcome import MovedField
    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Secret
    from reconciler.wire.call import Call

_NONE: frozenset[Sort] = frozenset()
_WHOLE: frozenset[Sort] = frozenset({"whole"})


@dataclass(frozen=True, slots=True)
class EditCalls:
    """The calls of one edit, what they carry, and what they could clear."""

    func: str
    before: ObservedForm
    calls: tuple[Call, ...]
    sent: frozenset[str]
    risked: frozenset[Sort]
    left_out: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class UpdateOperation(Operation[ObservedForm | None]):
    """An edit: done when the one comparison finds none of the edited fields open any more."""

    desired: Desired
    observed: Observed
    edit: EditCalls

    async def look(self, sent: Sent) -> ObservedForm | None:
        """Open the object's form again, with its side lists."""
        del sent
        return await _read_closely(self.context, self.kind, self.observed, self.desired)

    def judge(self, seen: ObservedForm | None) -> Evidence:
        """Return NONE where all that is not yet as wanted is as it was planned on."""
        if seen is None:
            return Evidence.OTHER
        if not self._left(seen.observed):
            return Evidence.DONE
        # A field that is neither as planned nor as wanted is somebody else's: sent again, the edit
        # would overwrite what a person has set meanwhile.
        return Evidence.NONE if self._rest(seen.observed) else Evidence.OTHER

    def calls_left(self, seen: ObservedForm | None) -> tuple[Call, ...]:
        """Return the edit of what is still open: the rest took effect the first time."""
        rest = self._rest(seen.observed) if seen else None
        if seen is None or rest is None:
            return ()
        further = plan_edit(self.context, self.kind, rest, seen)
        self.edit = replace(self.edit, sent=self.edit.sent | further.sent)
        return further.calls

    async def conclude(self, sent: Sent, seen: ObservedForm | None) -> Outcome:
        """Return what is as wanted, what is not, and what moved besides."""
        confirmed = sent.status is SendStatus.CONFIRMED
        moved = await _find_moved(self.context, self.kind, self.edit, seen, answered=confirmed)
        change, now = self.change, seen.observed if seen else None
        result = Outcome(change, "verified", "", change.id, now, sent.requests, moved=moved)
        if self.judge(seen) is Evidence.DONE:
            money = charged_amount(self.kind, change, now) if sent.requests else None
            return _with_moved(replace(result, charged=money), self.edit)
        left = self._left(now) if now else []
        listed = ", ".join(left) if now else "the object was deleted"
        foreign = self._is_changed_by_others(now)
        cause = ReasonCode.OBJECT_CHANGED if foreign else ReasonCode.NOT_APPLIED
        said = (
            "changed by somebody else after our write"
            if foreign
            else ("the panel confirmed the update, but these fields did not change")
        )
        message = sent.message or f"{said}: {listed}"
        if moved:
            message = f"{message}; {describe_side_effects(moved, self.edit.func)}"
        if confirmed and not self.charges and self._waits(left):
            # Add-ons that nobody has paid for yet: sent again they would be in the cart twice.
            message = f"in the cart until it is paid: {listed}"
            return replace(result, result="diverged", message=message, cause=ReasonCode.UNPAID)
        return replace(result, result="diverged", message=message, cause=cause)

    def _left(self, seen: Observed) -> list[str]:
        """Return the fields of the change that are not yet as wanted, by the one comparison."""
        edits = self.change.edits
        wanted = {edit.root for edit in edits}
        found = compare(self.kind, self.desired, seen, self.context.work.today)
        open_fields = {edit.root for edit in found.edits} | set(found.unknown)
        left = sorted(wanted & open_fields)
        marker = next((edit.after for edit in edits if edit.field == "marker"), None)
        return [*left, "marker"] if marker is not None and seen.marker != marker else left

    def _rest(self, seen: Observed) -> Change | None:
        """Return what is left of the change, when all else is as planned or as wanted."""
        left = set(self._left(seen))
        edits = tuple(e for e in self.change.edits if e.root in left)
        before = rolled_back(self.change, seen)
        if not edits or precondition(self.kind, before, self.desired) != self.change.precondition:
            return None
        return replace(self.change, edits=edits)

    def _waits(self, left: list[str]) -> bool:
        """Return whether all that is left are add-ons, which went into the cart."""
        facets = [self.kind.by_name.get(name) for name in left]
        return bool(facets) and all(f is not None and f.wire.mode is Mode.PAID for f in facets)

    def _is_changed_by_others(self, seen: Observed | None) -> bool:
        """Return whether a field is neither as it was nor as we set it."""
        for edit in self.change.edits:
            facet = self.kind.by_name.get(edit.field)
            live = seen.fields.get(edit.field) if seen else None
            if facet is None or live is None or edit.before is None:
                continue
            if same(facet, edit.after, live) is False and same(facet, edit.before, live) is False:
                return True
        return False


async def update(
    context: ApplyContext, change: Change, desired: Desired, planned: Observed
) -> Outcome:
    """Edit one object, once the first edit of its function has been looked at."""
    kind = context.kind_of(change)
    current = await _read_as_planned(context, change, desired, planned)
    if isinstance(current, Outcome):
        return current
    # The price that was approved is the one that is paid; there is no way back from a charge.
    if dearer := await _why_dearer(context, change, desired, current.observed):
        return Outcome(change, "failed", dearer, change.id, cause=ReasonCode.PRICE_ROSE)
    edit = plan_edit(context, kind, change, current)
    canaries = context.known.canaries
    waits = not canaries.is_known(edit.func, edit.risked)
    async with canaries.turn(edit.func, edit.risked) as refusal:
        if refusal:
            # A first edit of this function was seen to clear what it did not carry.
            return Outcome(change, "skipped", refusal, change.id, cause=ReasonCode.CLEARS_FIELDS)
        if waits:
            # It may have waited for another: what it rests on is read right before it is sent.
            current = await _read_as_planned(context, change, desired, planned)
            if isinstance(current, Outcome):
                return current
            edit = plan_edit(context, kind, change, current)
        return await send_and_verify(update_operation(context, change, desired, edit))


def update_operation(
    context: ApplyContext, change: Change, desired: Desired, edit: EditCalls
) -> UpdateOperation:
    """Return the operation that sends an edit."""
    return UpdateOperation(
        context=context,
        kind=context.kind_of(change),
        change=change,
        calls=edit.calls,
        form_before=_form_before(edit),
        desired=desired,
        observed=change.observed or edit.before.observed,
        edit=edit,
    )


def plan_edit(
    context: ApplyContext, kind: ResourceKind, change: Change, current: ObservedForm
) -> EditCalls:
    """Compile the calls of an edit, with the whole form where the target wants that."""
    observed = current.observed
    func = kind.func(kind.update, observed.variant)
    setting = context.call_context(kind, observed.scope.parent)
    calls = update_calls(kind, change, observed, setting)
    edits = [call for call in calls if call.func == func]
    if not edits:
        return EditCalls(func, current, calls, frozenset(), frozenset())
    if not context.deps.target.whole_forms:
        sent = sent_names(edits)
        return EditCalls(func, current, calls, sent, losable(kind, current.form, sent))
    carried: dict[str, str | Secret] = {}
    whole = []
    for call in calls:
        if call.func != func:
            whole.append(call)
            continue
        # Of two calls the second carries what the first has set, and not what was there before.
        carried |= {name: value for name, value in call.params if is_free(name)}
        params = whole_params(kind, current.form, tuple(carried.items()))
        whole.append(with_fields(call, params))
    sent = sent_names(whole)
    left = left_out(kind, current.form, tuple((name, "") for name in sent))
    return EditCalls(func, current, tuple(whole), sent, _WHOLE, left)


def diverged_by(outcome: Outcome, func: str) -> Outcome:
    """Report of a write that did what it was to do what else it moved.

    What somebody filled in meanwhile is reported, and no harm: an edit that carries nothing of a
    field may empty or reset it, and does not make up a value for one that was empty.
    """
    if all(each.gained for each in outcome.moved):
        return replace(
            outcome, message=f"changed by somebody else meanwhile: {values(outcome.moved)}"
        )
    message = f"{describe_side_effects(outcome.moved, func)}; to undo it, run `reconciler undo`"
    if any(each.lost for each in outcome.moved):
        message = f"{message}; if the panel did this, {WHOLE_FORMS}"
    return replace(outcome, result="diverged", message=message, cause=ReasonCode.SIDE_EFFECT)


async def moved_beside(
    context: ApplyContext,
    kind: ResourceKind,
    before: ObservedForm,
    after: ObservedForm,
    *,
    sent: frozenset[str],
) -> tuple[MovedField, ...]:
    """Compare the whole form of an object before and after a write that carried some fields."""
    if not before.form.values or not after.form.values:
        return ()
    found = side_effects(kind, before.form, after.form, sent)
    if found:
        # Described, and read a second time: what nobody edits, and what moves by itself.
        again = await request_form(context.panel, kind, after.observed, labels=True)
        found = still_moved(found, again.form) if isinstance(again, ObservedForm) else found
    return named(kind, found, before.observed, after.observed)


async def _read_as_planned(
    context: ApplyContext, change: Change, desired: Desired, planned: Observed
) -> ObservedForm | Outcome:
    """Return the object as it is now, or why it is not changed."""
    kind = context.kind_of(change)
    current = await _read_closely(context, kind, planned, desired)
    if current is None:
        # An edit without its object is a create on some panels, since both are one function.
        return Outcome(
            change,
            "failed",
            "the object was deleted in the panel",
            change.id,
            cause=ReasonCode.OBJECT_GONE,
        )
    seen = current.observed
    if precondition(kind, seen, desired) != change.precondition:
        # Somebody changed it since the plan was approved: the edit would overwrite their values.
        return Outcome(
            change, "failed", MOVED, change.id, observed=seen, cause=ReasonCode.OBJECT_CHANGED
        )
    return current


async def _why_dearer(
    context: ApplyContext, change: Change, desired: Desired, now: Observed
) -> str:
    """Ask once more what add-ons cost, where a price was planned or is bounded."""
    planned = change.money
    if planned is None or "charge" not in change.classes:
        return ""
    if planned.amount is None and not planned.at_most:
        return ""
    kind, ways = context.kind_of(change), context.known.ways
    login = context.parents.login_of(kind, now.scope.parent)
    catalogue = context.work.catalogue
    price = await addon_price(context.panel, catalogue, desired, now, login=login, ways=ways)
    return why_costs_more(kind, price, planned)


async def _read_closely(
    context: ApplyContext, kind: ResourceKind, observed: Observed, desired: Desired
) -> ObservedForm | None:
    login = context.parents.login_of(kind, observed.scope.parent)
    labels = context.deps.target.whole_forms
    return await read_in_full(context.panel, kind, observed, desired, login=login, labels=labels)


def _form_before(edit: EditCalls) -> dict[str, str]:
    """Return the form as it is before an edit, for the journal: it may be all that is left."""
    read = edit.before.form.values if edit.sent else {}
    return {name: text for name, text in read.items() if text and not is_confidential(name)}


async def _find_moved(
    context: ApplyContext,
    kind: ResourceKind,
    edit: EditCalls,
    seen: ObservedForm | None,
    *,
    answered: bool,
) -> tuple[MovedField, ...]:
    """Return what an edit moved beside what it carried, and learn from it."""
    if seen is None or not edit.sent:
        return ()
    found = await moved_beside(context, kind, edit.before, seen, sent=edit.sent)
    lost = lost_sorts(edit.before.form, found)
    keeps = kept(kind, edit.before.form, seen.form, edit.sent)
    if context.deps.target.whole_forms:
        lost, keeps = (_WHOLE if lost else _NONE), (_NONE if found else _WHOLE)
    # What was not confirmed may not have been carried out: that nothing moved then proves nothing.
    context.known.canaries.learn(edit.func, keeps if answered else (), lost)
    return found


def _with_moved(outcome: Outcome, edit: EditCalls) -> Outcome:
    """Report of an edit that is as declared what else it moved, or was not sent with it."""
    if outcome.moved:
        return diverged_by(outcome, edit.func)
    if edit.left_out and outcome.requests:
        names = ", ".join(edit.left_out)
        return replace(outcome, message=f"the complete form was sent, without {names}")
    return outcome
