"""What is read for the impact of a plan: nothing where no money moves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from reconciler.engine.impact.read_facts import read_facts
from reconciler.errors import AccessError
from reconciler.model.address import Address, parse_element_id
from reconciler.model.plan import Money
from reconciler.planning.impact.facts import ClientFacts, MoneyFacts
from tests.support.planning import PlanInputs, acme, client, declare

if TYPE_CHECKING:
    from reconciler.ports import Progress, Reader
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Row

WEB = {"client": "acme", "type": "vds", "tariff": "S", "domain": "a.example", "payFrom": "balance"}


class DeniedLists:
    """A reader without the right to any list; it counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Refuse a list."""
        self.asked.append(call.func)
        raise AccessError(call.func)

    async def type_lists(self, func: str, su: str = "") -> None:
        """Refuse to act as a client."""
        self.asked.append(f"{func} as {su}")
        raise AccessError(func)


class Silent:
    """A progress that shows nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage."""

    def step(self, count: int = 1) -> None:
        """Count some of it."""


def facts_of(world: PlanInputs) -> tuple[MoneyFacts, list[str]]:
    """Return what was read for a world's plan, and the functions that were asked."""
    reader = DeniedLists()
    read = read_facts(
        cast("Reader", reader),
        world.work(),
        world.snapshot(),
        world.plan(),
        progress=cast("Progress", Silent()),
    )
    return asyncio.run(read), reader.asked


def test_plan_that_moves_no_money_asks_nothing() -> None:
    """A client's new name, and a tax, which is a part of every price."""
    tax = declare("TaxRule", "t", {"client": "acme", "provider": "Main", "rate": 7})
    world = PlanInputs((acme(name="A"), tax), (client(name="B"),))
    assert facts_of(world) == (MoneyFacts(), [])


def test_lists_that_may_not_be_read_are_unknown_and_no_error() -> None:
    """Neither the account nor the terms of a client who orders are taken for empty."""
    price = {Address("Service", "web"): Money(None, "")}
    world = PlanInputs((acme(), declare("Service", "web", WEB)), (client(),), prices=price)
    found, asked = facts_of(world)
    unread = {"Discount": None, "TaxRule": None, "CurrencyRate": None}
    assert found.clients == {parse_element_id("7"): ClientFacts(unread, None, None)}
    assert "subaccount" in asked
