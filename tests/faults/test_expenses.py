"""Expenses: the amount that is reported of a charge is the amount that the panel took."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import pytest

from reconciler.engine.apply.expenses import was_paid
from reconciler.errors import DoubtError
from reconciler.mapping.prices import UNKNOWN
from reconciler.model.address import parse_element_id
from reconciler.model.journal import IntentState
from reconciler.panel.readonly import read_functions
from reconciler.report.outcome import outcome_summary
from reconciler.sandbox.faults import ErrorFault, Redirect, Rights, Stale, Status
from reconciler.wire.reply import Row
from tests.faults.initial_state import initial_state, plan_of, requests_of
from tests.faults.operations import OPERATIONS
from tests.faults.panel_state import new_charges, query_panel
from tests.support.connection import ConnectionFault
from tests.support.project import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.outcome import Outcome
    from reconciler.ports import Reader
    from reconciler.sandbox.faults import Fault
    from reconciler.wire.call import Call
    from tests.faults.trial import Trial

EXPENSES = "subaccount.expense"
CHARGING = ("order", "renewal", "paid")


def _said(trial: Trial, operation: str) -> Outcome:
    return next(o for o in trial.outcomes if str(o.change.address) == OPERATIONS[operation].address)


@pytest.mark.parametrize(("operation", "share"), [("order", 50), ("renewal", 50), ("paid", 20)])
def test_charge_is_reported_as_the_expenses_show_it(
    operation: str, share: int, tmp_path: Path
) -> None:
    """A discount that the price does not show makes no later report false."""
    trial = initial_state().begin(tmp_path, operation)
    plan = plan_of(operation)
    query_panel(trial, "UPDATE discount SET percentage = ?", share)

    trial.apply(plan)

    said, (taken,) = _said(trial, operation), new_charges(trial)
    assert said.from_expenses
    assert said.charged is not None
    assert (said.charged.amount, said.charged.currency) == (taken.amount, taken.currency)
    planned = [change.money.amount for change in plan.changes if change.money]
    assert len(planned) == 1
    # No discount lowers a change of add-ons: its price is that of the plan.
    lowered = operation != "paid"
    assert all(amount is not None and amount - taken.amount > 0 for amount in planned) is lowered
    assert lowered or planned == [taken.amount]


def test_add_on_of_which_a_moved_discount_hides_the_price_is_not_sent(tmp_path: Path) -> None:
    """Where it takes nearly all off, many prices come to the same: the most is above the plan."""
    trial = initial_state().begin(tmp_path, "paid")
    plan = plan_of("paid")
    query_panel(trial, "UPDATE discount SET percentage = '99.7'")

    trial.apply(plan)

    assert new_charges(trial) == []
    assert "plan again" in _said(trial, "paid").message


@pytest.mark.parametrize("operation", CHARGING)
@pytest.mark.parametrize(
    "fault",
    [
        ErrorFault(type="access", func=EXPENSES, count="always"),
        ErrorFault(type="missed", func=EXPENSES, count="always"),
        Status(status=500, func=EXPENSES, count="always"),
    ],
    ids=["denied", "missing", "failing"],
)
def test_hidden_expenses_do_not_stop_a_charge(fault: Fault, operation: str, tmp_path: Path) -> None:
    """A user without access to the expenses gets the planned amount, named as planned."""
    trial = initial_state().begin(tmp_path, operation)

    trial.apply(plan_of(operation), fault)

    said = _said(trial, operation)
    assert said.result == "verified"
    assert not said.from_expenses
    assert said.charged == (said.change.money or UNKNOWN)
    reported = said.charged.amount is not None
    text = outcome_summary(trial.outcomes)
    assert "the client's expenses do not show it" in text
    assert (", as planned" in text, "\nCharged " in text) == (reported, reported)
    assert len(new_charges(trial)) == 1


@pytest.mark.parametrize("operation", CHARGING)
def test_redirect_while_expenses_are_read_stops_further_writes(
    operation: str, tmp_path: Path
) -> None:
    """What was charged is reported; nothing is sent to a panel that sends us elsewhere."""
    trial = initial_state().begin(tmp_path, operation, "suspend")
    call = [i for i, sent in enumerate(_expense_reads(operation), 1) if sent][-1]

    trial.apply(plan_of(operation, "suspend"), Redirect(func=EXPENSES, call=call, count="always"))

    assert _said(trial, operation).result == "verified"
    assert len(new_charges(trial)) == 1
    assert trial.code == 6 or _said(trial, "suspend").result == "verified"
    last = max(i for i, sent in enumerate(trial.requests) if sent.func == EXPENSES)
    assert [sent for sent in trial.requests[last:] if sent.writes] == []


def _expense_reads(operation: str) -> list[bool]:
    return [True for sent in requests_of(operation, "suspend") if sent.func == EXPENSES]


def test_second_expense_of_one_paid_edit_is_in_doubt(tmp_path: Path) -> None:
    """The values are as wanted either way: the expenses alone show that it was charged twice."""
    trial = initial_state().begin(tmp_path, "paid")
    query_panel(
        trial,
        "CREATE TRIGGER twice AFTER INSERT ON expense WHEN NEW.name <> 'again' BEGIN INSERT INTO"
        " expense (account, subaccount, item, name, amount, realdate, cdate) VALUES (NEW.account,"
        " NEW.subaccount, NEW.item, 'again', NEW.amount, NEW.realdate, NEW.cdate); END",
    )

    trial.apply(plan_of("paid"))

    said, (taken,) = _said(trial, "paid"), new_charges(trial)
    assert said.result == "in-doubt"
    assert said.message.startswith("one request was sent, but the client was charged 2 times: ")
    assert said.charged is not None
    assert said.charged.amount == taken.amount * Decimal(2)
    assert trial.code == 7


def test_order_not_found_but_charged_is_not_sent_again(tmp_path: Path) -> None:
    """Where what was ordered is not to be known again, its expense still forbids a second order."""
    trial = initial_state().begin(tmp_path, "order")
    trial.target = replace(trial.target, resend_after_settle=True)
    killed = ConnectionFault(how="killed", when="after", func="vhost.order.param", request="write")
    trial.apply(plan_of("order"), killed)
    sql = "UPDATE item SET remoteid = '', domain = 'other' WHERE id = (SELECT max(id) FROM item)"
    query_panel(trial, sql)

    trial.apply(None)

    assert isinstance(trial.error, DoubtError)
    assert "the client has a new expense" in str(trial.error)
    assert len(new_charges(trial)) == 1
    query_panel(trial, "DELETE FROM expense WHERE id = (SELECT max(id) FROM expense)")
    assert trial.apply(None) == {OPERATIONS["order"].address: "verified"}
    assert len(new_charges(trial)) == 2


def test_refused_order_with_a_new_expense_is_in_doubt(tmp_path: Path) -> None:
    """A proxy delivers an order twice, the second is refused, and the list shows neither yet."""
    trial = initial_state().begin(tmp_path, "order")
    late = Stale(func="vhost", count="always")
    refused = ErrorFault(type="balance", when="after", func="vhost.order.param", request="write")

    trial.apply(plan_of("order"), refused, late)

    assert trial.code == 7
    assert "but the client has a new expense" in _said(trial, "order").message
    assert [item.intent.action for item in trial.journal.open_intents()] == ["create"]
    trial.apply(None)
    assert trial.code == 0
    assert len(new_charges(trial)) == 1


@pytest.mark.parametrize("end", ["killed", "stopped"])
def test_refused_order_that_was_not_verified_is_checked_against_expenses(
    end: str, tmp_path: Path
) -> None:
    """The next run looks before it orders: the expenses show what the list does not yet."""
    trial = initial_state().begin(tmp_path, "order")
    refused = ErrorFault(type="balance", when="after", func="vhost.order.param", request="write")
    place: dict[str, Any] = {"func": "vhost", "request": "read", "call": _proof("order")}
    ends = {"killed": ConnectionFault(how="killed", **place), "stopped": Redirect(**place)}

    trial.apply(plan_of("order"), refused, ends[end])
    trial.apply(None, Rights(func="vhost", rows={"domain": "acme-shop*"}, count="always"))

    assert trial.code == 7
    assert len(new_charges(trial)) == 1
    trial.apply(None)
    assert trial.code == 0
    assert len(new_charges(trial)) == 1


def _proof(operation: str) -> int:
    """Count the readings of its list up to the first one after a write."""
    line = requests_of(operation)
    write = next(i for i, sent in enumerate(line) if sent.writes)
    listed = [sent for sent in line[:write] if sent.func == "vhost"]
    return len(listed) + 1


def test_plan_reads_no_expenses() -> None:
    """They are an apply's and a settling's: a plan is made without them."""
    assert all(sent.func != EXPENSES for sent in requests_of("discount"))
    assert EXPENSES in read_functions(KINDS)


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("paid", [False, True])
def test_order_that_is_paid_and_not_yet_opened_is_done(
    *, paid: bool, killed: bool, tmp_path: Path
) -> None:
    """An order waits for its payment and for the panel under one word: the expenses show which."""
    trial = initial_state().begin(tmp_path, "order")
    query_panel(
        trial,
        "CREATE TRIGGER slow AFTER UPDATE OF status ON item WHEN NEW.status <> '1'"
        " BEGIN UPDATE item SET status = '1' WHERE id = NEW.id; END",
    )
    if not paid:
        query_panel(
            trial,
            "CREATE TRIGGER unpaid AFTER INSERT ON expense"
            " BEGIN DELETE FROM expense WHERE id = NEW.id; END",
        )
    dies = ConnectionFault(how="killed", when="after", func="vhost.order.param", request="write")

    trial.apply(plan_of("order"), *[dies] * killed)

    reported = [outcome.charged is not None for outcome in trial.outcomes]
    assert reported == ([] if killed else [paid])
    for _ in range(2):
        if killed:
            trial.apply(None)
        assert trial.code == (0 if paid else 6)
        assert [item.state is IntentState.WAITING for item in trial.journal.open_intents()] == (
            [] if paid else [True]
        )
        assert len(new_charges(trial)) == 1
        killed = True


class _ExpenseReader:
    """Satisfies what reading expenses asks of a reader."""

    def __init__(self, *owed: str) -> None:
        self.owed = owed

    async def rows(self, _call: Call) -> tuple[Row, ...]:
        return tuple(
            Row({"id": str(number), "amount": "2.70 EUR", "notpayd": text}, {})
            for number, text in enumerate(self.owed, 1)
        )


@pytest.mark.parametrize(
    ("owed", "before", "paid"),
    [
        (("0.00 EUR",), (), True),
        (("",), (), True),
        (("0.00 EUR", "0.00"), ("1",), True),
        (("2.70 EUR",), (), False),
        (("0.00 EUR", "0.01 EUR"), (), False),
        (("2.70 EUR", "0.00 EUR"), ("1",), True),
        (("0.00 EUR",), ("1",), False),
        (("soon",), (), False),
        (("0.00 EUR",), None, False),
    ],
)
def test_expense_counts_as_paid_when_nothing_of_it_is_owed(
    owed: tuple[str, ...], before: tuple[str, ...] | None, *, paid: bool
) -> None:
    """What came since decides, all of it, and only where it can be read."""
    kind = KINDS.by_name["Service"]
    found = was_paid(cast("Reader", _ExpenseReader(*owed)), kind, parse_element_id("7"), before)

    assert asyncio.run(found) is paid
