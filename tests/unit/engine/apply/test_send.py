"""The decision table of ``send_and_verify``, row by row."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.apply.context import ApplyDeps, open_context
from reconciler.engine.apply.send import Evidence, Operation, send_and_verify
from reconciler.errors import (
    IncompleteError,
    LostAnswerError,
    RejectedError,
    SessionEndedError,
    UnreachableError,
)
from reconciler.model.address import Address, parse_element_id
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Change, Edit
from reconciler.model.target import Auth, Guards, Limits, Target
from reconciler.model.value import Secret
from reconciler.planning.guards import ApplyBudget
from reconciler.store.inventory import FileInventory
from reconciler.store.journal import FileJournal
from reconciler.store.journal_writer import JournalWriter
from reconciler.wire.call import renew_call
from reconciler.wire.reply import Confirmation, Row
from tests.support.clock import InstantClock
from tests.support.planning import CATALOGUE, PlanInputs, kind_of, live
from tests.support.project import NoProgress
from tests.support.reader import SilentReader

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.engine.apply.context import ApplyContext
    from reconciler.engine.apply.submit import Sent
    from reconciler.model.outcome import Result
    from reconciler.wire.call import Call

OK = Confirmation()
REFUSED = RejectedError("value", "period", "no")
EXPIRED = SessionEndedError("the session ended")
UNSENT = UnreachableError("refused")
LOST = LostAnswerError("no answer")
DONE, NONE, OTHER, AMBIGUOUS = Evidence
SETTLE = 30.0
ADDRESS = Address("Service", "web")


@dataclass
class WritablePanel(SilentReader):
    """Answers each write as a test says, and shows so many expenses; None shows no list."""

    answers: list[Confirmation | Exception]
    expenses: int | None = 1
    sent: list[Call] = field(default_factory=list)

    async def submit(self, call: Call) -> Confirmation:
        """Give the next answer."""
        self.sent.append(call)
        answer = self.answers[len(self.sent) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Show the expenses."""
        assert call.func == kind_of("Service").expenses
        if self.expenses is None:
            raise IncompleteError("no right")
        return tuple(
            Row({"id": str(number), "amount": "5.00 EUR"}) for number in range(1, self.expenses + 1)
        )


@dataclass(slots=True, kw_only=True)
class ScriptedOperation(Operation[Evidence]):
    """Sees after each sending what a test says."""

    panel: WritablePanel
    readings: list[Evidence]

    async def look(self, sent: Sent) -> Evidence:
        """Return the reading after the last sending."""
        del sent
        return self.readings[len(self.panel.sent) - 1]

    def judge(self, seen: Evidence) -> Evidence:
        """Return the reading."""
        return seen

    async def conclude(self, sent: Sent, seen: Evidence) -> Outcome:
        """Return an outcome as if the panel had confirmed it."""
        result: Result = "verified" if seen is DONE else "diverged"
        return Outcome(self.change, result, sent.message, requests=sent.requests)


def _context(root: Path, panel: WritablePanel, clock: InstantClock) -> ApplyContext:
    auth = Auth("session", "admin", Secret("env", ("NONE",)))
    target = Target("test", "http://127.0.0.1/billmgr", auth, limits=Limits(settle=SETTLE))
    journal = JournalWriter(FileJournal(root / "journal"))
    inventory = FileInventory(root / "inventory", "test")
    inputs = PlanInputs()
    deps = ApplyDeps(panel, inputs.work(), target, clock, journal, inventory, NoProgress())
    plan = inputs.plan()
    return open_context(deps, plan, ApplyBudget(plan, Guards(), frozenset(), CATALOGUE))


@dataclass
class SendCase:
    """What is answered to each sending, what is seen after it, and how it ends."""

    answers: list[Confirmation | Exception]
    readings: list[Evidence]
    result: Result
    before: int | None = 1
    after: int | None = 1

    def play(self, root: Path, *, charges: bool, clock: InstantClock | None = None) -> Outcome:
        """Send one operation; every scripted answer is to be used up."""
        panel = WritablePanel(self.answers, self.after)
        context = _context(root, panel, clock or InstantClock())
        known = None if self.before is None else tuple(map(str, range(1, self.before + 1)))
        context.charges.expenses_before[str(ADDRESS)] = known
        change = Change(
            ADDRESS,
            "renew",
            (Edit("paidThrough", None, None),),
            observed=live("Service", 5, {}, client=7, variant="vhost"),
            classes=frozenset({"charge"} if charges else ()),
        )
        operation = ScriptedOperation(
            context=context,
            kind=kind_of("Service"),
            change=change,
            calls=(renew_call("service.prolong", parse_element_id("5"), 1),),
            panel=panel,
            readings=self.readings,
        )
        outcome = asyncio.run(send_and_verify(operation))
        assert len(panel.sent) == len(self.answers)
        return outcome


@pytest.mark.parametrize(
    "case",
    [
        SendCase([OK], [DONE], "verified"),
        SendCase([OK], [NONE], "diverged"),
        SendCase([OK], [OTHER], "diverged"),
        SendCase([OK], [AMBIGUOUS], "in-doubt"),
        SendCase([REFUSED], [DONE], "verified"),
        SendCase([REFUSED], [NONE], "failed"),
        SendCase([REFUSED], [OTHER], "failed"),
        SendCase([REFUSED], [AMBIGUOUS], "in-doubt"),
        SendCase([UNSENT, OK], [NONE, DONE], "verified"),
        SendCase([UNSENT, UNSENT], [NONE, NONE], "failed"),
        SendCase([UNSENT], [OTHER], "failed"),
        SendCase([EXPIRED, OK], [NONE, DONE], "verified"),
        SendCase([EXPIRED, EXPIRED], [NONE, NONE], "failed"),
        SendCase([LOST], [DONE], "verified"),
        SendCase([LOST], [OTHER], "failed"),
        SendCase([LOST], [AMBIGUOUS], "in-doubt"),
        SendCase([LOST, OK], [NONE, DONE], "verified"),
        SendCase([LOST, OK], [NONE, NONE], "diverged"),
        SendCase([LOST, LOST], [NONE, NONE], "failed"),
        SendCase([LOST, REFUSED], [NONE, NONE], "failed"),
        SendCase([LOST, LOST], [NONE, DONE], "verified"),
    ],
    ids=str,
)
def test_what_charges_nothing_is_sent_once_more_where_no_effect_is_seen(
    tmp_path: Path, case: SendCase
) -> None:
    """Each row of the table for a create, an edit, a delete, a switch or a membership."""
    outcome = case.play(tmp_path, charges=False)

    assert outcome.result == case.result
    assert outcome.requests == len([each for each in case.answers if each is not UNSENT])
    assert outcome.charged is None


@pytest.mark.parametrize(
    "case",
    [
        SendCase([OK], [DONE], "verified"),
        SendCase([OK], [NONE], "in-doubt"),
        SendCase([OK], [OTHER], "in-doubt"),
        SendCase([OK], [AMBIGUOUS], "in-doubt"),
        SendCase([REFUSED], [DONE], "verified"),
        SendCase([REFUSED], [NONE], "failed"),
        SendCase([REFUSED], [NONE], "in-doubt", after=2),
        SendCase([REFUSED], [NONE], "failed", before=None),
        SendCase([UNSENT], [NONE], "failed"),
        SendCase([LOST], [DONE], "verified"),
        SendCase([LOST], [NONE], "in-doubt"),
        SendCase([LOST], [NONE], "in-doubt", after=2),
        SendCase([LOST], [NONE], "in-doubt", before=None),
        SendCase([LOST], [OTHER], "in-doubt"),
        SendCase([EXPIRED], [DONE], "verified"),
        SendCase([EXPIRED], [OTHER], "in-doubt"),
        SendCase([EXPIRED], [NONE], "in-doubt", after=2),
        SendCase([EXPIRED], [NONE], "in-doubt", after=None),
        SendCase([EXPIRED, OK], [NONE, DONE], "verified"),
        SendCase([EXPIRED, LOST], [NONE, NONE], "in-doubt"),
        SendCase([EXPIRED, EXPIRED], [NONE, NONE], "in-doubt"),
        SendCase([EXPIRED, OK], [NONE, DONE], "verified", before=None),
    ],
    ids=str,
)
def test_charge_is_sent_once_more_only_where_the_expenses_deny_it(
    tmp_path: Path, case: SendCase
) -> None:
    """Each row of the table for an order, a renewal or paid add-ons."""
    assert case.play(tmp_path, charges=True).result == case.result


@pytest.mark.parametrize("answers", [[LOST, OK], [LOST, LOST]])
def test_each_lost_answer_is_waited_for(
    tmp_path: Path, answers: list[Confirmation | Exception]
) -> None:
    """What is looked at sooner seems absent, and is there twice once it takes effect."""
    clock = InstantClock()
    SendCase(answers, [NONE, DONE], "verified").play(tmp_path, charges=False, clock=clock)

    assert clock.seconds >= SETTLE * answers.count(LOST)


def test_amount_of_a_charge_is_what_the_new_expense_shows(tmp_path: Path) -> None:
    """A price that nobody knew before is known once it was taken."""
    case = SendCase([OK], [NONE], "in-doubt", after=2)
    outcome = case.play(tmp_path, charges=True)

    assert outcome.from_expenses
    assert outcome.charged is not None
    assert str(outcome.charged.amount) == "5.00"
