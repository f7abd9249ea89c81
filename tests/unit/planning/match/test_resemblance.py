"""A likely duplicate is reported; an object that could not be adopted is not."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.model.value import Choice
from tests.support.planning import PlanInputs, acme, client, declare, live, remember

if TYPE_CHECKING:
    from reconciler.model.value import Value

TARIFF = Choice("5", "S")


def _reported(world: PlanInputs) -> list[str]:
    return [each.message for each in world.plan().findings if each.code == "resembles-live"]


def _shop(name: str, number: int = 8) -> PlanInputs:
    shop = declare("Client", "shop", {"email": "new@shop.example", "name": "Böll & Söhne"})
    return PlanInputs(declared=(shop,), objects=(client(number, "old@shop.example", name=name),))


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("Böll & Söhne", True),
        ("BÖLL &  SÖHNE", True),
        ("Böll-Söhne.", True),
        ("Bo\u0308ll & So\u0308hne", True),
        ("Böll & Sohn", False),
        ("", False),
        ("&", False),
    ],
)
def test_name_written_otherwise_is_the_same_name(name: str, *, alike: bool) -> None:
    """Letter case, blanks and marks distinguish no client."""
    assert bool(_reported(_shop(name))) is alike


@pytest.mark.parametrize(
    ("wanted", "domain", "alike"),
    [
        ("bücher.example", "xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "BÜCHER.example", True),
        ("acme.example", "www.acme.example.", True),
        ("acme-web.example", "acmeweb.example", False),
        ("acme.example", "acme.test", False),
    ],
)
def test_domain_written_otherwise_is_the_same_domain(
    wanted: str, domain: str, *, alike: bool
) -> None:
    """Both scripts, and the name before the site; dots and dashes are part of a domain."""
    spec = {"client": "acme", "type": "vds", "tariff": {"id": "5"}, "domain": wanted}
    there = live("Service", 70, {"domain": domain, "tariff": TARIFF}, client=7, variant="vds")
    world = PlanInputs(
        declared=(acme(), declare("Service", "web", spec)),
        objects=(client(), there),
        inventory=dict([remember(acme(), client())]),
    )

    assert bool(_reported(world)) is alike


def test_create_only_field_is_not_proposed() -> None:
    """An account in another currency could not become this one."""
    spec = {"client": "acme", "base": {"id": "1"}, "relate": {"id": "2"}, "rate": 2}
    rate = declare("CurrencyRate", "rate", {**spec, "date": "2027-01-01"})
    fields: dict[str, Value] = {"base": Choice("1"), "relate": Choice("3"), "rate": Decimal(2)}
    there = live("CurrencyRate", 5, {**fields, "date": rate.fields["date"]}, client=7)
    world = PlanInputs(
        declared=(acme(), rate),
        objects=(client(), there),
        inventory=dict([remember(acme(), client())]),
    )

    assert [each.action for each in world.changes()] == ["create"]
    assert _reported(world) == []


def test_managed_object_is_not_proposed() -> None:
    """Neither what the inventory holds, nor what bears another project's marker."""
    owned = declare("Client", "old", {"email": "old@shop.example"})
    world = _shop("Böll & Söhne")
    known = PlanInputs(world.declared, world.objects, dict([remember(owned, world.objects[0])]))

    assert _reported(world)
    assert _reported(known) == []


def test_warning_names_a_few_and_counts_the_rest() -> None:
    """The first is in the line that can be pasted."""
    shop = declare("Client", "shop", {"email": "new@shop.example", "name": "Shop"})
    objects = tuple(client(n, f"n{n}@shop.example", name="Shop") for n in range(11, 16))
    (message,) = _reported(PlanInputs(declared=(shop,), objects=objects))

    assert message == (
        "Client/shop: resembles the unmanaged object 11, 12, 13 and 2 more: to adopt it, add "
        '`lifecycle: {adopt: {id: "11"}}` to Client/shop; otherwise another object is created'
    )
