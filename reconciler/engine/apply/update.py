"""Edit an object: check its precondition, send the edit, compare the form before and after.

Invariants: nothing is sent when the object is not as planned, nor where the panel is known to clear
fields that a request does not name; side effects are reported with the values before.
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
    """The calls of one edit, the fields that they carry, and those that they could clear."""

    func: str
    before: ObservedForm
    calls: tuple[Call, ...]
    sent: frozenset[str]
    risked: frozenset[Sort]
    left_out: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class UpdateOperation(Operation[ObservedForm | None]):
    """An edit: done when the comparison finds no difference in the edited fields."""

    desired: Desired
    observed: Observed
    edit: EditCalls

    async def look(self, sent: Sent) -> ObservedForm | None:
        """Open the object's form again, with its side lists."""
        del sent
        return await _read_closely(self.context, self.kind, self.observed, self.desired)

    def judge(self, seen: ObservedForm | None) -> Evidence:
        """Return NONE when every field that is not yet as wanted is as planned."""
        if seen is None:
            return Evidence.OTHER
        if not self._left(seen.observed):
            return Evidence.DONE
        # A field that is neither as planned nor as wanted was set by somebody else meanwhile: a
        # second request would overwrite it.
        return Evidence.NONE if self._rest(seen.observed) else Evidence.OTHER

    def calls_left(self, seen: ObservedForm | None) -> tuple[Call, ...]:
        """Return the edit of the fields that are still open: the others took effect."""
        rest = self._rest(seen.observed) if seen else None
        if seen is None or rest is None:
            return ()
        further = plan_edit(self.context, self.kind, rest, seen)
        self.edit = replace(self.edit, sent=self.edit.sent | further.sent)
        return further.calls

    async def conclude(self, sent: Sent, seen: ObservedForm | None) -> Outcome:
        """Return the outcome by the edited fields, with the side effects."""
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
            # Unpaid add-ons: a second request would put them into the cart twice.
            message = f"in the cart until it is paid: {listed}"
            return replace(result, result="diverged", message=message, cause=ReasonCode.UNPAID)
        return replace(result, result="diverged", message=message, cause=cause)

    def _left(self, seen: Observed) -> list[str]:
        """Return the fields of the change that are not yet as wanted."""
        edits = self.change.edits
        wanted = {edit.root for edit in edits}
        found = compare(self.kind, self.desired, seen, self.context.work.today)
        open_fields = {edit.root for edit in found.edits} | set(found.unknown)
        left = sorted(wanted & open_fields)
        marker = next((edit.after for edit in edits if edit.field == "marker"), None)
        return [*left, "marker"] if marker is not None and seen.marker != marker else left

    def _rest(self, seen: Observed) -> Change | None:
        """Return the rest of the change; None if another field is neither planned nor wanted."""
        left = set(self._left(seen))
        edits = tuple(e for e in self.change.edits if e.root in left)
        before = rolled_back(self.change, seen)
        if not edits or precondition(self.kind, before, self.desired) != self.change.precondition:
            return None
        return replace(self.change, edits=edits)

    def _waits(self, left: list[str]) -> bool:
        """Return whether only add-ons are left, which went into the cart."""
        facets = [self.kind.by_name.get(name) for name in left]
        return bool(facets) and all(f is not None and f.wire.mode is Mode.PAID for f in facets)

    def _is_changed_by_others(self, seen: Observed | None) -> bool:
        """Return whether a field has neither its former value nor ours."""
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
    """Edit one object, once the first edit of its function has been checked."""
    kind = context.kind_of(change)
    current = await _read_as_planned(context, change, desired, planned)
    if isinstance(current, Outcome):
        return current
    # Nobody approved a higher price, and a charge cannot be undone.
    if why := await _why_costs_more(context, change, desired, current.observed):
        return Outcome(change, "failed", why, change.id, cause=ReasonCode.PRICE_ROSE)
    edit = plan_edit(context, kind, change, current)
    canaries = context.known.canaries
    waits = not canaries.is_known(edit.func, edit.risked)
    async with canaries.turn(edit.func, edit.risked) as refusal:
        if refusal:
            # The first edit of this function cleared fields that it did not carry.
            return Outcome(change, "skipped", refusal, change.id, cause=ReasonCode.CLEARS_FIELDS)
        if waits:
            # It may have waited for another edit: its object is read again before it is sent.
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
    """Build the calls of an edit, with the complete form where the target wants that."""
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
        # The second of two calls carries the values that the first has set, not the former ones.
        carried |= {name: value for name, value in call.params if is_free(name)}
        params = whole_params(kind, current.form, tuple(carried.items()))
        whole.append(with_fields(call, params))
    sent = sent_names(whole)
    left = left_out(kind, current.form, tuple((name, "") for name in sent))
    return EditCalls(func, current, tuple(whole), sent, _WHOLE, left)


def diverged_by(outcome: Outcome, func: str) -> Outcome:
    """Return the outcome of a write that took effect and had side effects.

    A field that was empty and has a value now was filled by a person: an edit that does not carry
    a field can clear or reset it, but cannot fill it. That is reported, but not as diverged.
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
    """Compare the complete form of an object before and after a write that carried some fields."""
    if not before.form.values or not after.form.values:
        return ()
    found = side_effects(kind, before.form, after.form, sent)
    if found:
        # A second reading, with descriptions, rules out fields that the panel changes itself.
        again = await request_form(context.panel, kind, after.observed, labels=True)
        found = still_moved(found, again.form) if isinstance(again, ObservedForm) else found
    return named(kind, found, before.observed, after.observed)


async def _read_as_planned(
    context: ApplyContext, change: Change, desired: Desired, planned: Observed
) -> ObservedForm | Outcome:
    """Return the object as it is now, or the outcome if it is not as planned."""
    kind = context.kind_of(change)
    current = await _read_closely(context, kind, planned, desired)
    if current is None:
        # On some panels an edit without its object creates one: both are one function.
        return Outcome(
            change,
            "failed",
            "the object was deleted in the panel",
            change.id,
            cause=ReasonCode.OBJECT_GONE,
        )
    seen = current.observed
    if precondition(kind, seen, desired) != change.precondition:
        # Somebody changed it since the plan: the edit would overwrite their values.
        return Outcome(
            change, "failed", MOVED, change.id, observed=seen, cause=ReasonCode.OBJECT_CHANGED
        )
    return current


async def _why_costs_more(
    context: ApplyContext, change: Change, desired: Desired, now: Observed
) -> str:
    """Return why add-ons cost more than planned; empty if they do not, or no price was planned."""
    planned = change.money
    if planned is None or "charge" not in change.classes:
        return ""
    if planned.amount is None and not planned.at_most:
        return ""
    kind, ways = context.kind_of(change), context.known.ways
    login = context.parents.login_of(kind, now.scope.parent)
    price = await addon_price(
        context.panel,
        context.work.catalogue,
        desired,
        now,
        login=login,
        ways=ways,
        today=context.work.today,
    )
    return why_costs_more(kind, price.money, planned)


async def _read_closely(
    context: ApplyContext, kind: ResourceKind, observed: Observed, desired: Desired
) -> ObservedForm | None:
    login = context.parents.login_of(kind, observed.scope.parent)
    labels = context.deps.target.whole_forms
    return await read_in_full(context.panel, kind, observed, desired, login=login, labels=labels)


def _form_before(edit: EditCalls) -> dict[str, str]:
    """Return the form before an edit, for the journal: the only copy of cleared values."""
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
    """Return the side effects of an edit, and store what they show of its function."""
    if seen is None or not edit.sent:
        return ()
    found = await moved_beside(context, kind, edit.before, seen, sent=edit.sent)
    lost = lost_sorts(edit.before.form, found)
    keeps = kept(kind, edit.before.form, seen.form, edit.sent)
    if context.deps.target.whole_forms:
        lost, keeps = (_WHOLE if lost else _NONE), (_NONE if found else _WHOLE)
    # An unconfirmed edit may not have been executed: an unchanged form then proves nothing.
    context.known.canaries.learn(edit.func, keeps if answered else (), lost)
    return found


def _with_moved(outcome: Outcome, edit: EditCalls) -> Outcome:
    """Return the outcome of a done edit, with its side effects and the fields left out."""
    if outcome.moved:
        return diverged_by(outcome, edit.func)
    if edit.left_out and outcome.requests:
        names = ", ".join(edit.left_out)
        return replace(outcome, message=f"the complete form was sent, without {names}")
    return outcome
