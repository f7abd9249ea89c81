"""Amounts add up by currency, and an unknown one is never zero."""

from __future__ import annotations

from decimal import Decimal

from reconciler.model.impact import NO_CURRENCY, Amount
from reconciler.planning.impact.sums import CurrencySums, scaled


def test_currencies_are_never_added() -> None:
    """Each has its own sum, rounded once."""
    sums = CurrencySums()
    for currency, amount in (("EUR", "0.005"), ("EUR", "0.005"), ("USD", "-3")):
        sums.add(currency, Decimal(amount), "quoted")
    assert sums.sums() == {
        "EUR": Amount(Decimal("0.01"), "quoted"),
        "USD": Amount(Decimal("-3.00"), "quoted"),
    }


def test_sum_is_as_sure_as_its_least_sure_part() -> None:
    """And with an unknown part it is at least the rest."""
    sums = CurrencySums()
    sums.add("EUR", Decimal(5), "quoted")
    sums.add("EUR", Decimal(1), "computed")
    assert sums.sums()["EUR"] == Amount(Decimal("6.00"), "computed")
    sums.add("EUR", None, "quoted")
    assert sums.sums()["EUR"] == Amount(Decimal("6.00"), "computed", at_least=True)


def test_unknown_alone_stays_unknown() -> None:
    """Also where not even its currency is known, and twelve times over."""
    sums = CurrencySums()
    sums.add("", None, "quoted")
    assert sums.sums() == {NO_CURRENCY: Amount(None, "unknown")}
    assert scaled(sums.sums(), 12) == sums.sums()


def test_sum_of_sums_keeps_what_is_lacking() -> None:
    """A part that is at least something makes the whole so."""
    sums = CurrencySums()
    sums.include_all({"EUR": Amount(Decimal(2), "quoted", at_least=True)})
    sums.include_all({"EUR": Amount(Decimal(3), "quoted")})
    assert sums.sums() == {"EUR": Amount(Decimal("5.00"), "quoted", at_least=True)}
    assert scaled(sums.sums(), 12)["EUR"] == Amount(Decimal("60.00"), "quoted", at_least=True)
