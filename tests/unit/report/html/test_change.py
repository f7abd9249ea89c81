"""One change of a plan in its page."""

from __future__ import annotations

from decimal import Decimal

from reconciler.model.address import Address
from reconciler.model.plan import Change, Money, Plan
from reconciler.report.html.change import charge_words
from reconciler.report.html.report import render
from reconciler.report.reports import Layout, PlanReport
from tests.support.planning import TARGET


def test_charge_whose_price_the_plan_moves_has_both_amounts() -> None:
    """The page says what the lines on a terminal say."""
    read = Money(Decimal("27.00"), "EUR")
    moved = Money(Decimal("22.50"), "EUR", computed=True, before=read)
    change = Change(Address("Service", "web"), "renew", classes=frozenset({"charge"}), money=moved)
    page = render(PlanReport(Plan(TARGET, (change,), 0, (), "sha256:manifests", {})), Layout())

    assert "computed; 27.00 EUR by the terms before this plan" in charge_words(change)
    assert "computed; 27.00 EUR by the terms before this plan" in page
