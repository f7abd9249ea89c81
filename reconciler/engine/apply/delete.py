"""Deleting an object: only what was planned on, and only while nothing declared depends on it."""

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
        """Return more time where the panel closes objects in steps, as a service with a server."""
        return BUSY_SECONDS if self.kind.status else Operation.patience(self, status)

    async def look(self, sent: Sent) -> State:
        """Read list and form."""
        del sent
        planned, panel = self.planned, self.context.panel
        rows = await read_list(panel, self.kind, planned.scope, self.login)
        row = next((row for row in rows if row.row_id == planned.row_id), None)
        if row is not None:
            return row.state if row.state in {"gone", "closing"} else "live"
        # A list may leave out what lives: a filter, a copy that lags behind. The form decides.
        seen = await read_object_form(panel, self.kind, planned, login=self.login)
        return "gone" if seen is None else "live"

    def judge(self, seen: State) -> Evidence:
        """Return OTHER while the panel is closing the object: a second delete would disturb it."""
        if seen == "gone":
            return Evidence.DONE
        return Evidence.OTHER if seen == "closing" else Evidence.NONE

    async def conclude(self, sent: Sent, seen: State) -> Outcome:
        """Return whether the object is gone."""
        outcome = Outcome(self.change, "verified", "", self.change.id, requests=sent.requests)
        if seen == "gone":
            return outcome
        message = sent.message or ("the panel confirmed the deletion, but the object still exists")
        cause = ReasonCode.BEING_DELETED if seen == "closing" else ReasonCode.NOT_APPLIED
        if seen == "closing" and not sent.message:
            message = "the panel is still closing the service; the next run verifies it"
        return replace(outcome, result="diverged", message=message, cause=cause)


async def delete(context: ApplyContext, change: Change, planned: Observed) -> Outcome:
    """Delete one object that is still as it was planned on."""
    kind = context.kind_of(change)
    login = context.parents.login_of(kind, planned.scope.parent)
    current = await refresh(context.panel, kind, planned, None, login=login)
    if current is None or current.state == "gone":
        # Panels answer ok to a delete of nothing, too: nothing is sent, so that nothing is said.
        return Outcome(change, "verified", "already deleted in the panel", change.id)
    is_closing = current.state == "closing"
    if not is_closing and precondition(kind, current) != change.precondition:
        # Somebody changed it, or its id was given to another object: that one is not ours to end.
        return Outcome(change, "failed", MOVED, change.id, cause=ReasonCode.OBJECT_CHANGED)
    if other := await _only_match_of(context, kind, current):
        # Deleted as the duplicate of an object that is gone by now, it would leave none.
        message = f"not deleted: since the plan this became the only object that matches {other}"
        return Outcome(change, "failed", message, change.id, cause=ReasonCode.ONLY_MATCH)
    operation = DeleteOperation(
        context=context,
        kind=kind,
        change=change,
        # What the panel closes already is only looked at.
        calls=() if is_closing else delete_calls(kind, current),
        planned=planned,
        login=login,
    )
    return await send_and_verify(operation)


async def _only_match_of(context: ApplyContext, kind: ResourceKind, target: Observed) -> str:
    """Return the resource whose object was deleted since the plan, and which a target matches.

    By its identity the target could be that object: only the other one made it one too many.
    """
    for desired, observed in context.known.matched.get(target.scope, ()):
        alike = not target.marker and adoptable(kind, desired, target) is not False
        if alike and not isinstance(
            await request_form(context.panel, kind, observed), ObservedForm
        ):
            return str(desired.address)
    return ""
