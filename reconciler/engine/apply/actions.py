"""Triggers: suspend, resume, renew. Each acts once on one field and is proved by that field.

Invariants: a field that is as wanted already is not acted on; a charge whose answer was lost is
never sent again, only looked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from reconciler.documents.values import in_words, shown
from reconciler.engine.apply.context import BUSY_SECONDS, MOVED, PROOF_SECONDS, ApplyContext
from reconciler.engine.apply.create import find_created
from reconciler.engine.apply.expenses import may_resend
from reconciler.engine.apply.submit import submit_calls
from reconciler.engine.apply.update import diverged_by, moved_beside
from reconciler.engine.look import Seen, look_closely
from reconciler.engine.renewal_price import renewal_price
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Edit
from reconciler.planning.calls import renew_calls, switch_calls
from reconciler.planning.diff import same
from reconciler.planning.marker import marker_of
from reconciler.planning.price import UNKNOWN, charged, why_dearer
from reconciler.planning.renewal import (
    TWICE,
    add_months,
    months_to_renew,
    went_twice,
)

if TYPE_CHECKING:
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.plan import Change, Money
    from reconciler.model.resource import Observed
    from reconciler.wire.call import Call


@dataclass(frozen=True, slots=True)
class _Act:
    """The calls of a trigger, and the field that proves it."""

    calls: tuple[Call, ...]
    field: str


async def set_suspended(context: ApplyContext, kind: ResourceKind, change: Change) -> Outcome:
    """Suspend or resume an object."""
    found = await _present(context, kind, change)
    if isinstance(found, Outcome):
        return found
    off = change.action == "suspend"
    calls = switch_calls(kind, found.observed, off=off)
    return await _trigger(context, kind, change, found, act=_Act(calls, kind.switch))


async def renew(context: ApplyContext, kind: ResourceKind, change: Change) -> Outcome:
    """Renew a service by one period, once."""
    found = await _present(context, kind, change)
    if isinstance(found, Outcome):
        return found
    now = found.observed
    live = now.fields.get(kind.paid_through)
    goal = change.desired.fields.get(kind.paid_through) if change.desired else None
    if isinstance(live, date) and isinstance(goal, date) and live >= goal:
        return Outcome(change, "verified", "paid through already", now.row_id, now)
    months = months_to_renew(kind, change.desired, now)
    expected = _expected(change)
    price = await renewal_price(context.panel, kind, now, months, is_bounded=bool(expected.at_most))
    if dearer := why_dearer(kind, price, expected):
        return Outcome(change, "failed", dearer, now.row_id, stale=True)
    if change.observed is None and isinstance(live, date):
        # The plan could only estimate the expiry of what was yet to be ordered.
        months = months_to_renew(kind, change.desired, now)
        edit = Edit(kind.paid_through, live, add_months(live, months))
        change = replace(change, edits=(edit,))
    act = _Act(renew_calls(kind, change, now), kind.paid_through)
    return await _trigger(context, kind, change, found, act=act)


def _expected(change: Change) -> Money:
    """Return what a renewal may cost; of what was yet to be ordered only the bound is known."""
    money = change.money or UNKNOWN
    return money if change.observed else replace(money, amount=None)


async def _present(context: ApplyContext, kind: ResourceKind, change: Change) -> Seen | Outcome:
    """Return the object that a trigger acts on, as it is now, or why it cannot."""
    planned = change.observed or await _created(context, kind, change)
    if planned is None:
        return Outcome(change, "failed", "the object is not there to act on")
    login = context.parents.login_of(kind, planned.scope.parent)

    async def look() -> Seen | None:
        return await look_closely(context.panel, kind, planned, change.desired, login=login)

    idle = await context.deps.read_until(look, _is_idle, BUSY_SECONDS)
    if idle is None or idle.observed.state in {"gone", "closing"}:
        return Outcome(change, "failed", "it is gone from the panel", planned.row_id, stale=True)
    if not _is_the_one(context, kind, change, idle.observed):
        message = "its id now belongs to another object; left alone"
        return Outcome(change, "failed", message, planned.row_id, stale=True)
    return idle


def _is_idle(seen: Seen | None) -> bool:
    return seen is None or seen.observed.state != "busy"


def _is_the_one(context: ApplyContext, kind: ResourceKind, change: Change, now: Observed) -> bool:
    """Tell whether an object is still the one that was planned on: ids are given out again."""
    planned, desired = change.observed, change.desired
    if planned is None:
        return True
    marks = {
        planned.marker,
        marker_of(kind, context.work.namespace, desired) if desired else "",
    }
    if planned.marker and now.marker not in marks:
        return False
    sides = [planned.fields, desired.fields if desired else {}]
    return all(
        any(
            same(kind.by_name[name], side[name], now.fields[name]) for side in sides if name in side
        )
        for name in kind.identity
        if name in planned.fields and name in now.fields
    )


async def _created(context: ApplyContext, kind: ResourceKind, change: Change) -> Observed | None:
    if change.desired is None:
        return None
    return (await find_created(context, kind, change.desired)).observed


async def _trigger(
    context: ApplyContext,
    kind: ResourceKind,
    change: Change,
    before: Seen,
    *,
    act: _Act,
) -> Outcome:
    """Act once on one field, and prove it by that field."""
    edit, field, calls = change.edits[0], act.field, act.calls
    facet, current = kind.by_name[field], before.observed
    login = context.parents.login_of(kind, current.scope.parent)
    live = current.fields.get(field)
    done = Outcome(change, "verified", "as wanted already", current.row_id, current)
    if live is not None and same(facet, edit.after, live):
        return done
    if change.observed is not None and edit.before is not None and live != edit.before:
        return replace(done, result="failed", message=MOVED, stale=True)
    if live is None:
        return replace(done, result="failed", message=f"the panel does not show {field}")

    last: list[Seen] = []

    async def look() -> Observed | None:
        seen = await look_closely(context.panel, kind, current, change.desired, login=login)
        last[:] = [seen] if seen else []
        return seen.observed if seen else None

    def settled(seen: Observed | None) -> bool:
        return seen is not None and bool(
            same(facet, edit.after, seen.fields.get(field)) if field in seen.fields else False
        )

    sent = await submit_calls(context, change, calls)
    if sent.word == "lost":
        await context.deps.wait_to_settle(change.address)
    patience = BUSY_SECONDS if sent.word == "ok" else PROOF_SECONDS
    seen = await context.deps.read_until(look, settled, patience)
    charges = "charge" in change.classes
    still = seen is not None and seen.fields.get(field) == live
    if still and await may_resend(context, kind, change, sent):
        again = await submit_calls(context, change, calls)
        sent = replace(again, requests=again.requests + sent.requests)
        seen = await context.deps.read_until(look, settled, PROOF_SECONDS)
    charge = charged(kind, change, seen) if sent.requests else None
    outcome = replace(done, message="", requests=sent.requests, observed=seen, charged=charge)
    if settled(seen):
        twice = charges and seen is not None and went_twice(live, edit.after, seen.fields[field])
        if twice:
            return replace(outcome, result="in-doubt", message=TWICE)
        moved = await moved_beside(context, kind, before, last[0], sent=frozenset({facet.param}))
        return diverged_by(replace(outcome, moved=moved), calls[0].func) if moved else outcome
    now = in_words(shown(seen.fields.get(field))) if seen else "not to be seen"
    wanted = in_words(shown(edit.after))
    message = sent.message or f"the panel said ok; {field} is {now}, not {wanted}"
    if sent.word in {"lost", "ok", "expired"} and charges:
        return replace(outcome, result="in-doubt", message=message)
    if sent.word == "ok":
        return replace(outcome, result="diverged", message=message)
    return replace(outcome, result="failed", message=message, charged=None)
