"""One change, done and proved: check what it rests on, send, look again, judge.

Invariants: nothing is sent when the object is not as it was planned on; ``ok`` proves nothing;
an answer that was lost is settled by looking, and a charge in doubt is never sent again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.engine.apply.actions import renew, set_suspended
from reconciler.engine.apply.context import BUSY_SECONDS, MOVED, ApplyContext
from reconciler.engine.apply.create import create
from reconciler.engine.apply.expenses import may_resend, with_expense_check
from reconciler.engine.apply.submit import submit_calls
from reconciler.engine.apply.update import update
from reconciler.engine.look import Seen, ask_form, look_again, look_at_form, look_at_list
from reconciler.errors import CodecError, PanelError, SecurityStopError, UnreachableError
from reconciler.model.outcome import Outcome
from reconciler.planning.calls import delete_calls
from reconciler.planning.match import adoptable
from reconciler.planning.precondition import precondition
from reconciler.planning.price import planned_charge

if TYPE_CHECKING:
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.plan import Change
    from reconciler.model.resource import Observed


async def execute_change(context: ApplyContext, change: Change) -> Outcome:
    """Do one change and say what became of it; failures of the panel are outcomes, not raised.

    Raises: SecurityStopError, after which nothing may be sent at all.
    """
    kind = context.kind_of(change)
    try:
        if "charge" not in change.classes or change.action == "blocked":
            return await _perform(context, kind, change)
        return await with_expense_check(
            context, kind, change, lambda: _perform(context, kind, change)
        )
    except SecurityStopError:
        raise
    except (PanelError, CodecError) as error:
        return _cut_off(context, change, error)


async def _perform(context: ApplyContext, kind: ResourceKind, change: Change) -> Outcome:
    match change.action:
        case "blocked":
            return Outcome(change, "skipped", change.reason, change.id)
        case "create":
            return await create(context, kind, change)
        case "update" | "adopt":
            return await update(context, kind, change)
        case "delete":
            return await _delete(context, kind, change)
        case "suspend" | "resume":
            return await set_suspended(context, kind, change)
        case "renew":
            return await renew(context, kind, change)


def _cut_off(context: ApplyContext, change: Change, error: Exception) -> Outcome:
    """Say what is known of a change that ended with an error: what was sent before may be done.

    What was refused is left to the look of the next run, as it stands in the journal.
    """
    sent = context.intents.sent_for(change)
    # Asked again and again in vain: whatever else is asked of it would only take as long.
    context.known.unreachable = context.known.unreachable or isinstance(error, UnreachableError)
    outcome = Outcome(change, "failed", str(error), change.id, requests=sent)
    if not context.intents.may_have_effect(change):
        context.intents.leave_open(change)
        refused = "it was refused, and nobody could look: " if sent else ""
        return replace(outcome, message=f"{refused}{error}", unserved=True)
    outcome = replace(outcome, message=f"it was sent, and cannot be proved: {error}")
    if "charge" not in change.classes:
        return outcome
    return replace(
        outcome,
        result="in-doubt",
        charged=planned_charge(change),
    )


async def _delete(context: ApplyContext, kind: ResourceKind, change: Change) -> Outcome:
    planned = change.observed
    if planned is None:
        return Outcome(change, "verified", "already gone from the panel")
    login = context.parents.login_of(kind, planned.scope.parent)
    current = await look_again(context.panel, kind, planned, None, login=login)
    if current is None or current.state == "gone":
        return Outcome(change, "verified", "already gone from the panel", change.id)
    if current.state != "closing" and precondition(kind, current) != change.precondition:
        return Outcome(change, "failed", MOVED, change.id, stale=True)
    if heir := await _inherits(context, kind, current):
        message = f"it is the only one now that is what {heir} declares; left alone"
        return Outcome(change, "failed", message, change.id, stale=True)

    async def look() -> str:
        return await _life(context, kind, planned, login)

    calls = delete_calls(kind, current)
    sent = await submit_calls(context, change, calls if current.state != "closing" else ())
    if sent.word == "lost":
        await context.deps.wait_to_settle(change.address)
    patience = BUSY_SECONDS if kind.status else context.deps.patience(sent.word)
    life = await context.deps.read_until(look, lambda word: word == "gone", patience)
    if life == "live" and await may_resend(context, kind, change, sent):
        again = await submit_calls(context, change, calls)
        sent = replace(again, requests=again.requests + sent.requests)
        life = await context.deps.read_until(look, lambda word: word == "gone", patience)
    outcome = Outcome(change, "verified", "", change.id, requests=sent.requests)
    if life == "gone":
        return outcome
    if sent.word != "ok":
        return replace(outcome, result="failed", message=sent.message)
    message = "the panel said ok, but it is still there"
    if life == "closing":
        message = "the panel is still closing it; the next run verifies"
    return replace(outcome, result="diverged", message=message)


async def _inherits(context: ApplyContext, kind: ResourceKind, doomed: Observed) -> str:
    """Name the resource whose object is gone since the plan, and which a doomed one stands for.

    By its identity it could be that one: only what lived beside it made it one too many.
    """
    for desired, observed in context.known.matched[doomed.scope]:
        alike = not doomed.marker and adoptable(kind, desired, doomed) is not False
        if alike and not isinstance(await ask_form(context.panel, kind, observed), Seen):
            return str(desired.address)
    return ""


async def _life(context: ApplyContext, kind: ResourceKind, planned: Observed, login: str) -> str:
    """Tell whether an object lives, is closing, or is gone from form and list alike."""
    rows = await look_at_list(context.panel, kind, planned.scope, login)
    row = next((row for row in rows if row.row_id == planned.row_id), None)
    if row is not None and row.state in {"gone", "closing"}:
        return row.state
    if row is not None:
        return "live"
    seen = await look_at_form(context.panel, kind, planned, login=login)
    return "gone" if seen is None else "live"
