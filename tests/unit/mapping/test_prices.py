"""What a price may come to, and when it is not the one that was planned."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from reconciler.mapping.prices import UNKNOWN, bounded, why_above, why_costs_more
from reconciler.model.plan import Money
from tests.support.planning import declare, kind_of

BOUND = (("EUR", Decimal(20)),)
SERVICE = {"client": "acme", "type": "vds", "tariff": "VDS S", "domain": "a.example"}


SERVICE_KIND = kind_of("Service")


def money(
    amount: str | None, unit: str = "EUR", *, computed: bool = False, bound: bool = False
) -> Money:
    """Return an amount, as a form shows it unless it is computed."""
    known = Decimal(amount) if amount is not None else None
    return Money(known, unit, computed=computed, at_most=BOUND if bound else ())


def test_bound_is_laid_over_what_is_known() -> None:
    """And stands alone where nothing is; without one nothing is changed."""
    desired = declare("Service", "web", {**SERVICE, "maxPrice": {"EUR": 20}})
    assert bounded(SERVICE_KIND, money("5"), desired) == money("5", bound=True)
    assert bounded(SERVICE_KIND, None, desired) == Money(None, "", at_most=BOUND)
    assert bounded(SERVICE_KIND, None, declare("Service", "web", SERVICE)) is None


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (money("20", bound=True), ""),
        (money("20.01", bound=True), "20.01 EUR, more than maxPrice (20.00 EUR)"),
        (money("1", "RUB", bound=True), "maxPrice limits only EUR"),
        (money(None, bound=True), ""),
        (money("99"), ""),
    ],
)
def test_price_respects_its_bound_to_the_cent(known: Money, words: str) -> None:
    """In the currency that the bound names, and in no other."""
    assert (
        (words in why_above(SERVICE_KIND, known))
        if words
        else (why_above(SERVICE_KIND, known) == "")
    )


@pytest.mark.parametrize(
    ("now", "planned", "is_sent"),
    [
        (money("5"), money("5"), True),
        (money("4.99"), money("5"), True),
        (money("5.01"), money("5"), False),
        (money("5", "USD"), money("5"), False),
        (UNKNOWN, money("5"), False),
        (UNKNOWN, UNKNOWN, True),
        (money("99"), UNKNOWN, True),
        (money("20"), money(None, "", bound=True), True),
        (money("20.01"), money(None, "", bound=True), False),
        (money("5", "USD"), money(None, "", bound=True), False),
        (UNKNOWN, money(None, "", bound=True), False),
        (money("16", computed=True), money("16", computed=True), True),
        (money("16", computed=True), money("48"), False),
        (money("16"), money("16", computed=True), True),
        (money("17"), money("16", computed=True), False),
    ],
)
def test_nothing_is_sent_above_the_planned_and_quoted_price(
    now: Money, planned: Money, *, is_sent: bool
) -> None:
    """What a form had shown, and shows no more, is not made up for by what is computed."""
    assert (why_costs_more(SERVICE_KIND, now, planned) == "") is is_sent


@pytest.mark.parametrize(
    ("now", "moved", "is_sent"),
    [
        (money("12"), money("12", computed=True), True),
        (money("12.01"), money("12", computed=True), False),
        (money("12", computed=True), money("12", computed=True), False),
        (money("15"), money(None), True),
        (money("15.01"), money(None), False),
    ],
)
def test_price_that_the_plan_moves_is_compared_with_what_it_moves_to(
    now: Money, moved: Money, *, is_sent: bool
) -> None:
    """Where that is not known, with the price as a form showed it."""
    planned = replace(moved, before=money("15"), at_most=() if moved.amount else BOUND)
    assert (why_costs_more(SERVICE_KIND, now, planned) == "") is is_sent
