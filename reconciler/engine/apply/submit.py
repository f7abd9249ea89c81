"""Sending a change's calls, each written down first, and naming what became of them.

Invariants: an intent is durable before its request's first byte, ended at once when that provably
never left, and marked at once when it was refused; a call is sent once here, and whether it is
sent again is decided by looking, elsewhere.
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

    CONFIRMED: the panel said ok, which it also says to what it does not do.
    REFUSED:   the panel said no; of two deliveries by a proxy this may be the second's answer.
    EXPIRED:   the panel refused it because the session had ended.
    UNSENT:    it provably never left: nothing can have happened.
    LOST:      no usable answer came: it may have taken effect, or may still.
    """

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"
    UNSENT = "unsent"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Sent:
    """How sending went; ``requests`` counts the requests that left, ``new_id`` is as answered."""

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
    """Send calls one after the other, up to the first that does not end well.

    ``form_before`` is the form of what an edit changes, for the journal.
    Raises: SecurityStopError, after which nothing may be sent at all.
            StoreError when the intent cannot be written down; then nothing was sent.
    """
    intents = context.intents
    requests = 0
    new_id: str | None = None
    waiting = deque(calls)
    while waiting:
        call = waiting.popleft()
        if intents.stopped:
            raise SecurityStopError(intents.stopped)
        number = intents.intend(intent_of(context, change, call, form_before))
        requests += 1
        try:
            done = await context.panel.submit(call)
        except (RejectedError, AccessError, SessionEndedError) as error:
            # Marked at once, and kept open: looking may find it done all the same, by this run or
            # by the next one, since a refusal may be that of a second delivery.
            intents.refuse(number, str(error))
            further = await next_step(context, change, call, error)
            if further is not None and requests <= STEPS:
                waiting.appendleft(further)
                continue
            expired = isinstance(error, SessionEndedError)
            status = SendStatus.EXPIRED if expired else SendStatus.REFUSED
            return Sent(status, f"{call.func}: {error}", requests)
        except LostAnswerError as error:
            if isinstance(error, SecurityStopError):
                # A redirect or a flood: whoever answers is not the panel that we trust.
                raise
            return Sent(SendStatus.LOST, f"{call.func}: {error}", requests)
        except ReconcilerError as error:
            # It never left. Kept open, it would put a charge in doubt that nobody has asked for.
            intents.withdraw(change, number, str(error))
            if isinstance(error, UnreachableError):
                return Sent(SendStatus.UNSENT, f"{call.func}: {error}", requests - 1)
            raise
        new_id = done.id or new_id
    return Sent(SendStatus.CONFIRMED, "", requests, new_id)


async def next_step(
    context: ApplyContext, change: Change, call: Call, error: PanelError
) -> Call | None:
    """Return what is sent after a refusal: the panel's other function, or a wizard's next step.

    A form that came back says that nothing was made yet; what it proposes goes along.
    """
    kind = context.kind_of(change)
    if not isinstance(error, RejectedError):
        return None
    if call.effect is Effect.ACTION and error.is_missed:
        # The function is not there: some panels suspend and resume by another one for all types.
        other = _elsewhere(kind, change, call.func)
        return replace(call, func=other) if other else None
    if call.effect is not Effect.CREATE or not kind.create_add:
        return None
    if call.func != kind.create_add:
        # Some panels create by the function that edits, some by one of its own: refused by the
        # first, the form says which it is here.
        parent = context.parents.parent_of(change.desired) if change.desired else None
        found = await find_creating(context.panel, kind, parent)
        context.known.create_functions[kind.name] = found
        return replace(call, func=found) if found != call.func else None
    # A wizard's next step came back in place of a confirmation: what it proposes goes along.
    new = [
        (name, text)
        for name, text in error.step.items()
        if text and is_free(name) and not is_confidential(name) and call.param(name) is None
    ]
    return replace(call, params=(*call.params, *new)) if new else None


def _elsewhere(kind: ResourceKind, change: Change, func: str) -> str:
    """Name the function that does on some panels what another does on most; empty for none."""
    variant = change.observed.variant if change.observed else ""
    variant = variant or kind.variant_of(change.desired.fields if change.desired else {})
    ways = (way for facet in kind.facets for way in facet.wire.elsewhere)
    return next((other for usual, other in ways if kind.func(usual, variant) == func), "")


def intent_of(
    context: ApplyContext, change: Change, call: Call, form_before: Mapping[str, str] | None = None
) -> Intent:
    """Return what is written down of a call: enough to settle it by looking, and no secret."""
    kind = context.kind_of(change)
    desired, observed = change.desired, change.observed
    variant = kind.variant_of(desired.fields) if desired else ""
    parent = context.parents.parent_of(desired) if desired else None
    scope = observed.scope if observed else Scope(kind.name, variant, parent)
    # One call may carry a part of the edits only; what it does not carry cannot prove it.
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
    )


def _proves(kind: ResourceKind, edit: Edit, names: Collection[str]) -> bool:
    """Return whether a field shows that a call took effect: the end, an add-on, the identity."""
    facet = kind.facet_of(edit.field)
    if facet is None:
        return False
    if facet.name == kind.addons:
        return f"{facet.param}{edit.key}" in names
    # What else is carried is left out: an order is the same whatever its manifest says by now.
    carried = facet.name in kind.identity and facet.param in names
    return carried or facet.name == kind.paid_through
