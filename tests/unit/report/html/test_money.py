"""Money in a page is never added over currencies, and what is not known is never a number."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reconciler.model.impact import NO_CURRENCY, Amount, ClientImpact, MoneyImpact
from reconciler.report.html.bars import money_bars
from reconciler.report.html.element import written
from reconciler.report.html.money import added, amount_words, money_table, number_words

KNOWN = Amount(Decimal("10.005"), "quoted")
COMPUTED = Amount(Decimal(-4), "computed")
UNKNOWN = Amount(None, "unknown")


@pytest.mark.parametrize(
    ("amount", "signed", "words"),
    [
        ("0", False, "0.00"),
        ("0", True, "0.00"),
        ("1234567.891", False, "1,234,567.89"),
        ("-1234.5", False, "−1,234.50"),
        ("12", True, "+12.00"),
        ("0.004", False, "0.004"),
    ],
)
def test_number_of_money_is_written_for_people(amount: str, signed: bool, words: str) -> None:  # noqa: FBT001
    """Thousands are set apart, and a minus is as wide as a plus."""
    assert number_words(Decimal(amount), signed=signed) == words


def test_amount_says_what_is_not_known_of_it() -> None:
    """Nothing known is unknown; a part that is unknown makes *at least*."""
    assert amount_words(UNKNOWN, "EUR") == "unknown EUR"
    assert amount_words(UNKNOWN, NO_CURRENCY) == "unknown"
    assert amount_words(Amount(Decimal(3), "quoted", at_least=True), "EUR") == "at least 3.00 EUR"


def test_sum_is_by_currency_and_as_sure_as_its_least_sure_part() -> None:
    """An unknown part is no zero, and no other currency's number."""
    sums = added([{"EUR": KNOWN, "USD": KNOWN}, {"EUR": COMPUTED}, {"USD": UNKNOWN}])

    assert sums == {
        "EUR": Amount(Decimal("6.005"), "computed"),
        "USD": Amount(Decimal("10.005"), "quoted", at_least=True),
    }
    assert added([{"EUR": UNKNOWN}]) == {"EUR": UNKNOWN}


def test_overdrawn_balance_is_called_so() -> None:
    """Not only coloured."""
    table = written(money_table(MoneyImpact(credit_left={"EUR": COMPUTED, "USD": KNOWN})))

    assert table.count("overdrawn") == 1
    assert "<small>computed </small><span>−4.00</span><strong> overdrawn</strong>" in table


def test_bars_of_two_currencies_are_two_tables_with_scales_of_their_own() -> None:
    """The longest bar of each is whole; what is not known has none."""
    clients = [
        ClientImpact("a", "", MoneyImpact(charges_now={"EUR": Amount(Decimal(1000), "quoted")})),
        ClientImpact("b", "", MoneyImpact(charges_now={"EUR": Amount(Decimal(250), "quoted")})),
        ClientImpact("c", "", MoneyImpact(charges_now={"JPY": Amount(Decimal(5), "quoted")})),
        ClientImpact("d", "", MoneyImpact(charges_now={"JPY": UNKNOWN, NO_CURRENCY: UNKNOWN})),
    ]

    euro, yen = map(written, money_bars(clients))

    assert 'width="100.00%"' in euro
    assert 'width="25.00%"' in euro
    assert yen.count("<rect") == 1
    assert "unknown" in yen


def test_clients_beyond_the_first_are_one_row_without_a_bar() -> None:
    """Their sum would dwarf all others."""
    amounts = [Amount(Decimal(place + 1), "quoted") for place in range(50)]
    clients = [
        ClientImpact(f"c{place}", "", MoneyImpact(into_cart={"EUR": amount}))
        for place, amount in enumerate(amounts)
    ]

    (table,) = map(written, money_bars(clients))

    assert "38 more clients" in table
    assert "741.00" in table
    assert table.count("<rect") == 12
