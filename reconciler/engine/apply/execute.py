"""Choose the operation of one change, and turn a failure into its outcome.

Invariants: nothing is sent when the object is not as planned; a failure of the panel is an
outcome; a request that may have taken effect is never reported as not done.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.engine.apply.actions import renew, set_suspended
from reconciler.engine.apply.create import create
from reconciler.engine.apply.delete import delete
from reconciler.engine.apply.expenses import note_expenses
from reconciler.engine.apply.update import update
from reconciler.errors import CodecError, PanelError, SecurityStopError, UnreachableError
from reconciler.mapping.prices import planned_charge
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Change
from reconciler.model.reason import ReasonCode
from reconciler.model.resource import Desired, Observed

if TYPE_CHECKING:
    from reconciler.engine.apply.context import ApplyContext


async def execute_change(context: ApplyContext, change: Change) -> Outcome:
    """Execute one planned change: check its precondition, send it, read back, classify the result.

    Raises: SecurityStopError, after which nothing may be sent at all; StoreError.
    """
    if change.action == "blocked":
        return Outcome(change, "skipped", change.reason, change.id, cause=change.reason_code)
    try:
        if "charge" in change.classes:
            await note_expenses(context, change)
        return await _execute(context, change)
    except SecurityStopError:
        raise
    except (PanelError, CodecError) as error:
        return _cut_off(context, change, error)


async def _execute(context: ApplyContext, change: Change) -> Outcome:
    """Execute a change by its action."""
    match change:
        case Change(action="create", desired=Desired() as desired):
            return await create(context, change, desired)
        case Change(
            action="update" | "adopt",
            desired=Desired() as desired,
            observed=Observed() as observed,
        ):
            return await update(context, change, desired, observed)
        case Change(action="delete", observed=Observed() as observed):
            return await delete(context, change, observed)
        case Change(action="suspend" | "resume"):
            return await set_suspended(context, change)
        case Change(action="renew", desired=Desired() as desired):
            return await renew(context, change, desired)
        case _:
            message = f"internal error: {change.address}: incomplete change {change.action!r}"
            raise AssertionError(message)


def _cut_off(context: ApplyContext, change: Change, error: Exception) -> Outcome:
    """Return the outcome of a change that ended with an error: its requests may have effect."""
    sent = context.intents.sent_for(change)
    # All retries failed: each further change would only wait as long and fail too.
    context.known.unreachable = context.known.unreachable or isinstance(error, UnreachableError)
    outcome = Outcome(change, "failed", str(error), change.id, requests=sent)
    if not context.intents.may_have_effect(change):
        # A proxy may have delivered the request twice, and the panel refused the second delivery
        # only: the intent stays open, and the next run reads the panel.
        context.intents.leave_open(change)
        refused = "refused; the result could not be checked: " if sent else ""
        return replace(outcome, message=f"{refused}{error}", cause=ReasonCode.UNSERVED)
    message = f"sent, but the result could not be checked: {error}"
    outcome = replace(outcome, message=message, cause=ReasonCode.UNPROVED)
    if "charge" not in change.classes:
        # Safe to send twice: the next plan compares the object again.
        return outcome
    # The money may have been taken: nothing is charged until the panel was read.
    return replace(outcome, result="in-doubt", charged=planned_charge(change))
