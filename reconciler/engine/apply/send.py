"""The sending protocol: a write is sent, read back, perhaps sent once more, and classified.

Invariants: an answer proves nothing, only reading back does; what was sent is sent again only when
reading back shows no effect and a second sending cannot cost anybody a second time.
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

    DONE:      the panel shows what was to be brought about.
    NONE:      it shows nothing of it, and all else is as it was planned on.
    OTHER:     neither: the panel is still at work on it, or somebody else changed the object.
    AMBIGUOUS: several objects could be the one that was created.
    """

    DONE = "done"
    NONE = "none"
    OTHER = "other"
    AMBIGUOUS = "ambiguous"


@dataclass(slots=True, kw_only=True)
class Operation(ABC, Generic[S]):
    """One write of one change: what is sent, how to look at its effect, and when it is done.

    ``calls`` are sent in their order; none are sent where only looking is left. ``form_before`` is
    the form of what an edit changes, for the journal.
    """

    context: ApplyContext
    kind: ResourceKind
    change: Change
    calls: tuple[Call, ...]
    form_before: Mapping[str, str] | None = None

    @property
    def charges(self) -> bool:
        """Whether sending it may take money."""
        return "charge" in self.change.classes

    @abstractmethod
    async def look(self, sent: Sent) -> S:
        """Read what shows the effect, anew."""

    @abstractmethod
    def judge(self, seen: S) -> Evidence:
        """Return what a reading shows of the effect."""

    @abstractmethod
    async def conclude(self, sent: Sent, seen: S) -> Outcome:
        """Return the outcome as the kind of write sees it, had the panel confirmed it.

        Where the effect is there this is the end; else ``send_and_verify`` judges the answer, too.
        """

    def patience(self, status: SendStatus) -> float:
        """Return for how many seconds the effect is looked for."""
        # Nothing left, or the panel said no: no effect is on its way. One look is still taken, for
        # a proxy may have delivered the request twice, and the refusal be that of the second.
        if status in {SendStatus.UNSENT, SendStatus.REFUSED}:
            return 0.0
        # Panels write at once, and their lists follow within moments where they are cached.
        return min(PROOF_SECONDS, max(self.context.deps.target.limits.settle, 0.2))

    def calls_left(self, seen: S) -> tuple[Call, ...]:
        """Return what a second sending carries, after a reading that shows no effect."""
        del seen
        return self.calls


async def send_and_verify(operation: Operation[S]) -> Outcome:
    """Send an operation, read back what came of it, and classify the result.

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

    Raises: SecurityStopError, after which nothing may be sent at all; PanelError when nobody could
            look; StoreError when the journal could not be written.
    """
    sent = await _submit(operation, operation.calls)
    seen = await _read_back(operation, sent)
    if operation.judge(seen) is Evidence.NONE and await _may_resend(operation, sent):
        again = await _submit(operation, operation.calls_left(seen))
        # Each request counts, also the ones whose answers were lost: the panel may have taken them.
        sent = replace(again, requests=sent.requests + again.requests)
        seen = await _read_back(operation, sent)
    outcome = await operation.conclude(sent, seen)
    outcome = _classify(operation, outcome, sent.status, operation.judge(seen))
    return await check_expenses(operation.context, outcome) if operation.charges else outcome


async def _submit(operation: Operation[S], calls: tuple[Call, ...]) -> Sent:
    return await submit_calls(operation.context, operation.change, calls, operation.form_before)


async def _read_back(operation: Operation[S], sent: Sent) -> S:
    """Look for the effect until it is there or can no longer be expected."""
    deps = operation.context.deps
    if sent.status is SendStatus.LOST:
        # The panel may still be at work on it. Looked at sooner it would seem absent, be sent
        # again, and be there twice once the first request took effect.
        await deps.wait_to_settle(operation.change.address)
    return await deps.read_until(
        lambda: operation.look(sent),
        lambda seen: operation.judge(seen) is Evidence.DONE,
        operation.patience(sent.status),
    )


async def _may_resend(operation: Operation[S], sent: Sent) -> bool:
    """Return whether what shows no effect may be sent once more."""
    match sent.status:
        case SendStatus.CONFIRMED | SendStatus.REFUSED:
            # The panel's own words: asked again it would say the same, or do it twice after all.
            return False
        case SendStatus.UNSENT | SendStatus.LOST if operation.charges:
            # A lost order or renewal may still be worked off, and each sending takes money. An
            # unsent one waits for the next run: the line is bad, and would lose the answer, too.
            return False
        case SendStatus.UNSENT | SendStatus.LOST:
            # Nothing of it is there after the time in which it must have taken effect, and what it
            # rests on was read just now: a second sending does what the first was to do.
            return True
        case SendStatus.EXPIRED:
            # The panel refused it for want of a session, and has a new one by now. A proxy may
            # have delivered a twin that was not refused: the client's expenses would show it.
            return not operation.charges or not await has_new_expense(
                operation.context, operation.change
            )


def _classify(
    operation: Operation[S], outcome: Outcome, status: SendStatus, evidence: Evidence
) -> Outcome:
    """Return the outcome by the rows of ``send_and_verify`` that send nothing."""
    if evidence is Evidence.DONE:
        # The object is as declared, whatever the answer was: a refusal may be that of a second
        # delivery. What else the write moved is in the outcome already.
        return outcome
    answer = _CAUSES[status]
    # What was confirmed ends as its description says; else the answer is why nothing is seen.
    confirmed = status is SendStatus.CONFIRMED or evidence is Evidence.AMBIGUOUS
    outcome = replace(outcome, cause=(confirmed and outcome.cause) or answer)
    feared = charged_amount(operation.kind, operation.change, outcome.observed)
    if evidence is Evidence.AMBIGUOUS:
        # One request, several objects: which of them is paid for only a person can say.
        return replace(outcome, result="in-doubt", charged=feared)
    if status in {SendStatus.REFUSED, SendStatus.UNSENT}:
        # The panel said no, or never heard of it, and shows no effect: nothing was done.
        return replace(outcome, result="failed", charged=None)
    if operation.charges:
        # The money may be gone though nothing of it is shown: sent again it would be paid twice.
        return replace(outcome, result="in-doubt", charged=feared)
    if status is SendStatus.CONFIRMED:
        # Said to be done, and seen otherwise: the next plan shows the difference anew.
        return replace(outcome, result="diverged", charged=None)
    # Lost twice, or refused for want of a session twice: without effect, and free of charge.
    return replace(outcome, result="failed", charged=None)
