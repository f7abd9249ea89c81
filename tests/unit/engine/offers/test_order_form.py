"""What an order would cost: the price of what is sent, or none at all."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.offers.order_form import read_offer
from reconciler.kinds.catalogue import discover
from reconciler.mapping.prices import UNKNOWN
from reconciler.model.plan import Money
from reconciler.sandbox import Sandbox, ledger
from reconciler.wire.reply import Form
from tests.support.planning import declare
from tests.support.project import Project
from tests.support.reader import SilentReader
from tests.support.sample_manifests import CLIENT, ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.wire.call import Call

KIND = discover().by_name["Service"]
WANTED = {
    "client": "acme",
    "type": "vds",
    "tariff": {"id": "5"},
    "periodMonths": 1,
    "domain": "a.example",
    "addons": {"7": 4},
}


class Desk(SilentReader):
    """A reader whose order form asks ten for a tariff, and one for each unit of an add-on.

    It heeds the parameters in ``heeded`` alone, as a panel ignores what it does not know.
    """

    def __init__(self, *heeded: str, blank: tuple[str, ...] = (), period: str = "1") -> None:
        """Heed some parameters; leave out the fields of ``blank``; propose a period."""
        self.period = period
        self.heeded = {"pricelist", *heeded}
        self.blank = set(blank)

    async def form(self, call: Call) -> Form:
        """Show the terms that were heeded, and their price."""
        asked = {name: str(text) for name, text in call.params if name in self.heeded}
        values: Mapping[str, str] = {
            "pricelist": "4",
            "period": self.period,
            "addon_7": "1",
            **asked,
        }
        cost = 10 + int(values["addon_7"])
        shown = {name: text for name, text in values.items() if name not in self.blank}
        return Form({**shown, "cost": f"{cost}.00 EUR"}, {"pricelist": {"4": "S", "5": "M"}})


@pytest.mark.parametrize(
    ("desk", "price"),
    [
        (Desk("period", "addon_7"), Money(Decimal("14.00"), "EUR")),
        (Desk("period"), UNKNOWN),
        (Desk("period", "addon_7", blank=("addon_7",)), UNKNOWN),
        (Desk("period", "addon_7", blank=("period",)), Money(Decimal("14.00"), "EUR")),
    ],
)
def test_price_is_of_the_terms_that_are_sent_or_unknown(desk: Desk, price: Money) -> None:
    """A form that passes over an add-on tells the price of something else."""
    offer = asyncio.run(
        read_offer(desk, KIND, declare("Service", "web", WANTED), login="a@b.example")
    )
    assert offer.price(KIND) == price


@pytest.mark.parametrize(
    ("proposed", "months", "why"),
    [("12", 12, ""), ("-100", None, "declare periodMonths: the form proposes the period -100")],
)
def test_period_that_is_not_named_is_the_one_that_the_form_proposes(
    proposed: str, months: int | None, why: str
) -> None:
    """It is shown, priced and sent: a panel's own choice is not left to the moment of the order."""
    spec = {name: value for name, value in WANTED.items() if name != "periodMonths"}
    desk = Desk("period", "addon_7", period=proposed)
    wanted = declare("Service", "web", spec)
    offer = asyncio.run(read_offer(desk, KIND, wanted, login="a@b.example"))
    assert (offer.desired.fields.get("periodMonths"), offer.obstacle) == (months, why)


def test_order_with_add_ons_is_planned_at_what_it_takes(tmp_path: Path) -> None:
    """What is approved, and held against ``maxCharge``, is what leaves the balance."""
    with Sandbox(lag=timedelta(0)) as panel:
        project = Project(tmp_path, panel)
        project.write(CLIENT % "billing@acme.example")
        project.apply()
        extra = '  addons: {"Memory, GB": 8}\n'
        project.write(CLIENT % "billing@acme.example" + ORDER % "balance" + extra)
        plan = project.plan()
        assert project.apply(plan)["Service/acme-vm"] == "verified"
        (taken,) = ledger(panel)
    assert [change.money for change in plan.changes] == [Money(taken.amount, taken.currency)]
