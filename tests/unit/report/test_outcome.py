"""What an apply did is reported change by change, then counted."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.model.address import ElementId
from reconciler.model.finding import Source
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Money
from reconciler.report.outcome import (
    adoption_line,
    is_plain_adoption,
    outcome_line,
    outcome_summary,
)
from tests.unit.report import samples

if TYPE_CHECKING:
    from reconciler.model.outcome import Result

PAYER = "from the balance of globex (pay@globex.example)"
AT = Source("a.yaml", 1)


@pytest.mark.parametrize(
    ("result", "message", "words"),
    [
        ("verified", "", "✓ ~ TaxRule/globex-vat  (id 41)                  updated, verified"),
        ("diverged", "rate is 19", "sent, but the panel holds something else: rate is 19"),
        (
            "failed",
            "the panel says\nno",
            r"✗ ~ TaxRule/globex-vat  (id 41)                  not updated: the panel says\nno",
        ),
        ("in-doubt", "", "in doubt"),
        ("skipped", "it needs Client/a", "skipped: it needs Client/a"),
    ],
)
def test_outcome_is_one_line(result: Result, message: str, words: str) -> None:
    """Each result has its sign and its words, and the message stays inert."""
    line = outcome_line(Outcome(samples.update(AT), result, message))

    assert line.endswith(words)
    assert "\n" not in line


def test_adoptions_that_change_nothing_share_a_line() -> None:
    """What differs from that, or did not end well, has a line of its own."""
    plain = [
        Outcome(samples.change(f"TaxRule/a{number}", "adopt", str(number)), "verified")
        for number in range(3)
    ]
    failed = Outcome(plain[0].change, "failed", "the panel says no")
    changed = Outcome(samples.update(AT), "verified")

    assert adoption_line([*plain, failed, changed]) == (
        "  ✓ = 3 adopted as they are: TaxRule/a0, TaxRule/a1, TaxRule/a2"
    )
    assert adoption_line([failed, changed]) == ""
    assert [is_plain_adoption(each) for each in (plain[0], failed, changed)] == [True, False, False]


def test_new_object_is_shown_with_the_id_it_was_given() -> None:
    """After a creation the id is known, and shown."""
    line = outcome_line(Outcome(samples.create(AT), "verified", id=ElementId("99")))

    assert "Discount/globex-june  (id 99)" in line
    assert line.endswith("created, verified")


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (
            "12.50",
            "EUR",
            f"Charged 12.50 EUR {PAYER} for Service/globex-mail.",
        ),
        ("15.00", "EUR", "Service/globex-mail; planned: 12.50 EUR."),
        ("12.50", "USD", "Service/globex-mail; planned: 12.50 EUR."),
    ],
)
def test_charge_that_differs_from_the_plan_says_so(amount: str, unit: str, said: str) -> None:
    """Nobody compares two figures that are a page apart."""
    taken = Money(Decimal(amount), unit, "globex")
    outcome = Outcome(samples.renewal(AT), "verified", charged=taken, from_expenses=True)

    assert said in outcome_summary([outcome])


def test_counts_add_up_and_money_is_named() -> None:
    """The summary counts every outcome and tells what was, or may have been, charged."""
    paid = Money(Decimal("12.50"), "EUR", "globex")
    outcomes = (
        Outcome(samples.renewal(AT), "verified", charged=paid, from_expenses=True),
        Outcome(samples.renewal(AT), "verified", charged=paid),
        Outcome(samples.order(AT), "in-doubt"),
        Outcome(samples.update(AT), "failed"),
        Outcome(samples.delete(), "skipped"),
    )

    text = outcome_summary(outcomes)

    assert text.startswith(
        "Apply: 2 verified, 1 failed, 1 in doubt, 1 skipped.\n"
        f"Charged 12.50 EUR {PAYER} for Service/globex-mail.\n"
        f"Charged 12.50 EUR {PAYER} for Service/globex-mail, as planned; "
        "the client's expenses do not show it.\n"
        f"Perhaps charged 12.50 EUR {PAYER} for Service/globex-web.\n\n"
        "In doubt means"
    )
    assert "reconciler resume" in text.rpartition("In doubt means")[2]
