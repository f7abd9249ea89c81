"""A known price is followed to other terms only where one answer is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from reconciler.planning.impact.price_terms import (
    full_span,
    proof_of_taxing,
    repriced,
    settle_actions,
)
from reconciler.planning.pricing import (
    ClientTerms,
    DiscountTerm,
    PricePart,
    Purchase,
    RateTerm,
    TaxTerm,
)

RENEWAL = Purchase(
    action="renewal",
    day=date(2026, 11, 21),
    months=1,
    parts=(PricePart("Cloud S", Decimal("10.00")),),
    currency="EUR",
    pays_in="EUR",
)


def less(share: str) -> ClientTerms:
    """Return the terms of a client with one discount."""
    term = DiscountTerm(
        name="d", share=Decimal(share), actions=frozenset({"order", "renewal"}), priority=0
    )
    return ClientTerms(discounts=(term,))


@pytest.mark.parametrize(
    ("amount", "then", "now", "more", "after"),
    [
        # The tariff explains it.
        ("9.00", less("10"), less("20"), "0", "8.00"),
        # Without a discount before, a price with add-ons is known whole.
        ("13.37", ClientTerms(), less("10"), "0", "12.03"),
        ("13.37", ClientTerms(), less("10"), "2.00", "13.83"),
        # Half of 26.73 and half of 26.74 are both 13.37 off.
        ("13.37", less("50"), ClientTerms(), "0", None),
        # Of a price that is nearly all taken off, nothing is known.
        ("0.00", less("100"), ClientTerms(), "0", None),
        # A long period may cost less than the list of tariffs says.
        ("8.50", ClientTerms(), less("10"), "0", "7.65"),
    ],
)
def test_renewal_is_followed_to_other_terms(
    amount: str, then: ClientTerms, now: ClientTerms, more: str, after: str | None
) -> None:
    """What it was before the discount is known from the tariff or from the discount."""
    found = repriced(RENEWAL, Decimal(amount), then, after=RENEWAL, now=now, more=Decimal(more))
    assert found == (None if after is None else Decimal(after))


def spanned(purchase: Purchase, amount: str, terms: ClientTerms) -> tuple[Decimal, ...]:
    """Return the ends of the full prices that come to an amount; none where they are not known."""
    span = full_span(purchase, Decimal(amount), terms)
    return () if span is None or not span.exists else (span.low, span.high)


BARE = replace(RENEWAL, parts=())
RUBLES = replace(BARE, pays_in="RUB")
RATE = RateTerm(name="r", base="EUR", relate="RUB", worth=Decimal("9.359"), first=date(2026, 1, 1))
WORTH = ClientTerms(rates=(RATE,))
CHEAP = ClientTerms(rates=(replace(RATE, worth=Decimal("0.5")),))
TAX = TaxTerm(name="t", rate=Decimal(20), seller=frozenset({"us"}))
TAXED = replace(BARE, seller=frozenset({"us"}))


@pytest.mark.parametrize(
    ("purchase", "amount", "terms", "ends"),
    [
        # A third off is the same for two prices of a cent's difference.
        (BARE, "6.67", less("33"), ("9.95", "9.96")),
        (BARE, "9.99", ClientTerms(), ("9.99", "9.99")),
        # A discount that takes all off says nothing of what it was.
        (BARE, "0.00", less("100"), ()),
        # A cent of the tariff is more than one of the account, or less.
        (RUBLES, "93.68", WORTH, ("10.01", "10.01")),
        (RUBLES, "93.69", WORTH, ()),
        (RUBLES, "5.00", CHEAP, ("9.99", "10.00")),
        (RUBLES, "93.68", ClientTerms(), ()),
        # A tax that is added, and one that is not.
        (TAXED, "12.00", ClientTerms(taxes=(TAX,), tax_added=True), ("10.00", "10.00")),
        (TAXED, "12.00", ClientTerms(taxes=(TAX,)), ("12.00", "12.00")),
    ],
)
def test_full_prices_are_all_that_come_to_an_amount(
    purchase: Purchase, amount: str, terms: ClientTerms, ends: tuple[str, ...]
) -> None:
    """By the discount, the rate and the tax, each rounded as the panel does."""
    assert spanned(purchase, amount, terms) == tuple(map(Decimal, ends))


@pytest.mark.parametrize(("added", "expected"), [(False, "10.05"), (True, "10.04")])
def test_added_tax_is_followed_once_it_is_proved(*, added: bool, expected: str) -> None:
    """A quote with add-ons is moved only where it is known whether the tax is in it."""
    then = ClientTerms(taxes=(TAX,))
    now = replace(less("33"), taxes=(TAX,))
    amount = Decimal(15)

    assert repriced(TAXED, amount, then, after=TAXED, now=now) is None
    known = replace(then, tax_added=added)
    assert repriced(TAXED, amount, known, after=TAXED, now=now) == Decimal(expected)


@pytest.mark.parametrize(
    ("amount", "whole", "proof"),
    [
        # The tariff's price holds the tax, or the tax stands on top of it.
        ("10.00", False, False),
        ("12.00", True, True),
        # With add-ons that are not known, 12.00 may also be a price that holds the tax.
        ("12.00", False, None),
        ("13.00", True, None),
    ],
)
def test_price_proves_how_taxes_are_taken(*, amount: str, whole: bool, proof: bool | None) -> None:
    """Whether they are added is believed of the tariff alone."""
    bought = replace(RENEWAL, seller=frozenset({"us"}), whole=whole)
    assert proof_of_taxing(bought, Decimal(amount), ClientTerms(taxes=(TAX,))) is proof


def test_nothing_is_left_where_all_is_taken_off() -> None:
    """Whatever it was, and whatever is bought beside it."""
    found = repriced(BARE, Decimal("3.21"), less("50"), after=BARE, now=less("100"))
    assert found == Decimal(0)


def unlabelled(*shares: str) -> ClientTerms:
    """Return the terms of a client whose panel does not name what its discounts are for."""
    each = (DiscountTerm(name=s, share=Decimal(s), actions=None) for s in shares)
    return ClientTerms(discounts=tuple(each))


@pytest.mark.parametrize(
    ("amount", "terms", "full"),
    [
        # The tariff's own price: no discount was given.
        ("10.00", unlabelled("15"), "10.00"),
        ("8.50", unlabelled("15"), "10.00"),
        # The larger of the two counts, whether or not the other would.
        ("8.00", unlabelled("10", "20"), "10.00"),
        # Something stands beside the tariff, or a discount does: neither is certain.
        ("11.00", unlabelled("15"), None),
        ("9.00", unlabelled("15"), None),
    ],
)
def test_price_shows_which_discounts_count(
    amount: str, terms: ClientTerms, full: str | None
) -> None:
    """Where the tariff explains a price in one way alone, the discounts in it are known."""
    order = replace(RENEWAL, action="order")
    settled = settle_actions(order, Decimal(amount), terms)
    expected = () if full is None else (Decimal(full),) * 2
    assert spanned(order, amount, settled) == expected
    assert (settled is terms) == (full is None)
