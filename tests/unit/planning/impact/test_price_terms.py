"""A known price is followed to other terms only where one answer is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from reconciler.planning.impact.price_terms import (
    converted_differences,
    full_prices,
    repriced,
    settle_actions,
)
from reconciler.planning.pricing import (
    ClientTerms,
    DiscountTerm,
    PricePart,
    Purchase,
    RateTerm,
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


def test_discount_leaves_every_price_that_it_rounds_alike() -> None:
    """A third off is the same for two prices of a cent's difference."""
    bare = replace(RENEWAL, parts=())
    assert full_prices(bare, Decimal("6.67"), less("33")) == (Decimal("9.95"), Decimal("9.96"))


def test_difference_in_another_currency_is_converted_as_a_whole() -> None:
    """Of two rounded prices the difference is not what the panel converts and rounds."""
    rate = RateTerm(
        name="r", base="EUR", relate="RUB", worth=Decimal("9.359"), first=date(2026, 1, 1)
    )
    paid = replace(RENEWAL, pays_in="RUB")
    terms = ClientTerms(rates=(rate,))
    assert converted_differences(RENEWAL, terms, Decimal("1.00"), Decimal("3.00")) == (
        Decimal("2.00"),
    )
    # 10.01 EUR and 30.01 EUR; 20.00 EUR are 187.18 RUB, and so is the difference of the two.
    assert converted_differences(paid, terms, Decimal("93.68"), Decimal("280.86")) == (
        Decimal("187.18"),
    )
    unknown = converted_differences(paid, ClientTerms(), Decimal("1.00"), Decimal("3.00"))
    assert unknown == (Decimal("1.99"), Decimal("2.00"), Decimal("2.01"))


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
    expected = () if full is None else (Decimal(full),)
    assert full_prices(order, Decimal(amount), settled) == expected
    assert (settled is terms) == (full is None)
