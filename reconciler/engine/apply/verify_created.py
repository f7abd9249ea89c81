"""Finish a new object: set its side lists and verify that it is as declared.

Invariant: a new object is judged by the function that planned it; an order that was to be paid
from the balance and waits in the cart is not done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.apply.context import PROOF_SECONDS, ApplyContext
from reconciler.engine.apply.expenses import was_paid
from reconciler.engine.apply.send import Evidence, Operation, send_and_verify
from reconciler.engine.observe.forms import resolve_members
from reconciler.engine.observe.reads import read_member_lists, refresh
from reconciler.mapping.encode import update_calls
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Change, Edit
from reconciler.model.reason import ReasonCode
from reconciler.planning.build.decide import DecisionContext, decide_pair, is_waiting
from reconciler.planning.match.pairing import Match

if TYPE_CHECKING:
    from reconciler.engine.apply.submit import SendStatus, Sent
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.outcome import Result
    from reconciler.model.resource import Desired, Observed

_ENDED = frozenset({"gone", "closing"})


@dataclass(slots=True, kw_only=True)
class MembersOperation(Operation["Observed | None"]):
    """The side lists of a new object: done when planning it again would edit nothing.

    Without side lists nothing is sent, and the reading alone verifies the object.
    """

    desired: Desired
    created: Observed
    login: str

    def patience(self, status: SendStatus) -> float:
        """Return a short time if nothing was sent: the object was read just now."""
        del status
        return PROOF_SECONDS if self.calls else 0.5

    async def look(self, sent: Sent) -> Observed | None:
        """Read row, form and side lists."""
        del sent
        panel, created = self.context.panel, self.created
        return await refresh(panel, self.kind, created, self.desired, login=self.login)

    def judge(self, seen: Observed | None) -> Evidence:
        """Return NONE while a side list is not as wanted: it can safely be set twice."""
        if seen is None:
            return Evidence.OTHER
        left = self.left(seen)
        if not left:
            return Evidence.DONE
        edited = {edit.field for edit in self.change.edits}
        return Evidence.NONE if edited.intersection(left) else Evidence.OTHER

    async def conclude(self, sent: Sent, seen: Observed | None) -> Outcome:
        """Return the last reading and the panel's answer about the side lists."""
        result: Result = "verified" if self.judge(seen) is Evidence.DONE else "diverged"
        element = self.created.row_id
        return Outcome(self.change, result, sent.message, element, seen, sent.requests)

    def left(self, seen: Observed) -> list[str]:
        """Return the fields that a new plan would edit, without the changes that follow."""
        terms = DecisionContext(self.context.work.namespace, self.context.work.today)
        changes = decide_pair(self.kind, Match(self.desired, seen, "marker"), terms)
        return [
            edit.field if change.edits else change.reason
            for change in changes
            if change.action not in {"suspend", "resume", "renew"}
            for edit in change.edits or (Edit(change.reason, None, None),)
        ]


async def verify_created(
    context: ApplyContext,
    change: Change,
    desired: Desired,
    found: Observed,
    *,
    requests: int = 0,
    said: str = "",
) -> Outcome:
    """Set the side lists of a new object, then judge it by the function that planned it.

    ``requests`` were sent for it so far, ``said`` is the panel's answer to the last one.
    """
    kind = context.kind_of(change)
    login = context.parents.login_of(kind, found.scope.parent)
    seen = await refresh(context.panel, kind, found, desired, login=login)
    if seen is None or seen.state in _ENDED:
        return _gone(change, found, requests)
    desired, edits = await _member_edits(context, kind, desired, seen)
    # Side lists cost nothing, even if the object itself was ordered.
    part = replace(change, desired=desired, edits=edits, classes=change.classes - {"charge"})
    calls = update_calls(kind, part, seen, context.call_context(kind, seen.scope.parent))
    operation = MembersOperation(
        context=context,
        kind=kind,
        change=part,
        calls=calls if edits else (),
        desired=desired,
        created=seen,
        login=login,
    )
    members = await send_and_verify(operation)
    requests += members.requests
    last = members.observed
    if last is None or last.state in _ENDED:
        return _gone(change, found, requests)
    change = replace(change, desired=desired)
    outcome = Outcome(change, "verified", "", last.row_id, last, requests)
    pays = "charge" in change.classes and is_waiting(kind, last)
    before = context.charges.expenses_before.get(str(change.address))
    if pays and not await was_paid(context.panel, kind, found.scope.parent, before):
        # A second order would be in the cart too, and both could be paid.
        message = (
            "the order waits in the cart or on an invoice: pay it in the panel; it is not "
            "ordered again"
        )
        return replace(outcome, result="diverged", message=message, cause=ReasonCode.UNPAID)
    left = operation.left(last)
    if not left:
        return outcome
    message = f"created, but these fields differ from the manifest: {', '.join(left)}"
    text = "; ".join(filter(None, [message, said, members.message]))
    return replace(outcome, result="diverged", message=text, cause=ReasonCode.NOT_AS_DECLARED)


def _gone(change: Change, found: Observed, requests: int) -> Outcome:
    """Return the outcome for an object that was created, perhaps paid, and deleted since."""
    message = f"object {found.row_id} existed after the request, and was deleted since"
    result: Result = "in-doubt" if "charge" in change.classes else "diverged"
    return Outcome(
        change, result, message, found.row_id, requests=requests, cause=ReasonCode.OBJECT_GONE
    )


async def _member_edits(
    context: ApplyContext, kind: ResourceKind, desired: Desired, seen: Observed
) -> tuple[Desired, tuple[Edit, ...]]:
    names = [facet.name for facet in kind.members if facet.name in desired.fields]
    if not names:
        return desired, ()
    seen, offers = await read_member_lists(context.panel, kind, seen, names)
    fields = dict(desired.fields)
    edits = []
    for name in names:
        fields[name], _ = resolve_members(kind, desired, name, offers.get(name, {}))
        if fields[name] != seen.fields.get(name):
            edits.append(Edit(name, seen.fields.get(name), fields[name]))
    return desired._replace(fields=fields), tuple(edits)
