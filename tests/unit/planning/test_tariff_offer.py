"""What the list of tariffs shows of an order whose form cannot open yet."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.kinds.catalogue import discover
from reconciler.model.plan import Money
from reconciler.model.value import Choice
from reconciler.planning.tariff_offer import tariff_offer
from reconciler.wire.reply import Row
from tests.support.planning import declare

if TYPE_CHECKING:
    from reconciler.model.value import Value

CATALOGUE = discover()
KIND = CATALOGUE.by_name["Service"]
GIVEN = {"tariff": "VDS S", "domain": "acme.example"}
ROWS = (
    Row({"id": "5", "name": "VDS S", "price": "5.00 EUR / Month"}),
    Row({"id": "6", "name": "VDS M", "price": "9.00 EUR / 3 months"}),
    Row({"id": "7", "name": "Twin", "price": "1.00 EUR / Month"}),
    Row({"id": "8", "name": "Twin", "price": "2.00 EUR / Month"}),
    Row({"id": "9", "name": "Bare", "price": "5.00 EUR"}),
    Row({"id": "10", "name": "Dots", "price": "6.900 EUR / Month"}),
    Row({"id": "11", "name": "Silent"}),
)


def price(tariff: Choice, months: Value = 3, **fields: Value) -> str:
    """Compute the price of an order."""
    reported = declare("Service", "web", {"client": "acme", "type": "vds", **GIVEN})
    terms = {**reported.fields, "tariff": tariff, "periodMonths": months, **fields}
    found = tariff_offer(CATALOGUE, KIND, terms, ROWS)
    amounts = [part.amount for part in found.parts]
    if None in amounts:
        assert all(part.why for part in found.parts if part.amount is None)
        return "unknown"
    return f"{sum(each for each in amounts if each is not None)} {found.currency}"


@pytest.mark.parametrize(
    ("tariff", "months", "expected"),
    [
        (Choice(label="vds s"), 3, "15.00 EUR"),
        (Choice(id="6"), 3, "9.00 EUR"),
        (Choice(id="6"), 12, "36.00 EUR"),
        (Choice(id="6"), 1, "unknown"),
        (Choice(id="8"), 3, "6.00 EUR"),
        (Choice(label="Twin"), 3, "unknown"),
        (Choice(label="Bare"), 3, "unknown"),
        (Choice(label="Dots"), 3, "unknown"),
        (Choice(label="Silent"), 3, "unknown"),
        (Choice(label="None such"), 3, "unknown"),
        (Choice(label="VDS S"), None, "unknown"),
    ],
)
def test_price_is_that_of_one_tariff_for_whole_spans(
    tariff: Choice, months: Value, expected: str
) -> None:
    """A name of two tariffs, a part of a period, two readings of a number: no price."""
    assert price(tariff, months) == expected


def test_price_with_add_ons_is_unknown() -> None:
    """What they cost, the list of tariffs does not tell."""
    assert price(Choice(id="5"), 3, addons={"7": "1"}) == "unknown"


def test_price_of_a_step_comes_first() -> None:
    """It is for the whole period, which may cost less than so many months."""
    desired = declare(
        "Service", "web", {"client": "acme", "type": "vds", **GIVEN, "periodMonths": 3}
    )
    offer = tariff_offer(
        CATALOGUE, KIND, desired.fields, ROWS, exact=Money(Decimal("12.50"), "EUR")
    )
    assert [(part.name, part.amount) for part in offer.parts] == [("VDS S", Decimal("12.50"))]


def test_seller_and_product_are_known_by_their_columns() -> None:
    """A tax rule names both in the same way; the type of the service counts as well."""
    values = {"id": "5", "name": "VDS S", "project": "Main", "itemtype": "Virtual server"}
    row = Row(values, {"itemtype": "vds"})
    desired = declare("Service", "web", {"client": "acme", "type": "vds", **GIVEN})
    offer = tariff_offer(CATALOGUE, KIND, desired.fields, [row])
    assert sorted(offer.seller) == ["main"]
    assert sorted(offer.product) == ["vds", "virtual server"]
