"""What may be charged where no form tells the price yet: ``maxPrice``, and what can be computed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import Install, Sandbox, keep_install, ledger
from tests.support.paying_client import SERVICE, open_shop

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject


@pytest.fixture
def shop(project: CommandLineProject) -> CommandLineProject:
    """A project that declares a new client and a paid service of his in one commit."""
    open_shop(project)
    project.write("manifests/web.yaml", SERVICE)
    return project


def charges(project: CommandLineProject) -> list[str]:
    """Say what was charged: for what, and how much."""
    with closing(Sandbox(project.database)) as sandbox:
        return [f"{each.what} {each.amount} {each.currency}" for each in ledger(sandbox)]


def bound(project: CommandLineProject, most: str) -> None:
    """Write what the service may cost."""
    project.write("manifests/web.yaml", f"{SERVICE}  maxPrice: {{{most}}}\n")


def impact(project: CommandLineProject) -> list[dict[str, Any]]:
    """Return what the plan says of its charges."""
    planned: list[dict[str, Any]] = project.run("plan", "--json").document["impact"]["charges"]
    return planned


def test_price_that_is_unknown_names_the_way_on(shop: CommandLineProject) -> None:
    """A bound on money cannot be held, and the words say what to write."""
    refused = shop.run("apply", "--yes", "--allow", "charge", code=4)
    assert "maxPrice: {EUR: 10}" in refused.err


def test_new_client_and_his_service_are_made_in_one_apply(shop: CommandLineProject) -> None:
    """What the price may come to stands for it until the form can be opened."""
    bound(shop, "EUR: 400")
    assert impact(shop) == [
        {
            "address": "Service/globex-web",
            "amount": None,
            "currency": "",
            "atMost": {"EUR": "400.00"},
        }
    ]
    planned = shop.run("plan").out
    assert "an amount yet to be quoted, at most 400.00 EUR" in planned
    assert "Charges: at most 400.00 EUR in 1 change yet to be quoted." in planned
    shop.run("apply", "--yes", "--allow", "charge")
    assert [each.partition(" ")[0] for each in charges(shop)] == ["order"]
    shop.run("plan", "--detailed-exitcode")


def test_price_of_a_client_who_is_yet_to_be_made_is_computed(shop: CommandLineProject) -> None:
    """By its tariff, less the discount that the same commit declares: as it is charged."""
    shop.edit("manifests/web.yaml", "payFrom", "periodMonths: 6\n  payFrom")
    (charge,) = impact(shop)
    assert (charge["amount"], charge["currency"]) == ("25.50", "EUR")
    assert charge["source"] == "computed"
    assert "25.50 EUR (computed)" in shop.run("plan").out
    shop.run("apply", "--yes", "--allow", "charge")
    assert charges(shop) == ["order 25.5 EUR"]


def test_step_of_a_wizard_shows_the_price_of_the_whole_period(shop: CommandLineProject) -> None:
    """Half a year may cost another amount than six months."""
    shop.edit("manifests/web.yaml", "payFrom", "periodMonths: 6\n  payFrom")
    with closing(sqlite3.connect(shop.database)) as db, db:
        db.execute("UPDATE price SET cents = 2700 WHERE period = 6")
    assert [each["amount"] for each in impact(shop)] == ["22.95"]
    shop.run("apply", "--yes", "--allow", "charge")
    assert charges(shop) == ["order 22.95 EUR"]


def test_price_that_the_order_form_contradicts_is_not_charged(shop: CommandLineProject) -> None:
    """The list of tariffs shows the price of a month, and half a year costs more than six."""
    keep_install(shop.database, Install(lag=timedelta(0), orders="bare"))
    shop.edit("manifests/web.yaml", "payFrom", "periodMonths: 6\n  payFrom")
    with closing(sqlite3.connect(shop.database)) as db, db:
        db.execute("UPDATE price SET cents = 9900 WHERE period = 6")
    result = shop.run("apply", "--yes", "--allow", "charge", code=6)
    assert "the price is 84.15 EUR now and was 25.50 EUR in the plan: plan again" in result.out
    assert charges(shop) == []
    shop.run("apply", "--yes", "--allow", "charge")
    assert len(charges(shop)) == 1


def test_order_is_charged_by_the_discount_that_the_plan_lowers(shop: CommandLineProject) -> None:
    """The plan says the higher amount, so that the order is sent."""
    service = shop.root / "manifests" / "web.yaml"
    service.rename(shop.root / "web.yaml")
    shop.run("apply", "--yes")
    (shop.root / "web.yaml").rename(service)
    shop.edit("manifests/june.yaml", "percentage: 15", "percentage: 10")

    result = shop.run("apply", "--yes", "--allow", "charge")

    assert "charges 4.50 EUR (computed; 4.25 EUR by the terms before this plan)" in result.out
    assert [each.split()[1:] for each in charges(shop)] == [["4.5", "EUR"]]


def test_bound_counts_for_the_guard_on_money(shop: CommandLineProject) -> None:
    """All that it may come to, for nobody knows how much of it is needed."""
    bound(shop, "EUR: 501")
    assert "charges of 501.00 EUR exceed maxCharge" in shop.run("apply", code=4).err


@pytest.mark.parametrize(
    ("most", "words"),
    [
        ("EUR: 0.5", "more than maxPrice (0.50 EUR)"),
        ("RUB: 400", "maxPrice limits only RUB"),
    ],
)
def test_order_is_not_sent_above_its_bound(shop: CommandLineProject, most: str, words: str) -> None:
    """The form of the new client quotes more than the manifest lets it cost, or in other money."""
    shop.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    bound(shop, most)
    result = shop.run("apply", "--yes", "--allow", "charge", code=6)
    assert words in result.out
    assert charges(shop) == []
    # Now that the form can be opened, the plan says it beforehand.
    planned = shop.run("plan").out
    assert words in planned
    assert "1 blocked" in planned
    shop.run("apply", "--yes", "--allow", "charge", code=6)
    assert charges(shop) == []


def test_renewal_respects_the_bound_of_its_service(shop: CommandLineProject) -> None:
    """Each renewal costs a price of its own; what the list shows must be within it."""
    bound(shop, "EUR: 400")
    shop.run("apply", "--yes", "--allow", "charge")
    bound(shop, "EUR: 0.5")
    shop.edit(
        "manifests/web.yaml",
        "payFrom",
        f"paidThrough: {datetime.now(UTC).date() + timedelta(days=70)}\n  payFrom",
    )
    shop.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    assert "more than maxPrice (0.50 EUR)" in shop.run("plan").out
    shop.run("apply", "--yes", "--allow", "charge", code=6)
    assert len(charges(shop)) == 1


def test_renewal_is_planned_and_charged_at_the_price_of_its_form(shop: CommandLineProject) -> None:
    """What the list prints knows nothing of the add-ons that were bought since."""
    shop.edit("manifests/web.yaml", "payFrom", 'addons: {"Memory, GB": 4}\n  payFrom')
    shop.edit("manifests/web.yaml", "payFrom", "maxPrice: {EUR: 400}\n  payFrom")
    shop.run("apply", "--yes", "--allow", "charge")
    with closing(sqlite3.connect(shop.database)) as db, db:
        db.execute("UPDATE item SET cents = 1")
    day = datetime.now(UTC).date() + timedelta(days=40)
    shop.edit("manifests/web.yaml", "payFrom", f"paidThrough: {day}\n  payFrom")

    (charge,) = impact(shop)
    assert charge["source"] == "quoted"
    shop.run("apply", "--yes", "--allow", "charge")
    assert Decimal(charges(shop)[1].split()[1]) == Decimal(charge["amount"])


def test_add_on_of_a_live_service_is_computed_and_charged_as_computed(
    shop: CommandLineProject,
) -> None:
    """By the order form of its tariff, with the add-ons as they are and as they shall be."""
    bound(shop, "EUR: 400")
    shop.run("apply", "--yes", "--allow", "charge")
    shop.edit("manifests/web.yaml", "payFrom", 'addons: {"Memory, GB": 3}\n  payFrom')
    (charge,) = impact(shop)
    assert charge["source"] == "computed"
    assert f"{float(charge['amount']):.2f} {charge['currency']} (computed)" in shop.run("plan").out
    applied = shop.run("apply", "--yes", "--allow", "charge").out
    shop.run("plan", "--detailed-exitcode")
    taken = charges(shop)[1]
    assert f"Charged {Decimal(taken.split()[1]):.2f} EUR from" in applied
    assert float(taken.split()[1]) == float(charge["amount"])

    shop.edit("manifests/web.yaml", 'GB": 3', 'GB": 4')
    shop.edit("manifests/web.yaml", "EUR: 400", "EUR: 0.01")
    assert "more than maxPrice (0.01 EUR)" in shop.run("plan").out
    shop.run("apply", "--yes", "--allow", "charge", code=6)
    assert len(charges(shop)) == 2


@pytest.mark.parametrize("most", ["{}", "{eur: 5}", "{EUR: -1}", "{EUR: yes}", "7"])
def test_invalid_price_limit_is_refused_offline(shop: CommandLineProject, most: str) -> None:
    """With its place, before anything is asked of a panel."""
    shop.write("manifests/web.yaml", f"{SERVICE}  maxPrice: {most}\n")
    assert "manifests/web.yaml:10:" in shop.run("validate", code=3).out


@pytest.mark.parametrize("key", ["Memry, GB", "999"])
def test_unknown_add_on_of_a_live_service_names_those_that_are(
    shop: CommandLineProject, key: str
) -> None:
    """A title that was misspelt, and an id of another tariff: neither is silently left alone."""
    bound(shop, "EUR: 400")
    shop.run("apply", "--yes", "--allow", "charge")
    shop.edit("manifests/web.yaml", "payFrom", f'addons: {{"{key}": 3}}\n  payFrom')

    reported = shop.run("plan", code=3)

    assert f"addons: the panel offers no add-on '{key}'; it offers " in reported.err + reported.out
    assert "Memory, GB (" in reported.err + reported.out
