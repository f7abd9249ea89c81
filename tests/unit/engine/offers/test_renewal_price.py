"""What a renewal costs: by its own form, and without one as the list prints it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from reconciler.engine.offers.renewal_price import renewal_price, renewal_quote, wants_renewal
from reconciler.errors import AccessError, RejectedError
from reconciler.kinds.catalogue import discover
from reconciler.mapping.prices import UNKNOWN
from reconciler.model.plan import Money
from reconciler.planning.impact.facts import RenewalQuote
from reconciler.planning.impact.recurring import monthly_price
from reconciler.wire.reply import Form
from tests.support.order_forms import OrderFormReader
from tests.support.planning import declare, live

KIND = discover().by_name["Service"]
SERVICE = replace(
    live("Service", 5, {"periodMonths": 3}, client=7, variant="vds"),
    notes={"price": "16.5000", "currency": "EUR"},
)
LISTED = Money(Decimal("16.5000"), "EUR", computed=True)


def price(answer: Form | Exception, *, is_bounded: bool = False) -> Money:
    """Ask what three months more cost."""
    desk = OrderFormReader(service_prolong=answer)
    found = asyncio.run(renewal_price(desk, KIND, SERVICE, 3, is_bounded=is_bounded))
    assert desk.asked == [("service.prolong", {"elid": "5", "period": "3"})]
    return found


@pytest.mark.parametrize("is_bounded", [False, True])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"cost": "48.56 EUR"}, Money(Decimal("48.56"), "EUR")),
        ({"cost": "16.20 EUR / Month"}, Money(Decimal("48.60"), "EUR")),
        ({"price": "48.56"}, Money(Decimal("48.56"), "EUR")),
        ({"price": "4", "currency_str": "USD"}, Money(Decimal(4), "USD")),
    ],
)
def test_renewal_form_shows_its_price(
    values: dict[str, str], expected: Money, *, is_bounded: bool
) -> None:
    """For the whole period; in the currency of the list where the form names none."""
    assert price(Form(values), is_bounded=is_bounded) == expected


def test_price_with_two_readings_is_neither() -> None:
    """Nor is it made up for by the list."""
    assert price(Form({"cost": "6.900 EUR"})) == Money(None, "EUR", unclear="6.900 EUR")
    desk = OrderFormReader(service_prolong=Form({"cost": "6.900 EUR"}))
    quote = asyncio.run(renewal_quote(desk, KIND, SERVICE))
    assert quote == RenewalQuote(None, "EUR", 3)
    assert quote is not None
    assert monthly_price(KIND, SERVICE, {SERVICE.row_id: quote}).amount is None


@pytest.mark.parametrize(
    "answer",
    [
        Form({"period": "3"}),
        Form({"cost": "-"}),
        RejectedError("missed", "func", "no such function"),
        RejectedError("db", "", "locked"),
        AccessError("no right"),
    ],
)
def test_price_of_the_list_is_computed_and_no_quote(answer: Form | Exception) -> None:
    """It may leave out what the service has besides, so it is nothing that a bound is held to."""
    assert price(answer) == LISTED
    assert price(answer, is_bounded=True) == UNKNOWN


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2027, 3, 1), True), (date(2027, 2, 1), False), (None, False)],
)
def test_renewal_is_asked_for_where_the_day_is_after_the_expiry(
    day: date | None, *, expected: bool
) -> None:
    """No form is opened for what is paid for long enough."""
    spec = {"client": "acme", "type": "vds", "tariff": "VDS S", "domain": "a.example"}
    desired = declare("Service", "web", spec | ({"paidThrough": day.isoformat()} if day else {}))
    observed = live("Service", 5, {"paidThrough": date(2027, 2, 1)}, client=7, variant="vds")
    assert wants_renewal(KIND, desired, observed) is expected
