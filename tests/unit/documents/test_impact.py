"""What a plan comes to is written with every amount, its source and its gaps, and read again."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

from reconciler.documents.impact import impact_document, restore_impact
from reconciler.model.address import Address
from reconciler.model.impact import (
    NO_IMPACT,
    Amount,
    ClientImpact,
    Impact,
    LargestChange,
    Message,
    MoneyImpact,
)

SUMS = {
    "EUR": Amount(Decimal("37.20"), "quoted"),
    "USD": Amount(Decimal("5.00"), "computed", at_least=True),
    "unknown": Amount(None, "unknown"),
}
MONEY = MoneyImpact(**{each.name: SUMS for each in fields(MoneyImpact)})
IMPACT = Impact(
    MONEY,
    (ClientImpact("Client/acme", "pay@acme.example", MONEY),),
    3,
    {"EUR": Decimal("-1.25")},
    {"EUR": LargestChange(Decimal(40), "Client/acme")},
    (Message(Address("Client", "acme"), "Client/acme", "welcome", 2),),
)


def test_each_quantity_is_a_map_from_currency_to_amount() -> None:
    """An unknown amount is null, and a partly known one says so."""
    document = impact_document(IMPACT)

    assert document["chargesNow"] == {
        "EUR": {"amount": "37.20", "source": "quoted", "atLeast": False},
        "USD": {"amount": "5.00", "source": "computed", "atLeast": True},
        "unknown": {"amount": None, "source": "unknown", "atLeast": False},
    }
    assert document["clients"][0]["client"] == "Client/acme"
    assert document["clients"][0]["creditLeft"] == document["chargesNow"]
    assert document["largestChange"] == {"EUR": {"amount": "40.00", "client": "Client/acme"}}
    assert document["messages"] == [
        {"address": "Client/acme", "client": "Client/acme", "kind": "welcome", "count": 2}
    ]


def test_document_is_read_as_the_value_that_it_was_made_of() -> None:
    """A saved plan shows the money of the plan."""
    assert restore_impact(impact_document(IMPACT)) == IMPACT
    assert restore_impact(impact_document(NO_IMPACT)) == NO_IMPACT
