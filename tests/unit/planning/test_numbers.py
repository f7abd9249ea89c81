from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.mapping.decode import plain_values, prove_columns, read_form, read_row
from reconciler.mapping.prices import live_price
from reconciler.model.address import Address
from reconciler.model.number import UNPROVED, NumberShape
from reconciler.model.plan import Change, Edit, Money, Plan
from reconciler.model.target import Guards
from reconciler.model.value import Choice
from reconciler.planning.build.decide import DecisionContext, decide_pair
from reconciler.planning.guards import check_guards
from reconciler.planning.match.pairing import Match
from reconciler.wire.reply import Form, Row
from tests.support.planning import CATALOGUE, TARGET, TODAY, declare, kind_of, scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.resource import Observed

POINT, COMMA = NumberShape("."), NumberShape(",")
RATE = {"client": "acme", "base": Choice("1"), "relate": Choice("2"), "date": "2026-12-01"}


def _services(*rows: Mapping[str, str], shape: NumberShape = UNPROVED) -> list[Observed]:
    kind, where = kind_of("Service"), scope("Service", 7, "vds")
    listed = [
        Row({"id": str(number), "period": "1", **row}, numbers=shape)
        for number, row in enumerate(rows, 1)
    ]
    proved = prove_columns(kind, listed)
    return [read_row(kind, where, row, proved) for row in listed]


def _rate(row: str, form: str, shape: NumberShape = UNPROVED) -> Observed:
    kind = kind_of("CurrencyRate")
    listed = Row({"id": "5", "rate": row} if row else {"id": "5"}, numbers=shape)
    observed = read_row(kind, scope("CurrencyRate", 7), listed)
    return read_form(kind, observed, Form({"rate": form}, numbers=shape))


def _price(row: Mapping[str, str], *others: Mapping[str, str]) -> Money:
    return live_price(kind_of("Service"), _services(row, *others)[0])


@pytest.mark.parametrize(
    ("cost", "amount"),
    [("6.900 RUB", None), ("6 900 RUB", "6900"), ("6.900,00 RUB", "6900"), ("6.90 RUB", "6.9")],
)
def test_price_with_two_readings_is_unknown(cost: str, amount: str | None) -> None:
    """A thousand may be printed with a point; a guess would pass a bound that it is far beyond."""
    price = _price({"cost": cost})

    assert price.amount == (None if amount is None else Decimal(amount))
    assert price.unclear == ("" if amount else cost)
    assert price.currency == "RUB"


@pytest.mark.parametrize(
    ("plain", "amount"), [("6900.0000", "6900"), ("6.9000", "6.9"), ("5.0000", None)]
)
def test_known_amount_in_another_column_decides(plain: str, amount: str | None) -> None:
    """Where the other column holds one of the two readings, that is what the price is."""
    price = _price({"price": "6.900 RUB / Month", "amount": plain})

    assert price.amount == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("beside", "amount"),
    [("10.50 RUB", "6.9"), ("10,50 RUB", "6900"), ("1.234.567 RUB", "6900"), ("7.500 RUB", None)],
)
def test_other_rows_of_the_column_decide(beside: str, amount: str | None) -> None:
    """One column is printed in one shape, so a plain number in it settles the doubtful ones."""
    price = _price({"cost": "6.900 RUB"}, {"cost": beside})

    assert price.amount == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(("shape", "amount"), [(POINT, "6.9"), (COMMA, "6900")])
def test_declared_shape_decides(shape: NumberShape, amount: str) -> None:
    """What the target says of its numbers outranks what a column seems to show."""
    price = live_price(kind_of("Service"), _services({"cost": "6.900 RUB"}, shape=shape)[0])

    assert price == Money(Decimal(amount), "RUB")


def test_doubtful_number_of_a_form_is_what_the_list_shows_plainly() -> None:
    """The list prints the same rate with four decimals, which leaves one reading."""
    assert _rate("92.5010", "92.501").fields["rate"] == Decimal("92.501")
    assert "rate" not in _rate("92.5010", "93.501").fields
    assert "rate" not in _rate("", "92.501").fields
    assert _rate("", "92.501", POINT).fields["rate"] == Decimal("92.501")


def test_field_with_two_readings_blocks_with_the_setting_to_add() -> None:
    """Neither equal nor different can be said of it, and the message says what decides it."""
    desired = declare("CurrencyRate", "r", {**RATE, "rate": Decimal("92.501")})
    pair = Match(desired, _rate("", "92.501"), "inventory")
    changes = decide_pair(kind_of("CurrencyRate"), pair, DecisionContext("shop", TODAY))

    assert [change.action for change in changes] == ["blocked"]
    assert "rate: '92.501' is 92.501 with numbers" in changes[0].reason
    assert 'numbers: {decimal: ","}' in changes[0].reason


def test_guard_that_cannot_decide_refuses_with_the_setting_to_add() -> None:
    """A bound on money is no bound on an amount that may be a thousand times more."""
    charge = Change(
        Address("Service", "web"),
        "create",
        classes=frozenset({"charge"}),
        money=Money(None, "RUB", unclear="6.900 RUB"),
    )
    plan = Plan(TARGET, (charge,), 0, (), "", {})
    guards = Guards(max_charge={"RUB": Decimal(500)})
    (refusal,) = check_guards(plan, guards, frozenset({"charge"}), CATALOGUE).refusals

    assert "'6.900 RUB' is 6.9 with numbers" in refusal
    assert "6900 with numbers" in refusal
    assert "maxCharge" in refusal


def test_move_of_a_number_with_two_readings_cannot_be_judged() -> None:
    """The rate may be for a thousand units: the setting decides, or a consent."""
    kind = kind_of("CurrencyRate")
    row = read_row(kind, scope("CurrencyRate", 7), Row({"id": "5", "rate": "92.50"}))
    seen = read_form(kind, row, Form({"rate": "92.50", "amount": "1.000"}))
    edit = Edit("amount", None, Decimal(1))
    change = Change(Address("CurrencyRate", "r"), "update", (edit,), observed=seen)
    plan = Plan(TARGET, (change,), 0, (), "", {})
    guards = Guards(max_rate_move=Decimal("0.1"))
    (refusal,) = check_guards(plan, guards, frozenset(), CATALOGUE).refusals

    assert "is unknown (maxRateMove)" in refusal
    assert "'1.000' is 1 with numbers" in refusal


@pytest.mark.parametrize(("text", "shown"), [("1.000", {}), ("5", {"7": "5"}), ("on", {"7": "on"})])
def test_addon_with_two_readings_is_not_shown(text: str, shown: Mapping[str, str]) -> None:
    """A thousand units are not one unit."""
    kind = kind_of("Service")
    observed = read_form(kind, _services({})[0], Form({"addon_7": text}))

    assert observed.fields["addons"] == shown


def test_add_on_of_a_declared_shape_is_kept_plainly() -> None:
    """What is compared and copied has no marks that could be taken for others."""
    kind = kind_of("Service")
    form = Form({"addon_7": "1.000", "cost": "6.900,50 RUB / Month"}, numbers=COMMA)

    assert read_form(kind, _services({})[0], form).fields["addons"] == {"7": "1000"}
    assert plain_values(kind, form) == {"addon_7": "1000", "cost": "6900.50 RUB/ Month"}


@pytest.mark.parametrize(("text", "rate"), [("12.500", "12.5"), ("1,000 %", "1"), ("150", "150")])
def test_percentage_is_never_read_as_thousands(text: str, rate: str) -> None:
    """No tax is above a hundred per cent, so there is one reading."""
    observed = read_row(kind_of("TaxRule"), scope("TaxRule", 7), Row({"id": "5", "taxrate": text}))

    assert observed.fields["rate"] == Decimal(rate)
