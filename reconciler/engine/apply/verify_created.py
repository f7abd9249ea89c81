"""Finishing what was created: its side lists, and the proof that it is as declared.

Invariant: a new object is judged by the decision that planned it; what was to be paid at once and
waits in the cart is not done.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.engine.apply.context import PROOF_SECONDS, ApplyContext
from reconciler.engine.apply.expenses import was_paid
from reconciler.engine.apply.submit import Sent, submit_calls
from reconciler.engine.detail import resolve_members
from reconciler.engine.look import look_again, look_at_members
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Change, Edit
from reconciler.planning.calls import update_calls
from reconciler.planning.decide import Terms, decide_pair, is_waiting
from reconciler.planning.match import Pair

if TYPE_CHECKING:
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.outcome import Result
    from reconciler.model.resource import Desired, Observed

_ENDED = frozenset({"gone", "closing"})


async def verify_created(
    context: ApplyContext, kind: ResourceKind, change: Change, found: Observed, *, sent: Sent
) -> Outcome:
    """Set the side lists of a new object, then judge it by the decision that planned it."""
    desired = change.desired
    if desired is None:
        return Outcome(change, "failed", "nothing to create")
    login = context.parents.login_of(kind, found.scope.parent)
    seen = await look_again(context.panel, kind, found, desired, login=login)
    if seen is None or seen.state in _ENDED:
        return _gone(change, found, sent)
    desired, edits = await _member_edits(context, kind, desired, seen)
    requests, said = sent.requests, [sent.message]
    if edits:
        part = replace(change, desired=desired, edits=edits)
        lists = await _set_members(context, kind, part, seen)
        requests += lists.requests
        said.append(lists.message)
    terms = Terms(context.work.namespace, context.work.today)

    async def look() -> Observed | None:
        return await look_again(context.panel, kind, seen, desired, login=login)

    def open_edits(now: Observed) -> list[str]:
        changes = decide_pair(kind, Pair(desired, now, "marker"), terms)
        return [
            edit.field if change.edits else change.reason
            for change in changes
            if change.action not in {"suspend", "resume", "renew"}
            for edit in change.edits or (Edit(change.reason, None, None),)
        ]

    last = await context.deps.read_until(
        look,
        lambda now: now is not None and not open_edits(now),
        PROOF_SECONDS if edits else 0.5,
    )
    if last is None or last.state in _ENDED:
        return _gone(change, found, replace(sent, requests=requests))
    left = open_edits(last)
    change = replace(change, desired=desired)
    outcome = Outcome(change, "verified", "", last.row_id, last, requests)
    pays = "charge" in change.classes and is_waiting(kind, last)
    before = context.charges.expenses_before.get(str(change.address))
    if pays and not await was_paid(context.panel, kind, found.scope.parent, before):
        message = "it waits in the cart or for its payment: pay it there, it is not ordered again"
        return replace(outcome, result="diverged", message=message, waiting=True)
    if not left:
        return outcome
    message = f"it lives, but differs from what was declared: {', '.join(left)}"
    told = "; ".join(filter(None, [message, *said]))
    return replace(outcome, result="diverged", message=told)


async def _set_members(
    context: ApplyContext, kind: ResourceKind, part: Change, seen: Observed
) -> Sent:
    """Set the side lists, which is safe twice; return how the last sending went, and all counts."""
    calls = tuple(update_calls(kind, part, seen, context.call_context(kind, seen.scope.parent)))
    sent = await submit_calls(context, part, calls)
    if sent.word not in {"lost", "unsent", "expired"}:
        return sent
    again = await submit_calls(context, part, calls)
    return replace(again, requests=sent.requests + again.requests)


def _gone(change: Change, found: Observed, sent: Sent) -> Outcome:
    """Leave to a person what was made, perhaps paid for, and is not there any more."""
    message = f"id {found.row_id} was there after it was sent, and is gone again"
    result: Result = "in-doubt" if "charge" in change.classes else "diverged"
    return Outcome(change, result, message, found.row_id, requests=sent.requests)


async def _member_edits(
    context: ApplyContext, kind: ResourceKind, desired: Desired, seen: Observed
) -> tuple[Desired, tuple[Edit, ...]]:
    names = [facet.name for facet in kind.members if facet.name in desired.fields]
    if not names:
        return desired, ()
    seen, offers = await look_at_members(context.panel, kind, seen, names)
    fields = dict(desired.fields)
    edits = []
    for name in names:
        fields[name], _ = resolve_members(kind, desired, name, offers.get(name, {}))
        if fields[name] != seen.fields.get(name):
            edits.append(Edit(name, seen.fields.get(name), fields[name]))
    return replace(desired, fields=fields), tuple(edits)
