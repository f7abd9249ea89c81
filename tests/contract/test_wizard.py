"""Section 10 of the contract: ordering as a wizard, under older and newer names."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Sandbox, ledger
from tests.support.installs import panel_of
from tests.support.sandbox_client import (
    Client,
    error,
    fields,
    is_ok,
    new_client,
    options,
    parse,
    rows,
    service,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.sandbox_client import Clock


@pytest.fixture
def wizard(clock: Clock) -> Iterator[Sandbox]:
    """A panel whose order form has to be led up to."""
    with panel_of(clock=clock, orders="wizard") as made:
        yield made


@pytest.fixture
def newer(clock: Clock) -> Iterator[Sandbox]:
    """A panel of the newer names."""
    with panel_of(clock=clock, orders="v2", cart="cart") as made:
        yield made


def chosen(panel: Sandbox, client: Client, func: str, **params: str) -> dict[str, str]:
    """Take the first tariff of a step, where and how long it is shown for."""
    step = panel.call(func, su=client.email, **params)
    place = {name: fields(step)[name] for name in ("datacenter", "period")}
    return {"pricelist": table(step, "tariflist")[0]["pricelist"], **place}


@pytest.mark.parametrize("missing", ["pricelist", "datacenter", "period"])
@pytest.mark.parametrize("confirmed", [{}, {"sok": "ok"}])
def test_order_form_needs_all_three(
    wizard: Sandbox, missing: str, confirmed: dict[str, str]
) -> None:
    """Opened or confirmed without one of them it is unavailable, and nothing is made."""
    client = new_client(wizard)
    given = chosen(wizard, client, "vds.order")
    del given[missing]

    answer = wizard.call("vds.order.param", su=client.email, **given, **confirmed)

    assert error(answer) == ("wizard_unavailable", "vds.order.param")
    assert rows(wizard.call("vds")) == []


def test_order_form_opens_and_is_confirmed_with_all_three(wizard: Sandbox) -> None:
    """What the step gave is what the form wants, at the price that it named."""
    client = new_client(wizard)
    step = wizard.call("vds.order", su=client.email)
    given = chosen(wizard, client, "vds.order")

    form = wizard.call("vds.order.param", su=client.email, **given)
    answer = wizard.call(
        "vds.order.param", su=client.email, **given, sok="ok", skipbasket="on", remoteid="m"
    )

    assert fields(form)["cost"] == table(step, "tariflist")[0]["price"]
    assert options(form, "ostempl")
    assert is_ok(answer)
    assert [charge.amount for charge in ledger(wizard)] == [Decimal(5)]


def test_step_follows_place_and_period(wizard: Sandbox) -> None:
    """A trial is had for one tariff alone, and a place without tariffs is no option."""
    client = new_client(wizard)
    periods = options(wizard.call("vhost.order", su=client.email), "period")

    month = table(wizard.call("vhost.order", su=client.email), "tariflist")
    trial = table(wizard.call("vhost.order", su=client.email, period=periods["Trial"]), "tariflist")
    nowhere = wizard.call("vhost.order", su=client.email, datacenter="9999")

    assert [row["desc"] for row in month] == ["Web Start", "Web Pro"]
    assert [(row["desc"], row["price"]) for row in trial] == [("Web Start", "0.00 EUR")]
    assert {row["order_available"] for row in month} == {"on"}
    assert error(nowhere) == ("value", "datacenter")


def test_step_is_cut_to_the_providers_of_the_client(wizard: Sandbox) -> None:
    """A client sees the tariffs of his providers, an administrator all of them."""
    client = new_client(wizard)

    mine = {row["desc"] for row in table(wizard.call("vds.order", su=client.email), "tariflist")}
    every = {row["desc"] for row in table(wizard.call("vds.order"), "tariflist")}

    assert mine == {"Cloud S", "Cloud M"}
    assert every == {*mine, "Cloud L"}
    assert every <= {row["name"] for row in rows(wizard.call("pricelist"))}


@pytest.mark.parametrize(
    ("steps", "order", "pricelist"),
    [("both", 2, 2), ("order", 2, 0), ("pricelist", None, 2)],
)
def test_either_step_may_tell_nothing(
    clock: Clock, steps: str, order: int | None, pricelist: int
) -> None:
    """One install leaves the later step empty, another has no earlier one."""
    with panel_of(clock=clock, orders="wizard", order_steps=steps) as panel:
        client = new_client(panel)
        early = panel.call("vds.order", su=client.email)
        late = panel.call("vds.order.pricelist", su=client.email)

    assert len(table(late, "tariflist")) == pricelist
    assert error(early) == (("missed", "func") if order is None else ("", ""))
    assert order is None or len(table(early, "tariflist")) == order


def test_bare_panel_has_no_steps(clock: Clock) -> None:
    """Its form offers all three itself."""
    with panel_of(clock=clock, orders="bare") as panel:
        client = new_client(panel)
        assert error(panel.call("vds.order", su=client.email))[0] == "missed"
        assert options(panel.call("vds.order.param", su=client.email), "pricelist")


def test_unpaid_order_waits_in_the_cart(wizard: Sandbox) -> None:
    """The answer names the cart and the order, nothing is charged."""
    client = new_client(wizard)
    given = chosen(wizard, client, "vds.order")

    answer = parse(wizard.call("vds.order.param", su=client.email, sok="ok", **given))

    (waiting,) = table(wizard.call("basket", su=client.email), "itemlist")
    assert answer.findtext("ok") == "func=basket"
    assert answer.findtext("billorder") == waiting["id"]
    assert error(wizard.call("cart", su=client.email))[0] == "missed"
    assert ledger(wizard) == []


def test_older_names_are_missed_on_newer_panels(newer: Sandbox) -> None:
    """And newer ones on older panels."""
    client = new_client(newer)
    with panel_of(orders="wizard") as older:
        other = new_client(older)
        strange = older.call("v2.vds.order.param", su=other.email)

    for func in ("vds.order", "vds.order.pricelist", "vds.order.param", "basket"):
        assert error(newer.call(func, su=client.email)) == ("missed", "func")
    assert error(strange) == ("missed", "func")


@pytest.mark.parametrize("name", ["period", "order_period"])
def test_newer_order_takes_its_period_by_either_name(newer: Sandbox, name: str) -> None:
    """The flag renews for what was ordered, and the answer tells the service."""
    client = new_client(newer)
    given = chosen(newer, client, "v2.vds.order")
    del given["period"]

    form = newer.call("v2.vds.order.param", su=client.email, **given, **{name: "3"})
    answer = newer.call(
        "v2.vds.order.param",
        su=client.email,
        **given,
        **{name: "3"},
        autoprolong="on",
        clicked_button="order",
        skipbasket="on",
        remoteid="m",
        sok="ok",
    )

    assert fields(form)["order_period"] == "3"
    assert fields(form)["autoprolong"] == "off"
    row = service(newer, "m")
    assert (row["id"], row["autoprolong"]) == (parse(answer).findtext("item.id"), "3")
    assert [charge.amount for charge in ledger(newer)] == [Decimal(15)]


def test_newer_order_makes_as_many_as_are_counted(newer: Sandbox) -> None:
    """Each is a service and a charge."""
    client = new_client(newer)
    given = chosen(newer, client, "v2.vds.order")
    common = {"su": client.email, **given, "skipbasket": "on", "sok": "ok"}

    newer.call("v2.vds.order.param", **common, order_count="2")
    refused = newer.call("v2.vds.order.param", **common, order_count="0")

    assert len(rows(newer.call("vds"))) == len(ledger(newer)) == 2
    assert error(refused) == ("value", "order_count")


def test_newer_cart_has_lines(newer: Sandbox) -> None:
    """Without payment the order is a line of the cart."""
    client = new_client(newer)
    given = chosen(newer, client, "v2.vds.order")

    answer = parse(newer.call("v2.vds.order.param", su=client.email, sok="ok", **given))

    (line,) = table(newer.call("cart", su=client.email), "lineitems")
    assert answer.findtext("ok") == "func=cart"
    assert line["cost"] == "5.00 EUR"
