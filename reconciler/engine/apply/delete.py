"""Delete an object: only if it is as planned, and only if no declared resource needs it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.apply.context import BUSY_SECONDS, MOVED, ApplyContext
from reconciler.engine.apply.send import Evidence, Operation, send_and_verify
from reconciler.engine.observe.reads import (
    ObservedForm,
    read_list,
    read_object_form,
    refresh,
    request_form,
)
from reconciler.mapping.encode import delete_calls
from reconciler.model.outcome import Outcome
from reconciler.model.reason import ReasonCode
from reconciler.planning.match.pairing import adoptable
from reconciler.planning.precondition import precondition

if TYPE_CHECKING:
    from reconciler.engine.apply.submit import SendStatus, Sent
    from reconciler.kinds.kind import ResourceKind, State
    from reconciler.model.plan import Change
    from reconciler.model.resource import Observed


@dataclass(slots=True, kw_only=True)
class DeleteOperation(Operation["State"]):
    """A delete: done when neither the list nor the form shows the object any more."""

    planned: Observed
    login: str

    def patience(self, status: SendStatus) -> float:
        """Return a longer time where the panel deletes in steps, such as a service's server."""
        return BUSY_SECONDS if self.kind.status else Operation.patience(self, status)

    async def look(self, sent: Sent) -> State:
        """Read the list and the form."""
        del sent
        planned, panel = self.planned, self.context.panel
        rows = await read_list(panel, self.kind, planned.scope, self.login)
        row = next((row for row in rows if row.row_id == planned.row_id), None)
        if row is not None:
            return row.state if row.state in {"gone", "closing"} else "live"
        # A list may lack an existing object: a filter, or a replica that lags. The form decides.
        seen = await read_object_form(panel, self.kind, planned, login=self.login)
        return "gone" if seen is None else "live"

    def judge(self, seen: State) -> Evidence:
        """Return OTHER while the panel is deleting the object: a second delete would disturb it."""
        if seen == "gone":
            return Evidence.DONE
        return Evidence.OTHER if seen == "closing" else Evidence.NONE

    async def conclude(self, sent: Sent, seen: State) -> Outcome:
        """Return the outcome: verified once the object is gone."""
        outcome = Outcome(self.change, "verified", "", self.change.id, requests=sent.requests)
        if seen == "gone":
            return outcome
        message = sent.message or ("the panel confirmed the deletion, but the object still exists")
        cause = ReasonCode.BEING_DELETED if seen == "closing" else ReasonCode.NOT_APPLIED
        if seen == "closing" and not sent.message:
            message = "the panel is still closing the service; the next run verifies it"
        return replace(outcome, result="diverged", message=message, cause=cause)


async def delete(context: ApplyContext, change: Change, planned: Observed) -> Outcome:
    """Delete one object if it is still as planned."""
    kind = context.kind_of(change)
    login = context.parents.login_of(kind, planned.scope.parent)
    current = await refresh(context.panel, kind, planned, None, login=login)
    if current is None or current.state == "gone":
        # Panels answer ok to a delete of nothing too: such an answer would prove nothing.
        return Outcome(change, "verified", "already deleted in the panel", change.id)
    is_closing = current.state == "closing"
    if not is_closing and precondition(kind, current) != change.precondition:
        # Somebody changed it, or its id was given to another object, which is not ours to delete.
        return Outcome(change, "failed", MOVED, change.id, cause=ReasonCode.OBJECT_CHANGED)
    if other := await _only_match_of(context, kind, current):
        # The other of the two duplicates was deleted since the plan: no object would be left.
        message = f"not deleted: since the plan this became the only object that matches {other}"
        return Outcome(change, "failed", message, change.id, cause=ReasonCode.ONLY_MATCH)
    operation = DeleteOperation(
        context=context,
        kind=kind,
        change=change,
        # The panel is deleting it already: read it only.
        calls=() if is_closing else delete_calls(kind, current),
        planned=planned,
        login=login,
    )
    return await send_and_verify(operation)


async def _only_match_of(context: ApplyContext, kind: ResourceKind, target: Observed) -> str:
    """Return the resource that a target matches and whose own object was deleted since the plan.

    The target was surplus only because that other object existed.
    """
    for desired, observed in context.known.matched.get(target.scope, ()):
        alike = not target.marker and adoptable(kind, desired, target) is not False
        if alike and not isinstance(
            await request_form(context.panel, kind, observed), ObservedForm
        ):
            return str(desired.address)
    return ""
