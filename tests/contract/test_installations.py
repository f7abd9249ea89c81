"""One round by hand on every known installation, read by the contract alone."""

from __future__ import annotations

import re
from dataclasses import fields as attributes
from typing import TYPE_CHECKING, get_args, get_type_hints

import pytest

from reconciler.sandbox import Install, Sandbox, load_install
from tests.support.installs import INSTALLATIONS, each_installation, file_of  # noqa: F401 - a fixture
from tests.support.sandbox_client import Client, Clock, Row, fields, is_ok, parse, rows, table

if TYPE_CHECKING:
    from reconciler.sandbox.install import Money

DOMAIN = "round.example.com"


def first(body: bytes, name: str) -> str:
    """Take the first option of a list that stands for something, by its key."""
    vals = parse(body).findall(f"slist[@name='{name}']/val")
    return next(key for val in vals if (key := val.get("key", "")) != "null")


def customer(panel: Sandbox) -> Client:
    """Make a client with credit, and find him by his name."""
    form = panel.call("account.edit")
    given = {name: first(form, name) for name in ("project", "country")}
    panel.call("account.edit", email="round@example.com", name="Round", sok="ok", **given)
    (row,) = [row for row in rows(panel.call("account")) if row["name"] == "Round"]
    number = row.get("id") or row["elid"]
    own = panel.call("subaccount.edit", plid=number)
    money = first(own, "subaccount_currency")
    given = {"subaccount_project": given["project"], "subaccount_currency": money}
    panel.call("subaccount.edit", plid=number, creditlimit="100000.00", sok="ok", **given)
    return Client(number, "round@example.com", "")


def buy(panel: Sandbox, client: Client) -> bytes:
    """Order a machine by the way that the installation has."""
    ways = panel.settings
    prefix = "v2." if ways.orders == "v2" else ""
    common = {"su": client.email, "skipbasket": "on", "sok": "ok", "domain": DOMAIN}
    if ways.orders == "bare":
        form = panel.call("vds.order.param", su=client.email)
        return panel.call("vds.order.param", pricelist=fields(form)["pricelist"], **common)
    step = "vds.order.pricelist" if ways.order_steps == "pricelist" else "vds.order"
    form = panel.call(f"{prefix}{step}", su=client.email)
    chosen = {name: fields(form)[name] for name in ("datacenter", "period")}
    tariff = table(form, "tariflist")[0]["pricelist"]
    return panel.call(f"{prefix}vds.order.param", pricelist=tariff, **chosen, **common)


def machine(panel: Sandbox) -> Row:
    """Find the machine where the installation keeps it."""
    func = panel.settings.service_lists.get("vds", "vds")
    (row,) = rows(panel.call(func))
    assert fields(panel.call("vds.edit", elid=row["id"]))["domain"] == DOMAIN
    return row


def discount(panel: Sandbox, client: Client) -> bytes:
    """Give a discount by the function that makes one."""
    func = "edit" if panel.settings.discount_create == "edit" else "add"
    form = panel.call(f"account.discount.{func}", plid=client.id)
    kinds = {name: first(form, name) for name in ("type", "actiontype")}
    return panel.call(f"account.discount.{func}", plid=client.id, percentage="5", sok="ok", **kinds)


def test_round_is_played_on_every_installation(each_installation: Sandbox) -> None:  # noqa: F811 - the fixture
    """A client, a discount, an order, an edit and a deletion, with what each leaves behind."""
    panel, clock = each_installation, Clock()
    panel.clock = clock
    client = customer(panel)

    assert is_ok(discount(panel, client))
    assert is_ok(buy(panel, client)) is (panel.settings.order_answer == "ok")
    clock.forward(seconds=10)
    row = machine(panel)
    # Five a month, less the discount.
    assert re.fullmatch(r"4[.,]75 EUR / Month", row["cost"])
    assert is_ok(panel.call("vds.edit", elid=row["id"], ip="192.0.2.7", domain=DOMAIN, sok="ok"))
    assert fields(panel.call("vds.edit", elid=row["id"]))["ip"] == "192.0.2.7"
    panel.call("vds.delete", elid=row["id"])
    clock.forward(seconds=10)
    assert parse(panel.call("vds.edit", elid=row["id"])).find("error") is not None
    shown = rows(panel.call("account.discount", elid=client.id))
    assert bool(shown) is ("account.discount" not in panel.settings.hidden_lists)


def part_of(part: str, install: Install | None = None) -> Install | Money:
    """Take an install, or the part of it that has keys of its own."""
    whole = install or Install()
    return whole.money if part == "money" else whole


def test_there_are_a_dozen_installations_that_differ() -> None:
    """No two alike, each with a sentence about it."""
    read = {name: load_install(file_of(name)) for name in INSTALLATIONS}

    assert len(read) >= 12
    assert len({str(install) for install in read.values()}) == len(read)
    for name in INSTALLATIONS:
        assert file_of(name).read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize(
    ("part", "way"),
    [(part, each.name) for part in ("", "money") for each in attributes(type(part_of(part)))],
)
def test_every_way_is_taken_by_some_installation(part: str, way: str) -> None:
    """A key whose default nobody leaves is played nowhere, and so is a word that nobody writes."""
    every = [getattr(part_of(part, load_install(file_of(name))), way) for name in INSTALLATIONS]
    words = get_args(get_type_hints(type(part_of(part)))[way])

    assert any(value != getattr(part_of(part), way) for value in every)
    assert {word for word in words if isinstance(word, str)} <= {str(value) for value in every}
