"""The price of one purchase: each discount, tax and rate that counts or loses, to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.planning.client_terms import TermRow, find_terms
from reconciler.planning.pricing import (
    ClientTerms,
    DiscountTerm,
    Price,
    PricePart,
    Purchase,
    RateTerm,
    TaxTerm,
    compute_price,
    round_money,
    tax_within,
)
from tests.support.planning import CATALOGUE, declare

if TYPE_CHECKING:
    from reconciler.kinds.money_fields import PaidAction

DAY = date(2026, 11, 21)
ORDER = Purchase(
    action="order",
    day=DAY,
    months=3,
    parts=(PricePart("Cloud S", Decimal("15.00")),),
    currency="EUR",
    seller=frozenset({"main provider", "1"}),
    product=frozenset({"vds", "virtual server"}),
)
BOTH: frozenset[PaidAction] = frozenset({"order", "renewal"})


def discount(name: str = "d", share: str | None = "10", **other: Any) -> DiscountTerm:
    """Return a discount on orders and renewals."""
    number = Decimal(share) if share is not None else None
    return replace(DiscountTerm(name=name, share=number, actions=BOTH), **other)


def tax(
    name: str = "t", rate: str = "19", *products: str, seller: str = "main provider"
) -> TaxTerm:
    """Return a tax rule, for some product types or for all."""
    limited = tuple(frozenset({each}) for each in products)
    return TaxTerm(name=name, rate=Decimal(rate), seller=frozenset({seller}), products=limited)


def priced(*discounts: DiscountTerm, purchase: Purchase = ORDER, **terms: Any) -> Price:
    """Return the price of a purchase by some terms."""
    return compute_price(purchase, ClientTerms(discounts, **terms))


def counted(price: Price, kind: str) -> list[str]:
    """Return the names of the steps of a kind that count."""
    return [each.name for each in price.steps if each.kind == kind and each.effect == "counts"]


@pytest.mark.parametrize(
    ("terms", "amount", "winner"),
    [
        ([], "15.00", []),
        ([discount()], "13.50", ["d"]),
        ([discount(share="7.5")], "13.87", ["d"]),
        ([discount(share="100")], "0.00", ["d"]),
        ([discount(first=date(2026, 11, 22))], "15.00", []),
        ([discount(first=DAY)], "13.50", ["d"]),
        ([discount(last=date(2026, 11, 20))], "15.00", []),
        ([discount(last=DAY)], "13.50", ["d"]),
        ([discount(periods=frozenset({12, 24}))], "15.00", []),
        ([discount(periods=frozenset({3, 12}))], "13.50", ["d"]),
        ([discount(actions=frozenset({"renewal"}))], "15.00", []),
        ([discount(actions=frozenset({"order"}))], "13.50", ["d"]),
        ([discount("a"), discount("b", "20")], "12.00", ["b"]),
        ([discount("a", priority=1), discount("b", "20")], "13.50", ["a"]),
        ([discount("a"), discount("b", "20", promotion=True)], "13.50", ["a"]),
        ([discount("a"), discount("b", "20", promotion=True, priority=1)], "12.00", ["b"]),
        (
            [discount("a", priority=-1), discount("b", "5", promotion=True, priority=-9)],
            "14.25",
            ["b"],
        ),
        ([discount("a", priority=-1)], "13.50", ["a"]),
        ([discount("a", priority=-1), discount("b", "5", priority=-2)], "13.50", ["a"]),
    ],
)
def test_one_discount_is_given(terms: list[DiscountTerm], amount: str, winner: list[str]) -> None:
    """By its days, periods, action, priority and size; no two are added up."""
    price = priced(*terms)
    assert (str(price.amount), counted(price, "discount")) == (amount, winner)
    assert price.discount == Decimal("15.00") - Decimal(amount)
    losers = [each for each in price.steps if each.kind == "discount" and each.effect == "loses"]
    assert len(losers) == len(terms) - len(winner)
    assert all(each.why for each in losers)


def test_daily_tariff_has_no_discount_on_renewals() -> None:
    """Orders on it may have one."""
    daily = replace(ORDER, months=0, daily=True)
    assert priced(discount(), purchase=replace(daily, action="renewal")).discount == 0
    assert priced(discount(), purchase=daily).discount == Decimal("1.50")


def test_change_of_addons_has_no_discount() -> None:
    """As the price of add-ons is taken elsewhere."""
    assert priced(discount(), purchase=replace(ORDER, action="change")).discount == 0


@pytest.mark.parametrize(
    "terms",
    [
        [discount(actions=None)],
        [discount(share=None)],
        [discount(priority=None)],
        [discount(periods=None)],
        [discount("a"), discount("b", share=None)],
        [discount("a"), discount("b", "20", promotion=None)],
    ],
)
def test_unknown_discount_that_may_win_leaves_the_price_unknown(terms: list[DiscountTerm]) -> None:
    """It is never taken for none."""
    price = priced(*terms)
    assert (price.amount, price.discount, price.tax) == (None, None, None)
    assert price.why
    assert price.steps[-1].effect == "unknown"


def test_unknown_discount_that_cannot_win_does_no_harm() -> None:
    """Another one has a higher priority, or it is over."""
    first = discount("a", priority=5)
    assert priced(first, discount("b", share=None)).amount == Decimal("13.50")
    assert priced(first, discount("b", actions=None, last=date(2026, 1, 1))).discount


def test_terms_that_were_not_read_leave_it_unknown() -> None:
    """Discounts the price, and tax rules the tax alone."""
    assert compute_price(ORDER, ClientTerms(discounts=None)).amount is None
    price = compute_price(ORDER, ClientTerms(taxes=None))
    assert (price.amount, price.tax) == (Decimal("15.00"), None)


@pytest.mark.parametrize(
    ("rules", "within"),
    [
        ([], "0"),
        ([tax()], "2.39"),
        ([tax(seller="other")], "0"),
        ([tax("t", "19", "vds")], "2.39"),
        ([tax("t", "19", "shared hosting")], "0"),
        ([tax("a", "19"), tax("b", "7", "virtual server")], "0.98"),
        ([tax("a", "0")], "0"),
        ([tax("a", "19"), tax("b", "7")], None),
        ([tax("a", "19"), tax("b", "19")], "2.39"),
    ],
)
def test_tax_is_a_part_of_the_price(rules: list[TaxTerm], within: str | None) -> None:
    """By provider and product type; the amount stays as it is."""
    price = priced(taxes=tuple(rules))
    assert price.amount == Decimal("15.00")
    assert price.tax == (None if within is None else Decimal(within))


def test_tax_of_an_unknown_product_is_unknown() -> None:
    """Where a rule is for some product types."""
    assert (
        priced(purchase=replace(ORDER, product=frozenset()), taxes=(tax("t", "19", "vds"),)).tax
        is None
    )


def rate(base: str, relate: str, worth: str | None, first: date | None = DAY) -> RateTerm:
    """Return a rate of the client."""
    known = Decimal(worth) if worth is not None else None
    return RateTerm(name="r", base=base, relate=relate, worth=known, first=first)


@pytest.mark.parametrize(
    ("rates", "amount"),
    [
        ([rate("EUR", "USD", "1.08")], "16.20"),
        ([rate("USD", "EUR", "0.8")], "18.75"),
        ([rate("EUR", "USD", "2", date(2026, 1, 1)), rate("EUR", "USD", "1.08")], "16.20"),
        ([rate("EUR", "USD", "1.08"), rate("EUR", "USD", "2", date(2026, 12, 1))], "16.20"),
        ([rate("EUR", "USD", "1.0851")], "16.28"),
    ],
)
def test_price_is_converted_by_the_rate_of_the_day(rates: list[RateTerm], amount: str) -> None:
    """In either direction, and before a discount."""
    price = priced(discount(), purchase=replace(ORDER, pays_in="USD"), rates=tuple(rates))
    full = Decimal(amount)
    assert (price.amount, price.currency) == (full - round_money(full / 10), "USD")


@pytest.mark.parametrize(
    "rates",
    [
        [],
        None,
        [rate("EUR", "RUB", "90")],
        [rate("EUR", "USD", "1.08", date(2026, 12, 1))],
        [rate("EUR", "USD", None)],
        [rate("EUR", "USD", "1.08", None)],
        [rate("EUR", "USD", "1.08"), rate("EUR", "USD", "1.09")],
    ],
)
def test_two_currencies_without_a_rate_leave_it_unknown(rates: list[RateTerm] | None) -> None:
    """Nor is the amount taken for one of the other currency."""
    known = None if rates is None else tuple(rates)
    price = priced(purchase=replace(ORDER, pays_in="USD"), rates=known)
    assert (price.amount, price.currency) == (None, "USD")
    assert "EUR" in price.why


def test_part_without_a_price_leaves_it_unknown() -> None:
    """An add-on that no list shows is not free."""
    parts = (*ORDER.parts, PricePart("IP addresses", None, "no list shows its price"))
    price = priced(purchase=replace(ORDER, parts=parts))
    assert (price.amount, price.why) == (None, "IP addresses: no list shows its price")
    assert [each.kind for each in price.steps] == ["product", "addon", "total"]
    assert priced(purchase=replace(ORDER, parts=())).amount is None


@pytest.mark.parametrize(
    ("amount", "rate", "within"),
    [
        ("119", "19", "19.00"),
        ("100", "20", "16.67"),
        ("0.01", "20", "0.00"),
        ("-12", "20", "-2.00"),
    ],
)
def test_tax_within_an_amount(amount: str, rate: str, within: str) -> None:
    """It is the amount less the amount without tax."""
    assert str(tax_within(Decimal(amount), Decimal(rate))) == within


def test_half_a_cent_is_rounded_up() -> None:
    """To two decimals, and to four in an item's cost."""
    assert str(round_money(Decimal("0.125"))) == "0.13"
    assert str(round_money(Decimal("-0.125"))) == "-0.13"
    assert str(round_money(Decimal("1.00005"), Decimal("0.0001"))) == "1.0001"


def row(kind: str, spec: dict[str, Any]) -> TermRow:
    """Return what a manifest declares."""
    return TermRow("x", declare(kind, "x", {"client": "acme", **spec}).fields, live=False)


def test_terms_are_read_from_manifests() -> None:
    """A field that is left out is as the panel has it: every period, priority 0, from today on."""
    terms = find_terms(
        CATALOGUE,
        {
            "Discount": [
                row(
                    "Discount",
                    {"percentage": 10, "appliesTo": "Order and renewal", "periods": [12, "Year"]},
                ),
                row("Discount", {"percentage": 5, "type": "Promotion discount"}),
            ],
            "TaxRule": [row("TaxRule", {"provider": "Main", "rate": 19, "productTypes": ["VDS"]})],
            "CurrencyRate": [
                row(
                    "CurrencyRate",
                    {
                        "base": "EUR",
                        "relate": "RUB",
                        "rate": 925,
                        "amount": 10,
                        "date": "2026-01-01",
                    },
                )
            ],
        },
        DAY,
    )
    both, promotion = terms.discounts or ()
    assert both == DiscountTerm(
        name="x",
        share=Decimal(10),
        actions=BOTH,
        periods=frozenset({12}),
        first=DAY,
        promotion=None,
    )
    assert (promotion.actions, promotion.promotion) == (None, True)
    assert terms.taxes == (tax("x", "19", "vds", seller="main"),)
    (found,) = terms.rates or ()
    assert (found.base, found.relate, found.worth) == ("EUR", "RUB", Decimal("92.5"))


def test_hidden_fields_of_live_terms_are_unknown() -> None:
    """A list alone shows no percentage, and a list that was not read shows nothing."""
    live = TermRow("x", {}, live=True)
    terms = find_terms(
        CATALOGUE, {"Discount": [live], "TaxRule": [live], "CurrencyRate": None}, DAY
    )
    assert terms.rates is None
    assert terms.discounts == (
        DiscountTerm(name="x", share=None, actions=None, priority=None, promotion=None),
    )
    assert terms.taxes == (TaxTerm(name="x", rate=None, seller=frozenset(), products=None),)
    assert compute_price(ORDER, terms).amount is None
