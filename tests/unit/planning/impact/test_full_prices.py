"""Several quotes of a panel leave one full price of a service, or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from reconciler.model.price import FullPrices
from reconciler.planning.impact.full_prices import (
    AddonQuote,
    extreme_prices,
    fitted_prices,
    is_hidden,
    numbers_beyond,
)
from reconciler.planning.pricing import (
    ClientTerms,
    DiscountTerm,
    PricePart,
    Purchase,
    RateTerm,
    TaxTerm,
    compute_price,
    round_money,
)

TARIFF = Decimal("5.00")
ORDER = Purchase(
    action="order",
    day=date(2026, 11, 21),
    months=1,
    parts=(PricePart("Cloud S", TARIFF),),
    currency="EUR",
    pays_in="EUR",
    seller=frozenset({"us"}),
    whole=True,
)
TAX = TaxTerm(name="t", rate=Decimal(19), seller=frozenset({"us"}))


NO_TERMS = ClientTerms()


def less(share: str, terms: ClientTerms = NO_TERMS) -> ClientTerms:
    """Return the terms of a client with one discount, and others."""
    term = DiscountTerm(name="d", share=Decimal(share), actions=frozenset({"order"}))
    return replace(terms, discounts=(term,))


RATE = RateTerm(name="r", base="EUR", relate="GBP", worth=Decimal("0.8197"), first=date(2026, 1, 1))


def quotes(
    order: Purchase, terms: ClientTerms, unit: str, numbers: tuple[int, ...]
) -> list[AddonQuote]:
    """Return what a panel shows for numbers of an add-on that costs so much for each."""
    found = []
    for number in (0, *numbers):
        full = round_money(TARIFF + Decimal(unit) * number)
        price = compute_price(replace(order, parts=(PricePart("", full),)), terms)
        assert price.amount is not None
        bought = order if not number else replace(order, parts=(), whole=False)
        found.append(AddonQuote(bought, {"12": number} if number else {}, price.amount))
    return found


@pytest.mark.parametrize(
    ("order", "terms"),
    [
        (ORDER, less("33.33")),
        (ORDER, less("35", ClientTerms(taxes=(TAX,), tax_added=True))),
        (ORDER, less("35", ClientTerms(taxes=(TAX,)))),
        (replace(ORDER, pays_in="GBP"), less("7.5", ClientTerms(rates=(RATE,)))),
    ],
)
def test_numbers_of_an_add_on_leave_one_price(order: Purchase, terms: ClientTerms) -> None:
    """Of two quotes alone more than one difference may be meant; of further ones, one."""
    shown = quotes(order, terms, "0.37", (3, 5, 10, 20, 40))

    unsure = extreme_prices(shown, replace(terms, tax_added=None), {"12": 3}, {"12": 5})
    found = fitted_prices(shown, replace(terms, tax_added=None), {"12": 3}, {"12": 5})

    assert unsure is not None
    assert len(unsure) > 1
    added = terms.tax_added is True
    assert found == {FullPrices("EUR", Decimal("6.11"), Decimal("6.85"), tax_added=added)}


@pytest.mark.parametrize(
    ("unit", "numbers"),
    [
        # A unit that costs a part of a cent fits no whole price.
        ("0.3737", (3, 5, 10, 20, 40)),
        # One number says too little.
        ("0.37", (5,)),
    ],
)
def test_price_of_a_unit_is_never_forced(unit: str, numbers: tuple[int, ...]) -> None:
    """Where quotes contradict a price of a unit, or are too few, there is none."""
    terms = less("33.33")
    shown = quotes(ORDER, terms, unit, numbers)
    assert not fitted_prices(shown, terms, {}, {"12": 5})


def test_price_that_grows_with_the_number_is_not_one_of_a_unit() -> None:
    """Each unit beyond the tenth costs half: no price of a unit fits all quotes."""
    terms = less("33.33")
    first = quotes(ORDER, terms, "0.40", (5, 10))
    cheaper = quotes(ORDER, terms, "0.30", (20,))[1:]
    assert fitted_prices([*first, *cheaper], terms, {}, {"12": 5}) == set()


def test_terms_that_are_not_known_leave_no_price() -> None:
    """Neither of one quote nor of many."""
    shown = quotes(ORDER, less("10"), "0.37", (5, 10))
    unread = ClientTerms(discounts=None)
    assert extreme_prices(shown, unread, {}, {"12": 5}) is None
    assert fitted_prices(shown, unread, {}, {"12": 5}) is None


def test_words_count_as_one_of_themselves() -> None:
    """A number counts by what it is beyond the proposed one, a proposed word not at all."""
    proposed = {"1": "4", "2": "off", "3": "gold"}
    live = {"1": "10", "2": "on", "3": "gold", "4": "2"}
    assert numbers_beyond(proposed, live) == {"1": 6, "2=on": 1, "4": 2}


@pytest.mark.parametrize(
    ("amount", "terms", "hidden"),
    [
        ("7.00", ClientTerms(), False),
        ("5.00", ClientTerms(), False),
        # The tariff explains it.
        ("4.50", less("10"), False),
        ("6.30", less("10"), True),
        ("7.00", ClientTerms(taxes=(TAX,)), True),
    ],
)
def test_price_hides_what_it_comes_from(*, amount: str, terms: ClientTerms, hidden: bool) -> None:
    """Where a discount or a tax is in it, and the tariff alone does not come to it."""
    bought = replace(ORDER, whole=False)
    assert is_hidden(bought, Decimal(amount), terms) is hidden
