"""``explain price`` shows the sum that leads to what a service costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import Sandbox, ledger
from tests.support.paying_client import SERVICE_FOR_HALF_A_YEAR, open_shop

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

TERMS = """\
apiVersion: reconciler/v1
kind: TaxRule
metadata: {name: globex-tax}
spec: {client: globex, provider: Main provider, rate: 19}
---
apiVersion: reconciler/v1
kind: Discount
metadata: {name: globex-orders}
spec: {client: globex, percentage: 5, type: Percentage discount, appliesTo: Order}
---
apiVersion: reconciler/v1
kind: Discount
metadata: {name: globex-best}
spec: {client: globex, percentage: 20, type: Percentage discount, appliesTo: Order and renewal}
"""


@pytest.fixture
def shop(project: CommandLineProject) -> CommandLineProject:
    """A project that declares a client's terms and a service of his."""
    open_shop(project)
    (project.root / "manifests/june.yaml").unlink()
    project.write("manifests/terms.yaml", TERMS)
    project.write("manifests/web.yaml", SERVICE_FOR_HALF_A_YEAR)
    return project


def prices(project: CommandLineProject) -> list[dict[str, Any]]:
    """Return the prices of the service, each with its lines."""
    found: list[dict[str, Any]] = project.run(
        "explain", "price", "Service/globex-web", "--json"
    ).document["prices"]
    return found


def test_sum_of_an_order_leads_to_what_is_charged(shop: CommandLineProject) -> None:
    """Each line that counts is a part of it; what loses has a reason; the renewal follows."""
    order, renewal = prices(shop)
    lines = {(step["kind"], step["name"]): step for step in order["steps"]}

    assert (order["purchased"], order["months"], order["planned"]) == ("order", 6, True)
    assert lines["product", "Cloud S"]["amount"] == "30.00"
    assert lines["discount", "Discount/globex-best"]["amount"] == "-6.00"
    lost = lines["discount", "Discount/globex-orders"]
    assert (lost["effect"], lost["amount"]) == ("loses", None)
    assert lost["why"] == "Discount/globex-best takes more off"
    assert lines["tax", "TaxRule/globex-tax"]["effect"] == "included"
    assert order["amount"] == lines["total", ""]["amount"] == "24.00"
    assert (renewal["purchased"], renewal["planned"]) == ("renewal", False)

    shop.run("apply", "--yes", "--allow", "charge")
    with Sandbox(shop.database) as panel:
        assert [each.amount for each in ledger(panel)] == [Decimal(order["amount"])]


def test_renewal_of_a_live_service_is_quoted_and_follows_the_plan(
    shop: CommandLineProject,
) -> None:
    """The form shows it; a discount that the plan changes moves it, and terms have their names."""
    shop.run("apply", "--yes", "--allow", "charge")

    (quoted,) = prices(shop)
    shop.edit("manifests/terms.yaml", "percentage: 20", "percentage: 10")
    (moved,) = prices(shop)
    text = shop.run("explain", "price", "Service/globex-web").out

    assert (quoted["amount"], quoted["source"]) == ("24.00", "quoted")
    assert (moved["amount"], moved["source"]) == ("27.00", "computed")
    assert "Discount/globex-best" in text
    assert "does not count: it is not for renewals" in text
    assert "Renewal for 6 months, the next one: 27.00 EUR (computed)" in text


@pytest.mark.parametrize(
    ("words", "code", "reported"),
    [
        ((), 64, "needs one resource"),
        (("Client/globex",), 64, "a Client has no price: ask for a Service"),
        (("Service/globex-wab",), 3, "did you mean 'Service/globex-web'"),
    ],
)
def test_what_has_no_price_is_told(
    shop: CommandLineProject, words: tuple[str, ...], code: int, reported: str
) -> None:
    """Before anything is asked of the panel."""
    assert reported in shop.run("explain", "price", *words, code=code).err


def test_json_is_for_prices_alone(shop: CommandLineProject) -> None:
    """Other explanations are texts."""
    refused = shop.run("explain", "TaxRule", "--json", code=64).document
    assert "--json goes with `explain price`" in refused["error"]["message"]
