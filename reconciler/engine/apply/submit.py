"""Send the calls of a change, each with an intent in the journal, and return the status.

Invariants: an intent is on the disk before its request is sent, is ended immediately if the
request provably never left, and is marked immediately if it was refused; a call is sent once here:
``send_and_verify`` decides whether it is sent again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from reconciler.documents.values import shown
from reconciler.engine.observe.reads import STEPS, find_creating
from reconciler.errors import (
    AccessError,
    LostAnswerError,
    ReconcilerError,
    RejectedError,
    SecurityStopError,
    SessionEndedError,
    UnreachableError,
)
from reconciler.mapping.marker import marker_of
from reconciler.model.journal import Intent
from reconciler.model.resource import Scope
from reconciler.model.value import Secret
from reconciler.planning.carried_values import carried_values
from reconciler.wire.call import Effect, is_free
from reconciler.wire.raw_call import is_confidential

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from reconciler.engine.apply.context import ApplyContext
    from reconciler.errors import PanelError
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Change, Edit
    from reconciler.wire.call import Call


class SendStatus(Enum):
    """What is known of a write by its answer alone.

    CONFIRMED: the panel answered ok, as it also does when it ignores a request.
    REFUSED:   the panel refused it; if a proxy delivered it twice, perhaps only the second time.
    EXPIRED:   the panel refused it because the session had ended.
    UNSENT:    the request provably never left: it cannot have an effect.
    LOST:      no usable answer came: it may have taken effect, or may still.
    """

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"
    UNSENT = "unsent"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Sent:
    """The result of sending: ``requests`` were sent, ``new_id`` is the id from the answer."""

    status: SendStatus
    message: str = ""
    requests: int = 0
    new_id: str | None = None


async def submit_calls(
    context: ApplyContext,
    change: Change,
    calls: Iterable[Call],
    form_before: Mapping[str, str] | None = None,
) -> Sent:
    """Send calls one after the other, up to the first that is not confirmed.

    ``form_before`` is the form before an edit, for the journal.

    Raises: SecurityStopError, after which nothing may be sent at all.
            StoreError when the intent cannot be written; then nothing was sent.
    """
    intents = context.intents
    requests = 0
    new_id: str | None = None
    waiting = deque(calls)
    while waiting:
        call = waiting.popleft()
        if intents.stopped:
            raise SecurityStopError(intents.stopped)
        number = await intents.intend(intent_of(context, change, call, form_before))
        requests += 1
        try:
            done = await context.panel.submit(call)
        except (RejectedError, AccessError, SessionEndedError) as error:
            # A proxy may have delivered it twice, and the panel refused the second only: the
            # intent stays open until this run or the next one has read the panel.
            await intents.refuse(number, str(error))
            further = await next_step(context, change, call, error)
            if further is not None and requests <= STEPS:
                waiting.appendleft(further)
                continue
            expired = isinstance(error, SessionEndedError)
            status = SendStatus.EXPIRED if expired else SendStatus.REFUSED
            return Sent(status, f"{call.func}: {error}", requests)
        except LostAnswerError as error:
            if isinstance(error, SecurityStopError):
                # A redirect or a flood of data: the server is not the panel that we trust.
                raise
            return Sent(SendStatus.LOST, f"{call.func}: {error}", requests)
        except ReconcilerError as error:
            # It was never sent. An open intent would put a charge in doubt that cannot exist.
            await intents.withdraw(change, number, str(error))
            if isinstance(error, UnreachableError):
                return Sent(SendStatus.UNSENT, f"{call.func}: {error}", requests - 1)
            raise
        new_id = done.id or new_id
    return Sent(SendStatus.CONFIRMED, "", requests, new_id)


async def next_step(
    context: ApplyContext, change: Change, call: Call, error: PanelError
) -> Call | None:
    """Return the call after a refusal: the panel's other function, or a wizard's next step.

    A form in the answer proves that nothing was created yet; its proposed values are sent back.
    """
    kind = context.kind_of(change)
    if not isinstance(error, RejectedError):
        return None
    if call.effect is Effect.ACTION and error.is_missed:
        # The function does not exist: some panels suspend and resume by one for all types.
        other = _elsewhere(kind, change, call.func)
        return replace(call, func=other) if other else None
    if call.effect is not Effect.CREATE or not kind.create_add:
        return None
    if call.func != kind.create_add:
        # Some panels create by the function that edits, some by a separate one: after a refusal
        # by the first, the form shows which one this panel has.
        parent = context.parents.parent_of(change.desired) if change.desired else None
        found = await find_creating(context.panel, kind, parent)
        context.known.create_functions[kind.name] = found
        return replace(call, func=found) if found != call.func else None
    # The answer is a wizard's next step, not a confirmation: send its proposed values back.
    new = [
        (name, text)
        for name, text in error.step.items()
        if text and is_free(name) and not is_confidential(name) and call.param(name) is None
    ]
    return replace(call, params=(*call.params, *new)) if new else None


def _elsewhere(kind: ResourceKind, change: Change, func: str) -> str:
    """Return the function that replaces another on some panels; empty for none."""
    variant = change.observed.variant if change.observed else ""
    variant = variant or kind.variant_of(change.desired.fields if change.desired else {})
    ways = (way for facet in kind.facets for way in facet.wire.elsewhere)
    return next((other for usual, other in ways if kind.func(usual, variant) == func), "")


def intent_of(
    context: ApplyContext, change: Change, call: Call, form_before: Mapping[str, str] | None = None
) -> Intent:
    """Return the intent of a call: enough to resolve it later by reading, and no secret."""
    kind = context.kind_of(change)
    desired, observed = change.desired, change.observed
    variant = kind.variant_of(desired.fields) if desired else ""
    parent = context.parents.parent_of(desired) if desired else None
    scope = observed.scope if observed else Scope(kind.name, variant, parent)
    # A call may carry only some of the edits; a field that it does not carry cannot prove it.
    names = {name for name, _ in call.params}
    proofs = {
        edit.field: str(shown(edit.after)) for edit in change.edits if _proves(kind, edit, names)
    }
    return Intent(
        address=str(change.address),
        action=change.action,
        func=call.func,
        effect=call.effect.value,
        params=tuple(
            (name, "(secret)" if isinstance(value, Secret) else value)
            for name, value in call.params
        ),
        scope=scope,
        login=context.parents.login_of(kind, scope.parent),
        element=observed.row_id if observed else "",
        marker=marker_of(kind, context.work.namespace, desired) if desired else "",
        expects=proofs,
        known=context.known.rows_before.get(scope, ()),
        expenses_before=context.charges.expenses_before.get(str(change.address)),
        lifecycle=desired.lifecycle if desired else None,
        before=form_before
        if call.func == kind.func(kind.update, observed.variant if observed else scope.variant)
        else None,
        values=carried_values(kind, change, call),
        forecast=change.money if "charge" in change.classes else None,
    )


def _proves(kind: ResourceKind, edit: Edit, names: Collection[str]) -> bool:
    """Return whether a field proves that a call took effect: expiry, add-on or identity."""
    facet = kind.facet_of(edit.field)
    if facet is None:
        return False
    if facet.name == kind.addons:
        return f"{facet.param}{edit.key}" in names
    # Other fields are left out: the manifest may have changed them since the order was sent.
    carried = facet.name in kind.identity and facet.param in names
    return carried or facet.name == kind.paid_through
