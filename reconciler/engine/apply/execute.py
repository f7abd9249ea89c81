"""One change, done and proved: check what it rests on, send, look again, judge.

Invariants: nothing is sent when the object is not as it was planned on; ``ok`` proves nothing;
an answer that was lost is settled by looking, and a charge in doubt is never sent again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.engine.apply.actions import renew, set_suspended
from reconciler.engine.apply.context import BUSY_SECONDS, MOVED, Site
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


async def execute_change(site: Site, change: Change) -> Outcome:
    """Do one change and say what became of it; failures of the panel are outcomes, not raised.

    Raises: SecurityStopError, after which nothing may be sent at all.
    """
    kind = site.work.catalogue.by_name[change.address.kind]
    try:
        if "charge" not in change.classes or change.action == "blocked":
            return await _perform(site, kind, change)
        return await with_expense_check(site, kind, change, lambda: _perform(site, kind, change))
    except SecurityStopError:
        raise
    except (PanelError, CodecError) as error:
        return _cut_off(site, change, error)


async def _perform(site: Site, kind: ResourceKind, change: Change) -> Outcome:
    match change.action:
        case "blocked":
            return Outcome(change, "skipped", change.reason, change.id)
        case "create":
            return await create(site, kind, change)
        case "update" | "adopt":
            return await update(site, kind, change)
        case "delete":
            return await _delete(site, kind, change)
        case "suspend" | "resume":
            return await set_suspended(site, kind, change)
        case "renew":
            return await renew(site, kind, change)


def _cut_off(site: Site, change: Change, error: Exception) -> Outcome:
    """Say what is known of a change that ended with an error: what was sent before may be done.

    What was refused is left to the look of the next run, as it stands in the journal.
    """
    sent = len(site.intents[str(change.address)])
    # Asked again and again in vain: whatever else is asked of it would only take as long.
    site.away = site.away or isinstance(error, UnreachableError)
    outcome = Outcome(change, "failed", str(error), change.id, requests=sent)
    if not site.unanswered(change):
        site.leave(change)
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


async def _delete(site: Site, kind: ResourceKind, change: Change) -> Outcome:
    planned = change.observed
    if planned is None:
        return Outcome(change, "verified", "already gone from the panel")
    login = site.login_of(kind, planned.scope.parent)
    current = await look_again(site.panel, kind, planned, None, login=login)
    if current is None or current.state == "gone":
        return Outcome(change, "verified", "already gone from the panel", change.id)
    if current.state != "closing" and precondition(kind, current) != change.precondition:
        return Outcome(change, "failed", MOVED, change.id, stale=True)
    if heir := await _inherits(site, kind, current):
        message = f"it is the only one now that is what {heir} declares; left alone"
        return Outcome(change, "failed", message, change.id, stale=True)

    async def look() -> str:
        return await _life(site, kind, planned, login)

    calls = delete_calls(kind, current)
    sent = await submit_calls(site, change, calls if current.state != "closing" else ())
    if sent.word == "lost":
        await site.wait_to_settle(change.address)
    patience = BUSY_SECONDS if kind.status else site.patience(sent.word)
    life = await site.until(look, lambda word: word == "gone", patience)
    if life == "live" and await may_resend(site, kind, change, sent):
        again = await submit_calls(site, change, calls)
        sent = replace(again, requests=again.requests + sent.requests)
        life = await site.until(look, lambda word: word == "gone", patience)
    outcome = Outcome(change, "verified", "", change.id, requests=sent.requests)
    if life == "gone":
        return outcome
    if sent.word != "ok":
        return replace(outcome, result="failed", message=sent.message)
    message = "the panel said ok, but it is still there"
    if life == "closing":
        message = "the panel is still closing it; the next run verifies"
    return replace(outcome, result="diverged", message=message)


async def _inherits(site: Site, kind: ResourceKind, doomed: Observed) -> str:
    """Name the resource whose object is gone since the plan, and which a doomed one stands for.

    By its identity it could be that one: only what lived beside it made it one too many.
    """
    for desired, observed in site.paired[doomed.scope]:
        alike = not doomed.marker and adoptable(kind, desired, doomed) is not False
        if alike and not isinstance(await ask_form(site.panel, kind, observed), Seen):
            return str(desired.address)
    return ""


async def _life(site: Site, kind: ResourceKind, planned: Observed, login: str) -> str:
    """Tell whether an object lives, is closing, or is gone from form and list alike."""
    rows = await look_at_list(site.panel, kind, planned.scope, login)
    row = next((row for row in rows if row.row_id == planned.row_id), None)
    if row is not None and row.state in {"gone", "closing"}:
        return row.state
    if row is not None:
        return "live"
    seen = await look_at_form(site.panel, kind, planned, login=login)
    return "gone" if seen is None else "live"
