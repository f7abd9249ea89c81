"""What a plan says that it comes to, against what the panel then takes and lists."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import Sandbox, keep_install, ledger, load_install
from tests.support.installs import file_of
from tests.support.paying_client import ACCOUNT, open_shop

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

TAX = """\
apiVersion: reconciler/v1
kind: TaxRule
metadata: {name: globex-vat}
spec: {client: globex, provider: Main provider, rate: 20}
"""
SERVICE = """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: globex-web}
lifecycle: {onRemove: delete}
spec:
  client: globex
  type: vds
  tariff: Cloud S
  periodMonths: 3
  domain: globex.example
  payFrom: balance
"""
CONSENTS = ("--allow", "charge", "--allow", "delete", "--allow", "terminate")


@pytest.fixture
def shop(project: CommandLineProject) -> CommandLineProject:
    """A project with a client, a discount, a tax rule and an account."""
    open_shop(project)
    project.write("manifests/vat.yaml", TAX)
    return project


def impact(project: CommandLineProject, *words: str) -> dict[str, Any]:
    """Return what the plan comes to."""
    document = project.run("plan", "--json", *words).document
    found: dict[str, Any] = document["impact"]
    return found


def amounts(sums: dict[str, Any]) -> str:
    """Return a sum as ``12.75 EUR (quoted)``."""
    return ", ".join(
        f"{'at least ' if each['atLeast'] else ''}{each['amount']} {currency} ({each['source']})"
        for currency, each in sums.items()
    )


def taken(project: CommandLineProject) -> list[str]:
    """Return what the panel took so far."""
    with closing(Sandbox(project.database)) as sandbox:
        return [f"{each.amount.normalize():f} {each.currency}" for each in ledger(sandbox)]


def test_order_of_a_new_client_is_told_to_the_cent(shop: CommandLineProject) -> None:
    """By the discount, the tax rule and the account of the same plan."""
    shop.write("manifests/web.yaml", SERVICE)
    found = impact(shop)
    assert amounts(found["chargesNow"]) == "12.75 EUR (computed)"
    assert amounts(found["discountPart"]) == "2.25 EUR (computed)"
    assert amounts(found["taxPart"]) == "2.13 EUR (computed)"
    assert amounts(found["creditLeft"]) == "987.25 EUR (computed)"
    assert amounts(found["monthlyChange"]) == "4.25 EUR (computed)"
    assert amounts(found["yearlyChange"]) == "51.00 EUR (computed)"
    assert [each["client"] for each in found["clients"]] == ["Client/globex"]
    assert [each["kind"] for each in found["messages"]] == ["service-opened"]
    shop.run("apply", "--yes", *CONSENTS)
    assert taken(shop) == ["12.75 EUR"]
    assert impact(shop)["clients"] == []


def test_order_of_a_live_client_is_quoted_and_its_end_is_told(shop: CommandLineProject) -> None:
    """The form quotes the order; a deleted service costs nothing any more."""
    shop.run("apply", "--yes")
    shop.write("manifests/web.yaml", SERVICE)
    found = impact(shop)
    assert amounts(found["chargesNow"]) == "12.75 EUR (quoted)"
    assert amounts(found["recurringBefore"]) == "0.00 EUR (computed)"
    assert amounts(found["recurringAfter"]) == "4.25 EUR (computed)"
    assert amounts(found["creditLeft"]) == "987.25 EUR (computed)"
    shop.run("apply", "--yes", *CONSENTS)
    (shop.root / "manifests" / "web.yaml").unlink()
    found = impact(shop)
    assert amounts(found["recurringBefore"]) == "4.25 EUR (computed)"
    assert amounts(found["recurringAfter"]) == "0.00 EUR (computed)"
    assert amounts(found["yearlyChange"]) == "-51.00 EUR (computed)"
    assert found["chargesNow"] == {}


def test_changed_discount_is_followed_to_what_the_client_pays(shop: CommandLineProject) -> None:
    """Also to a service that no manifest declares any more."""
    shop.write("manifests/web.yaml", SERVICE.replace("onRemove: delete", "onRemove: keep"))
    shop.run("apply", "--yes", *CONSENTS)
    (shop.root / "manifests" / "web.yaml").unlink()
    shop.run("apply", "--yes")
    shop.edit("manifests/june.yaml", "percentage: 15", "percentage: 40")
    found = impact(shop)
    assert amounts(found["recurringBefore"]) == "4.25 EUR (computed)"
    assert amounts(found["recurringAfter"]) == "3.00 EUR (computed)"
    assert amounts(found["monthlyChange"]) == "-1.25 EUR (computed)"
    assert found["largestChange"] == {"EUR": {"amount": "-1.25", "client": "Client/globex"}}


def test_balance_that_moved_leaves_a_saved_plan_good(shop: CommandLineProject) -> None:
    """What is left of it is for people, and no condition of the plan."""
    shop.run("apply", "--yes")
    shop.write("manifests/web.yaml", SERVICE)
    first = shop.run("plan", "--json", "--out", "plan.json").document
    assert shop.run("plan", "--json").document["digest"] == first["digest"]
    with closing(sqlite3.connect(shop.database)) as db, db:
        db.execute("UPDATE subaccount SET balance = balance + 500")
    assert shop.run("plan", "--json").document["digest"] != first["digest"]
    shop.run("apply", "plan.json", *CONSENTS)
    assert taken(shop) == ["12.75 EUR"]


@pytest.mark.parametrize("name", ["bare", "blind", "dots", "dotted", "newer", "roubles"])
def test_new_clients_order_on_other_installations(project: CommandLineProject, name: str) -> None:
    """What is computed is what is charged; where it is not, the plan says unknown."""
    project.run("sandbox", "seed", "--clients", "3")
    keep_install(project.database, load_install(file_of(name)))
    project.write("manifests/account.yaml", ACCOUNT)
    project.write("manifests/vat.yaml", TAX)
    project.write("manifests/web.yaml", SERVICE)
    assert amounts(impact(project)["chargesNow"]) == "12.75 EUR (computed)"
