"""Actions: suspend, resume, renew. Each changes one field and is proved by that field.

Invariant: nothing is sent for a field that already has the wanted value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from reconciler.documents.values import in_words, shown
from reconciler.engine.apply.context import BUSY_SECONDS, MOVED, PROOF_SECONDS, ApplyContext
from reconciler.engine.apply.create import find_created
from reconciler.engine.apply.send import Evidence, Operation, send_and_verify
from reconciler.engine.apply.submit import SendStatus, Sent
from reconciler.engine.apply.update import diverged_by, moved_beside
from reconciler.engine.observe.reads import ObservedForm, read_in_full
from reconciler.engine.offers.renewal_price import renewal_price
from reconciler.mapping.encode import renew_calls, switch_calls
from reconciler.mapping.marker import marker_of
from reconciler.mapping.prices import UNKNOWN, charged_amount, why_costs_more
from reconciler.mapping.renewals import TWICE, add_months, months_to_renew, renewed_twice
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Edit
from reconciler.model.reason import ReasonCode
from reconciler.planning.diff import same

if TYPE_CHECKING:
    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Change, Money
    from reconciler.model.resource import Desired, Observed
    from reconciler.wire.call import Call


@dataclass(slots=True, kw_only=True)
class ActionOperation(Operation[ObservedForm | None]):
    """An action: done when its one field has the value that the change wants."""

    before: ObservedForm
    facet: Field
    login: str

    @property
    def edit(self) -> Edit:
        """The one edit of the action."""
        return self.change.edits[0]

    def patience(self, status: SendStatus) -> float:
        """Return a longer time than for an edit: panels run actions as background tasks."""
        return BUSY_SECONDS if status is SendStatus.CONFIRMED else PROOF_SECONDS

    async def look(self, sent: Sent) -> ObservedForm | None:
        """Read row, form and side lists."""
        del sent
        now, desired = self.before.observed, self.change.desired
        return await read_in_full(self.context.panel, self.kind, now, desired, login=self.login)

    def judge(self, seen: ObservedForm | None) -> Evidence:
        """Return NONE while the field has its former value."""
        fields = seen.observed.fields if seen else {}
        if self.facet.name not in fields:
            return Evidence.OTHER
        live = fields[self.facet.name]
        if same(self.facet, self.edit.after, live):
            return Evidence.DONE
        # Any other value was set by somebody else: the action would overwrite it.
        unchanged = live == self.before.observed.fields.get(self.facet.name)
        return Evidence.NONE if unchanged else Evidence.OTHER

    async def conclude(self, sent: Sent, seen: ObservedForm | None) -> Outcome:
        """Return the outcome by the field's value, with the side effects."""
        change, now = self.change, seen.observed if seen else None
        name, wanted = self.facet.name, self.edit.after
        money = charged_amount(self.kind, change, now) if sent.requests else None
        element = self.before.observed.row_id
        outcome = Outcome(change, "verified", "", element, now, sent.requests, money)
        if seen is not None and self.judge(seen) is Evidence.DONE:
            before = self.before.observed.fields.get(name)
            if self.charges and renewed_twice(before, wanted, seen.observed.fields[name]):
                # The expiry moved by two periods: the client may have paid for both.
                return replace(
                    outcome, result="in-doubt", message=TWICE, cause=ReasonCode.CHARGED_TWICE
                )
            sent_params = frozenset({self.facet.param})
            moved = await moved_beside(self.context, self.kind, self.before, seen, sent=sent_params)
            func = self.calls[0].func
            return diverged_by(replace(outcome, moved=moved), func) if moved else outcome
        live = in_words(shown(now.fields.get(name))) if now else "not found"
        message = (
            f"the panel confirmed the change, but {name} is {live}, not {in_words(shown(wanted))}"
        )
        return replace(outcome, result="diverged", message=sent.message or message)


async def set_suspended(context: ApplyContext, change: Change) -> Outcome:
    """Suspend or resume an object."""
    kind = context.kind_of(change)
    found = await _find_idle(context, kind, change)
    if isinstance(found, Outcome):
        return found
    off = change.action == "suspend"
    calls = switch_calls(kind, found.observed, off=off)
    return await _act(context, kind, change, found, calls=calls, field=kind.switch)


async def renew(context: ApplyContext, change: Change, desired: Desired) -> Outcome:
    """Renew a service by one period, once."""
    kind = context.kind_of(change)
    found = await _find_idle(context, kind, change)
    if isinstance(found, Outcome):
        return found
    now = found.observed
    live, goal = now.fields.get(kind.paid_through), desired.fields.get(kind.paid_through)
    if isinstance(live, date) and isinstance(goal, date) and live >= goal:
        # A person may have renewed it since the plan: another period would be paid for nothing.
        return Outcome(change, "verified", "already paid through", now.row_id, now)
    months = months_to_renew(kind, desired, now)
    expected = _expected(change)
    price = await renewal_price(context.panel, kind, now, months, is_bounded=bool(expected.at_most))
    if why := why_costs_more(kind, price, expected):
        # Nobody approved this price, and a charge cannot be undone.
        return Outcome(change, "failed", why, now.row_id, cause=ReasonCode.PRICE_ROSE)
    if change.observed is None and isinstance(live, date):
        # The service was ordered in this run, so the plan could only estimate its expiry.
        edit = Edit(kind.paid_through, live, add_months(live, months))
        change = replace(change, edits=(edit,))
    calls = renew_calls(kind, change, now)
    return await _act(context, kind, change, found, calls=calls, field=kind.paid_through)


def _expected(change: Change) -> Money:
    """Return what a renewal may cost; for a service ordered in this run only the bound is known."""
    money = change.money or UNKNOWN
    return money if change.observed else replace(money.before or money, amount=None)


async def _act(
    context: ApplyContext,
    kind: ResourceKind,
    change: Change,
    before: ObservedForm,
    *,
    calls: tuple[Call, ...],
    field: str,
) -> Outcome:
    """Send an action once, if its field still has the value that it had in the plan."""
    edit, facet, now = change.edits[0], kind.by_name[field], before.observed
    live = now.fields.get(field)
    outcome = Outcome(change, "verified", "already as declared", now.row_id, now)
    if live is not None and same(facet, edit.after, live):
        # A person did it since the plan: a second renewal would be paid twice.
        return outcome
    if change.observed is not None and edit.before is not None and live != edit.before:
        # Somebody renewed or switched it since: nobody approved a change from this value.
        return replace(outcome, result="failed", message=MOVED, cause=ReasonCode.OBJECT_CHANGED)
    if live is None:
        # No reading could prove the result, and an unproved renewal may be paid twice.
        message = f"the panel does not return {field}"
        return replace(outcome, result="failed", message=message, cause=ReasonCode.FIELD_HIDDEN)
    operation = ActionOperation(
        context=context,
        kind=kind,
        change=change,
        calls=calls,
        before=before,
        facet=facet,
        login=context.parents.login_of(kind, now.scope.parent),
    )
    return await send_and_verify(operation)


async def _find_idle(
    context: ApplyContext, kind: ResourceKind, change: Change
) -> ObservedForm | Outcome:
    """Wait until the panel is done with an object; return it, or the outcome if it is gone."""
    planned = change.observed
    if planned is None and change.desired is not None:
        # It was ordered in this run, so the plan could not know its id.
        planned = (await find_created(context, kind, change.desired)).observed
    if planned is None:
        message = "the object does not exist"
        return Outcome(change, "failed", message, cause=ReasonCode.NOT_FOUND)
    there, login = planned, context.parents.login_of(kind, planned.scope.parent)

    async def look() -> ObservedForm | None:
        return await read_in_full(context.panel, kind, there, change.desired, login=login)

    # Panels refuse an action on a busy object, or queue it until the work is done.
    idle = await context.deps.read_until(look, _is_idle, BUSY_SECONDS)
    if idle is None or idle.observed.state in {"gone", "closing"}:
        return Outcome(
            change,
            "failed",
            "the object was deleted in the panel",
            there.row_id,
            cause=ReasonCode.OBJECT_GONE,
        )
    if not _is_the_one(context, kind, change, idle.observed):
        message = "the id now belongs to another object; nothing was sent"
        return Outcome(change, "failed", message, there.row_id, cause=ReasonCode.ID_REUSED)
    return idle


def _is_idle(seen: ObservedForm | None) -> bool:
    return seen is None or seen.observed.state != "busy"


def _is_the_one(context: ApplyContext, kind: ResourceKind, change: Change, now: Observed) -> bool:
    """Return whether an object is still the planned one: panels reuse ids."""
    planned, desired = change.observed, change.desired
    if planned is None:
        return True
    marks = {
        planned.marker,
        marker_of(kind, context.work.namespace, desired) if desired else "",
    }
    if planned.marker and now.marker not in marks:
        # The id of a deleted object was given to a new one, perhaps of another client.
        return False
    sides = [planned.fields, desired.fields if desired else {}]
    return all(
        any(
            same(kind.by_name[name], side[name], now.fields[name]) for side in sides if name in side
        )
        for name in kind.identity
        if name in planned.fields and name in now.fields
    )
