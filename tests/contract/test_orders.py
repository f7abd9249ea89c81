"""Orders, renewals and the cart: what costs, and when."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reconciler.sandbox import Install, Sandbox, ledger
from tests.support.installs import panel_of
from tests.support.sandbox_client import (
    Client,
    Clock,
    error,
    fields,
    is_ok,
    new_client,
    options,
    order,
    order_form,
    parse,
    rows,
    service,
    table,
    tariffs,
)


def addon_of(panel: Sandbox, number: str) -> str:
    """Find the first add-on of a service."""
    form = fields(panel.call("vds.edit", elid=number))
    return next(name for name in form if name.startswith("addon_"))


def test_order_form_shows_offers_and_price(panel: Sandbox, client: Client) -> None:
    """Opened without `sok` it costs nothing and follows the tariff it is asked for."""
    form = order_form(panel, client)
    offered = options(form, "pricelist")

    larger = order_form(panel, client, pricelist=offered["Cloud M"], period="12")

    assert fields(form)["cost"] == "5.00 EUR"
    assert fields(larger)["cost"] == "148.80 EUR"
    for name in ("datacenter", "period", "ostempl", "recipe", "autoprolong"):
        assert options(form, name)
    assert ledger(panel) == []
    assert rows(panel.call("vds")) == []


def test_order_is_for_clients_alone(panel: Sandbox) -> None:
    """An administrator has to act as one."""
    assert error(panel.call("vds.order.param"))[0] == "access"


def test_skipbasket_charges_at_once(panel: Sandbox, client: Client, clock: Clock) -> None:
    """Balance, ledger and expenses tell the same sum, and the service opens in a while."""
    answer = order(panel, client, remoteid="m-1", skipbasket="on", domain="a.example.com")

    number = parse(answer).findtext("item.id")
    (charge,) = ledger(panel)
    assert is_ok(answer)
    assert (charge.what, charge.amount, charge.currency) == ("order", Decimal(5), "EUR")
    assert (charge.remoteid, str(charge.service)) == ("m-1", number)
    assert rows(panel.call("subaccount", elid=client.id))[0]["balance"] == "-5.00 EUR"
    assert [e["amount"] for e in rows(panel.call("subaccount.expense", elid=client.id))] == [
        "5.00 EUR"
    ]
    assert service(panel, "m-1")["item_status@orig"] == "5_open"
    clock.forward(seconds=1)
    row = service(panel, "m-1")
    assert row["item_status@orig"] == "2"
    assert row["real_expiredate"] == "2026-04-02"
    assert row["item_cost"] == "5.0000"


def test_order_in_the_cart_costs_nothing(panel: Sandbox, client: Client) -> None:
    """A draft stands in the list, with its marker, and in the client's cart."""
    answer = order(panel, client, remoteid="m-1")

    assert parse(answer).findtext("ok") == "func=basket"
    assert ledger(panel) == []
    assert service(panel, "m-1")["item_status@orig"] == "0"
    (waiting,) = table(panel.call("basket", su=client.email), "itemlist")
    assert waiting["cost"] == "5.00 EUR"


def test_cart_can_be_emptied(panel: Sandbox, client: Client) -> None:
    """The draft goes with its place in the cart."""
    order(panel, client, remoteid="m-1")
    (waiting,) = table(panel.call("basket", su=client.email), "itemlist")

    panel.call("basket.delete", elid=waiting["id"], su=client.email)

    assert rows(panel.call("vds")) == table(panel.call("basket", su=client.email), "itemlist") == []


def test_deleting_a_draft_takes_it_out_of_the_cart(panel: Sandbox, client: Client) -> None:
    """What was never opened needs no closing."""
    order(panel, client, remoteid="m-1")

    panel.call("vds.delete", elid=service(panel, "m-1")["id"])

    assert rows(panel.call("vds")) == table(panel.call("basket", su=client.email), "itemlist") == []


def test_paid_cart_opens_what_waited(panel: Sandbox, client: Client, clock: Clock) -> None:
    """A person pays, and the draft becomes a service."""
    order(panel, client, remoteid="m-1")
    panel.call("basket.pay", su=client.email)
    clock.forward(seconds=1)

    assert service(panel, "m-1")["item_status@orig"] == "2"
    assert [charge.remoteid for charge in ledger(panel)] == ["m-1"]


def test_second_order_with_one_marker_makes_a_second_service(
    panel: Sandbox, client: Client
) -> None:
    """The server does not refuse it, and charges again."""
    for _ in range(2):
        order(panel, client, remoteid="same", skipbasket="on")

    assert [row["remoteid"] for row in rows(panel.call("vds"))] == ["same", "same"]
    assert len(ledger(panel)) == 2


def test_order_without_domain_gets_some_domain(panel: Sandbox, client: Client) -> None:
    """Each time another one."""
    for _ in range(2):
        order(panel, client)

    one, two = [row["domain"] for row in rows(panel.call("vds"))]
    assert one
    assert two
    assert one != two


def test_unknown_period_parameter_charges_the_default(panel: Sandbox, client: Client) -> None:
    """A parameter of another version is ignored, and one month is bought."""
    order(panel, client, order_period="12", skipbasket="on")

    assert [charge.amount for charge in ledger(panel)] == [Decimal(5)]


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ({"pricelist": "1"}, "pricelist"),
        ({"datacenter": "999"}, "datacenter"),
        ({"period": "5"}, "period"),
        ({"ostempl": "plan9"}, "ostempl"),
        ({"autoprolong": "5"}, "autoprolong"),
    ],
)
def test_refused_order_makes_nothing(
    panel: Sandbox, client: Client, given: dict[str, str], subject: str
) -> None:
    """A value outside the options is an error, and neither service nor charge."""
    answer = order(panel, client, skipbasket="on", **given)

    assert error(answer) == ("value", subject)
    assert ledger(panel) == []
    assert rows(panel.call("vds")) == []


def test_order_without_tariff_is_refused(panel: Sandbox, client: Client) -> None:
    """The form has a default, the submit has none."""
    with panel_of(orders="bare") as bare:
        buyer = new_client(bare)
        answer = bare.call("vds.order.param", su=buyer.email, sok="ok")

    assert error(answer) == ("value", "pricelist")


def test_low_balance_refuses_the_order(panel: Sandbox) -> None:
    """Nothing is made and nothing is charged."""
    poor = new_client(panel, "poor@example.com", credit="1")

    answer = order(panel, poor, skipbasket="on")

    assert error(answer)[0] == "balance"
    assert rows(panel.call("vds")) == []
    assert ledger(panel) == []


def test_odd_periods_are_bought_as_asked(panel: Sandbox, client: Client, clock: Clock) -> None:
    """Minus one hundred is a trial, minus fifty a day, zero for good."""
    vps, web, iron = (tariffs(panel, client, kind) for kind in ("vds", "vhost", "dedic"))
    bought = (
        ("vhost", web["Web Start"], "-100"),
        ("vds", vps["Cloud S"], "-50"),
        ("dedic", iron["Server EPYC"], "0"),
    )
    panel.call(
        "subaccount.edit", plid=client.id, elid=client.subaccount, creditlimit="99999", sok="ok"
    )
    for kind, tariff, period in bought:
        order(panel, client, kind, pricelist=tariff, period=period, remoteid=kind, skipbasket="on")
    clock.forward(seconds=1)

    ends = {kind: service(panel, kind, kind)["real_expiredate"] for kind, _, _ in bought}
    prose = service(panel, "dedic", "dedic")["expiredate"]
    assert ends == {"vhost": "2026-03-16", "vds": "2026-03-03", "dedic": ""}
    assert prose == "never"
    assert [charge.amount for charge in ledger(panel)] == [
        Decimal(0),
        Decimal("0.20"),
        Decimal(11340),
    ]


def test_discount_lowers_the_price_shown_and_charged(panel: Sandbox, client: Client) -> None:
    """The form's price is the sum that is taken."""
    panel.call("account.discount.edit", plid=client.id, percentage="20", sok="ok")

    shown = fields(order_form(panel, client))["cost"]
    order(panel, client, skipbasket="on")

    assert shown == "4.00 EUR"
    assert [charge.amount for charge in ledger(panel)] == [Decimal(4)]


def test_addon_is_charged_with_skipbasket(panel: Sandbox, client: Client) -> None:
    """The value changes at once, and an expense and a charge tell what it cost."""
    order(panel, client, remoteid="m", skipbasket="on")
    number = service(panel, "m")["id"]
    name = addon_of(panel, number)

    panel.call("vds.edit", elid=number, skipbasket="on", sok="ok", **{name: "3"})

    assert fields(panel.call("vds.edit", elid=number))[name] == "3"
    assert [(charge.what, charge.amount) for charge in ledger(panel)] == [
        ("order", Decimal(5)),
        ("addon", Decimal(3)),
    ]
    assert len(rows(panel.call("subaccount.expense", elid=client.id))) == 2


def test_addon_without_skipbasket_waits_in_the_cart(panel: Sandbox, client: Client) -> None:
    """The answer is ok, the value as before, and nothing charged, until the cart is paid."""
    order(panel, client, remoteid="m", skipbasket="on")
    number = service(panel, "m")["id"]
    name = addon_of(panel, number)

    answer = panel.call("vds.edit", elid=number, sok="ok", **{name: "3"})

    assert is_ok(answer)
    assert fields(panel.call("vds.edit", elid=number))[name] == "1"
    assert [row["what"] for row in table(panel.call("basket", su=client.email), "itemlist")] == [
        "addon"
    ]
    assert len(ledger(panel)) == 1
    panel.call("basket.pay", su=client.email)
    assert fields(panel.call("vds.edit", elid=number))[name] == "3"


def test_same_addon_value_costs_nothing(panel: Sandbox, client: Client) -> None:
    """What does not change is not bought again."""
    order(panel, client, remoteid="m", skipbasket="on")
    number = service(panel, "m")["id"]

    panel.call("vds.edit", elid=number, skipbasket="on", sok="ok", **{addon_of(panel, number): "1"})

    assert len(ledger(panel)) == 1


def test_addon_out_of_bounds_is_refused(panel: Sandbox, client: Client) -> None:
    """The error names the parameter."""
    order(panel, client, remoteid="m", skipbasket="on")
    number = service(panel, "m")["id"]
    name = addon_of(panel, number)

    answer = panel.call("vds.edit", elid=number, skipbasket="on", sok="ok", **{name: "9999"})

    assert error(answer) == ("value", name)


def test_renewal_charges_each_time(panel: Sandbox, client: Client, clock: Clock) -> None:
    """Two of them are paid twice and move the expiry twice."""
    order(panel, client, remoteid="m", skipbasket="on")
    clock.forward(seconds=1)
    number = service(panel, "m")["id"]

    for end in ("2026-05-02", "2026-06-02"):
        answer = panel.call("service.prolong", elid=number, period="1", skipbasket="on", sok="ok")
        assert parse(answer).findtext("doc/newexpiredate") == end

    assert service(panel, "m")["real_expiredate"] == "2026-06-02"
    assert [charge.what for charge in ledger(panel)] == ["order", "prolong", "prolong"]


def test_renewal_in_the_cart_moves_nothing(panel: Sandbox, client: Client, clock: Clock) -> None:
    """Neither balance nor expiry changes before it is paid."""
    order(panel, client, remoteid="m", skipbasket="on")
    clock.forward(seconds=1)
    number = service(panel, "m")["id"]

    answer = panel.call("service.prolong", elid=number, period="12", sok="ok")

    assert parse(answer).findtext("ok") == "func=basket"
    assert service(panel, "m")["real_expiredate"] == "2026-04-02"
    assert len(ledger(panel)) == 1
    panel.call("basket.pay", su=client.email)
    assert service(panel, "m")["real_expiredate"] == "2027-04-02"


def test_renewal_form_tells_price_and_new_end(panel: Sandbox, client: Client, clock: Clock) -> None:
    """Opened without `sok` it charges nothing; odd periods are no renewals."""
    order(panel, client, remoteid="m", skipbasket="on")
    clock.forward(seconds=1)
    number = service(panel, "m")["id"]

    form = panel.call("service.prolong", elid=number, period="3")

    assert fields(form)["newexpiredate"] == "2026-07-02"
    assert fields(form)["cost"] == "15.00 EUR"
    assert len(ledger(panel)) == 1
    refused = panel.call("service.prolong", elid=number, period="-50", skipbasket="on", sok="ok")
    assert error(refused) == ("value", "period")


def test_renewal_keeps_to_the_end_of_the_month(panel: Sandbox, client: Client) -> None:
    """A month from the last of January is the last of February."""
    clock = Clock()
    clock.now = clock.now.replace(month=1, day=31)
    panel.clock = clock
    order(panel, client, remoteid="m", skipbasket="on")

    assert service(panel, "m")["real_expiredate"] == "2026-02-28"


@pytest.mark.parametrize(
    ("new_id", "found"),
    [
        ("usual", {"item.id"}),
        ("id", {"id"}),
        ("table", {"item.id"}),
        ("both", {"id", "item.id"}),
        ("none", set()),
    ],
)
def test_order_tells_its_id_in_several_ways(clock: Clock, new_id: str, found: set[str]) -> None:
    """Some installs answer ok and nothing more."""
    with Sandbox(clock=clock, install=Install(new_id=new_id)) as panel:  # type: ignore[arg-type]
        panel.call("account.edit", email="acme@example.com", sok="ok")
        (row,) = rows(panel.call("account"))
        root = parse(order(panel, Client(row["id"], row["email"], "")))

    assert {each.tag for each in root} & {"id", "item.id"} == found
