"""The sending protocol: send a write, read back, perhaps send it once more, classify.

Invariants: an answer proves nothing, only reading back does; a write is sent again only when
reading back shows no effect and the second request cannot charge anybody a second time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

from reconciler.engine.apply.context import PROOF_SECONDS, ApplyContext
from reconciler.engine.apply.expenses import check_expenses, has_new_expense
from reconciler.engine.apply.submit import SendStatus, Sent, submit_calls
from reconciler.mapping.prices import charged_amount
from reconciler.model.reason import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Change
    from reconciler.wire.call import Call

S = TypeVar("S")
_CAUSES = {
    SendStatus.CONFIRMED: ReasonCode.NOT_APPLIED,
    SendStatus.REFUSED: ReasonCode.REFUSED,
    SendStatus.EXPIRED: ReasonCode.SESSION_ENDED,
    SendStatus.UNSENT: ReasonCode.UNSENT,
    SendStatus.LOST: ReasonCode.LOST_ANSWER,
}


class Evidence(Enum):
    """What reading back shows of an operation.

    DONE:      the panel shows the effect.
    NONE:      the panel shows no effect, and everything else is as planned.
    OTHER:     neither: the panel is still processing it, or somebody else changed the object.
    AMBIGUOUS: several objects could be the one that was created.
    """

    DONE = "done"
    NONE = "none"
    OTHER = "other"
    AMBIGUOUS = "ambiguous"


@dataclass(slots=True, kw_only=True)
class Operation(ABC, Generic[S]):
    """One write of one change: its calls, how to read its effect, and when it is done.

    ``calls`` are sent in their order; without calls the effect is only read. ``form_before`` is
    the form before an edit, for the journal.
    """

    context: ApplyContext
    kind: ResourceKind
    change: Change
    calls: tuple[Call, ...]
    form_before: Mapping[str, str] | None = None

    @property
    def charges(self) -> bool:
        """Whether sending it may charge money."""
        return "charge" in self.change.classes

    @abstractmethod
    async def look(self, sent: Sent) -> S:
        """Read the effect from the panel."""

    @abstractmethod
    def judge(self, seen: S) -> Evidence:
        """Return what a reading proves about the effect."""

    @abstractmethod
    async def conclude(self, sent: Sent, seen: S) -> Outcome:
        """Return the outcome that the reading gives, as if the panel had confirmed the write.

        If the effect is there this is the result; else ``send_and_verify`` applies the answer too.
        """

    def patience(self, status: SendStatus) -> float:
        """Return for how many seconds the effect is awaited."""
        # Nothing was sent, or the panel refused: no effect will come. It is still read once,
        # because a proxy may have delivered the request twice and the second was refused.
        if status in {SendStatus.UNSENT, SendStatus.REFUSED}:
            return 0.0
        # Panels write immediately, and cached lists follow within moments.
        return min(PROOF_SECONDS, max(self.context.deps.target.limits.settle, 0.2))

    def calls_left(self, seen: S) -> tuple[Call, ...]:
        """Return the calls of a second attempt, after a reading that shows no effect."""
        del seen
        return self.calls


async def send_and_verify(operation: Operation[S]) -> Outcome:
    """Send an operation, read back its effect, and classify the result.

    The first row that fits decides. *Effect* is what reading back shows, *charges* whether the
    operation may take money, *expenses* what the client's list of expenses shows since.

    | answer                  | effect       | charges | expenses       | result                   |
    |-------------------------|--------------|---------|----------------|--------------------------|
    | any                     | done         | –       | –              | verified; diverged where |
    |                         |              |         |                | more moved than was sent |
    | any                     | ambiguous    | –       | –              | in doubt                 |
    | unsent, lost, expired   | none         | no      | –              | sent once more           |
    | expired                 | none         | yes     | nothing new,   | sent once more           |
    |                         |              |         | or never shown |                          |
    | refused, unsent         | none, other  | –       | –              | failed                   |
    | confirmed, lost, expired| none, other  | yes     | –              | in doubt                 |
    | confirmed               | none, other  | no      | –              | diverged                 |
    | lost, expired           | none, other  | no      | –              | failed                   |

    "Sent once more" is decided once, and the second answer by the other rows. Then, for a charge
    whose client's expenses are shown (``check_expenses``):

    | result so far       | expenses                     | result                                  |
    |---------------------|------------------------------|-----------------------------------------|
    | failed              | something new                | in doubt                                |
    | any, of an edit     | more than it was to charge   | in doubt                                |
    | waiting in the cart | nothing new                  | as it is, and nothing was charged       |
    | any                 | something new                | as it is, with the amount that they show|

    Raises: SecurityStopError, after which nothing may be sent at all; PanelError when reading back
            failed; StoreError when the journal could not be written.
    """
    sent = await _submit(operation, operation.calls)
    seen = await _read_back(operation, sent)
    if operation.judge(seen) is Evidence.NONE and await _may_resend(operation, sent):
        again = await _submit(operation, operation.calls_left(seen))
        # Requests whose answers were lost count too: the panel may have executed them.
        sent = replace(again, requests=sent.requests + again.requests)
        seen = await _read_back(operation, sent)
    outcome = await operation.conclude(sent, seen)
    outcome = _classify(operation, outcome, sent.status, operation.judge(seen))
    return await check_expenses(operation.context, outcome) if operation.charges else outcome


async def _submit(operation: Operation[S], calls: tuple[Call, ...]) -> Sent:
    return await submit_calls(operation.context, operation.change, calls, operation.form_before)


async def _read_back(operation: Operation[S], sent: Sent) -> S:
    """Read until the effect is there or can no longer come."""
    deps = operation.context.deps
    if sent.status is SendStatus.LOST:
        # The panel may still be processing it. Read too early, the effect seems absent, the write
        # is sent again, and both requests take effect.
        await deps.wait_to_settle(operation.change.address)
    return await deps.read_until(
        lambda: operation.look(sent),
        lambda seen: operation.judge(seen) is Evidence.DONE,
        operation.patience(sent.status),
    )


async def _may_resend(operation: Operation[S], sent: Sent) -> bool:
    """Return whether a write without visible effect may be sent once more."""
    match sent.status:
        case SendStatus.CONFIRMED | SendStatus.REFUSED:
            # The panel has answered: a second request would get the same answer, or take effect
            # beside a first one that is only slow.
            return False
        case SendStatus.UNSENT | SendStatus.LOST if operation.charges:
            # A lost order or renewal may still be processed, and each request takes money. An
            # unsent one waits for the next run: a bad connection would lose its answer too.
            return False
        case SendStatus.UNSENT | SendStatus.LOST:
            # The time in which it must have taken effect is over, and the object was read just
            # now: a second request does what the first was to do, and costs nothing.
            return True
        case SendStatus.EXPIRED:
            # The panel refused it because the session had ended; there is a new session now. A
            # proxy may have delivered it twice and the first was accepted: that would be a new
            # expense of the client.
            return not operation.charges or not await has_new_expense(
                operation.context, operation.change
            )


def _classify(
    operation: Operation[S], outcome: Outcome, status: SendStatus, evidence: Evidence
) -> Outcome:
    """Return the outcome by the rows of ``send_and_verify`` that send nothing."""
    if evidence is Evidence.DONE:
        # The object is as declared, whatever the answer was: the panel may have refused only a
        # second delivery. The outcome has the side effects already.
        return outcome
    answer = _CAUSES[status]
    # A confirmed write keeps the cause that ``conclude`` found; else the answer is the cause.
    confirmed = status is SendStatus.CONFIRMED or evidence is Evidence.AMBIGUOUS
    outcome = replace(outcome, cause=(confirmed and outcome.cause) or answer)
    feared = charged_amount(operation.kind, operation.change, outcome.observed)
    if evidence is Evidence.AMBIGUOUS:
        # One request, several objects: only a person can find out which of them was paid.
        return replace(outcome, result="in-doubt", charged=feared)
    if status in {SendStatus.REFUSED, SendStatus.UNSENT}:
        # The panel refused the request or never got it, and shows no effect: nothing was done.
        return replace(outcome, result="failed", charged=None)
    if operation.charges:
        # The money may have been taken although no effect is shown yet: reported as failed, it
        # would be ordered again and paid twice.
        return replace(outcome, result="in-doubt", charged=feared)
    if status is SendStatus.CONFIRMED:
        # The panel confirmed it and shows otherwise: the next plan shows the difference again.
        return replace(outcome, result="diverged", charged=None)
    # Lost twice, or the session ended twice: no effect, and nothing to pay.
    return replace(outcome, result="failed", charged=None)
