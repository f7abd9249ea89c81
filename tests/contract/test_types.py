"""Section 11 of the contract: the product types of an installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.installs import panel_of
from tests.support.sandbox_client import (
    Client,
    error,
    fields,
    is_ok,
    new_client,
    order,
    parse,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.sandbox import Sandbox
    from tests.support.sandbox_client import Clock


@pytest.fixture
def hoster(clock: Clock) -> Iterator[Sandbox]:
    """A panel with a type of its own for virtual machines."""
    with panel_of(clock=clock, service_lists={"vds": "vds.vps"}, all_services="service") as made:
        yield made


@pytest.fixture
def customer(hoster: Sandbox) -> Client:
    """A client of that panel with one virtual machine and one site."""
    client = new_client(hoster)
    order(hoster, client, remoteid="machine", skipbasket="on")
    order(hoster, client, "vhost", remoteid="site", skipbasket="on")
    return client


def services(panel: Sandbox, **params: str) -> list[str]:
    """Read the lists of services that the menu names."""
    (group,) = [
        each
        for each in parse(panel.call("menu", **params)).iter("node")
        if each.get("name") == "services"
    ]
    return [each.get("action", "") for each in group if each.get("type") == "list"]


def test_dotted_list_holds_what_was_ordered(hoster: Sandbox, customer: Client) -> None:
    """The plain one is empty, another type's is where it always is."""
    assert rows(hoster.call("vds")) == rows(hoster.call("vds", su=customer.email)) == []
    assert [row["remoteid"] for row in rows(hoster.call("vds.vps"))] == ["machine"]
    assert [row["remoteid"] for row in rows(hoster.call("vds.vps", su=customer.email))] == [
        "machine"
    ]
    assert [row["remoteid"] for row in rows(hoster.call("vhost"))] == ["site"]


def test_menu_names_the_lists_of_services(hoster: Sandbox, customer: Client) -> None:
    """A dotted one stands in the group of services, for clients, too."""
    expected = {"vds", "vds.vps", "vhost", "service"}
    assert expected <= set(services(hoster))
    assert expected <= set(services(hoster, su=customer.email))


def test_menu_of_a_usual_panel_has_plain_types_alone(panel: Sandbox) -> None:
    """Nothing dotted, and no list of everything."""
    found = services(panel)

    assert {"vds", "vhost", "dedic"} <= set(found)
    assert not [name for name in found if "." in name or name in {"item", "service"}]


def test_panel_may_have_no_menu() -> None:
    """Then the answer lists what there is."""
    with panel_of(menu=False) as panel:
        assert error(panel.call("menu")) == ("missed", "func")


@pytest.mark.parametrize("func", ["vds.vps", "vds"])
def test_forms_and_actions_work_under_both_names(
    hoster: Sandbox, customer: Client, clock: Clock, func: str
) -> None:
    """The same object, by the same id."""
    clock.forward(seconds=1)
    number = rows(hoster.call("vds.vps"))[0]["id"]

    edited = hoster.call(f"{func}.edit", elid=number, domain="new.example.com", sok="ok")
    hoster.call(f"{func}.suspend", elid=number)
    (suspended,) = rows(hoster.call("vds.vps"))
    hoster.call(f"{func}.delete", elid=number)
    clock.forward(seconds=1)

    assert is_ok(edited)
    assert (suspended["domain"], suspended["item_status@orig"]) == ("new.example.com", "3")
    assert error(hoster.call(f"{func}.edit", elid=number))[0] == "missed"


def test_dotted_list_is_filtered_by_its_own_name(hoster: Sandbox, customer: Client) -> None:
    """A saved filter hides its rows as anywhere."""
    hoster.call("vds.vps.filter", domain="nowhere", sok="ok", su="root")

    assert rows(hoster.call("vds.vps", su="root")) == []


def test_dotted_type_has_no_order_of_its_own(hoster: Sandbox, customer: Client) -> None:
    """And no panel has a dotted type that it was not given."""
    assert error(hoster.call("vds.vps.order.param", su=customer.email)) == ("missed", "func")
    assert error(hoster.call("vds.other")) == ("missed", "func")


@pytest.mark.parametrize("name", ["item", "service"])
def test_one_list_may_hold_all_services(clock: Clock, name: str) -> None:
    """Where an install has it, by the name that it has."""
    other = {"item": "service", "service": "item"}[name]
    with panel_of(clock=clock, all_services=name) as panel:
        client = new_client(panel)
        order(panel, client, remoteid="machine", skipbasket="on")
        order(panel, client, "vhost", remoteid="site", skipbasket="on")
        every = rows(panel.call(name, su=client.email))
        missed = error(panel.call(other))

    assert {row["remoteid"] for row in every} == {"machine", "site"}
    assert missed == ("missed", "func")


def test_form_of_a_moved_type_is_opened(hoster: Sandbox, customer: Client) -> None:
    """Under its dotted name it shows what the plain one shows."""
    number = rows(hoster.call("vds.vps"))[0]["id"]

    assert fields(hoster.call("vds.vps.edit", elid=number)) == fields(
        hoster.call("vds.edit", elid=number)
    )
