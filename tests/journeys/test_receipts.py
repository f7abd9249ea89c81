"""What a run charged is shown beside what its plan forecast."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Install, keep_install
from tests.support.paying_client import SERVICE_FOR_HALF_A_YEAR, open_shop

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject


@pytest.fixture
def shop(project: CommandLineProject) -> CommandLineProject:
    """A project whose client has an account, and a service that is not ordered yet."""
    open_shop(project)
    project.run("apply", "--yes")
    project.write("manifests/web.yaml", SERVICE_FOR_HALF_A_YEAR)
    return project


def last_run(project: CommandLineProject) -> str:
    """Return the latest run that charged."""
    run: str = project.run("receipts", "--json").document["runs"][0]["run"]
    return run


def test_charge_as_forecast_is_said_to_be(shop: CommandLineProject) -> None:
    """Both amounts stand there, with their sums by currency."""
    shop.run("apply", "--yes", "--allow", "charge")
    run = last_run(shop)

    document = shop.run("receipts", run, "--json").document
    text = shop.run("receipts", run).out

    (receipt,) = document["receipts"]
    forecast = receipt["forecast"]
    assert (forecast["currency"], forecast["source"]) == ("EUR", "quoted")
    assert receipt["charged"] == {
        "amount": forecast["amount"],
        "currency": "EUR",
        "fromExpenses": True,
    }
    assert document["sums"]["EUR"]["difference"] == "0.00"
    assert document["unknown"] == 0
    assert "as forecast" in text
    assert "1 charge in EUR: forecast" in text
    assert "1 charge, all as forecast" in shop.run("receipts").out


DISCOUNT = """\
apiVersion: reconciler/v1
kind: Discount
metadata: {name: globex-all}
spec:
  client: globex
  percentage: 30
  type: Percentage discount
  appliesTo: Order and renewal
  from: 2026-01-01
"""


@pytest.mark.parametrize("share", [20, 40])
def test_discount_of_the_same_plan_moves_what_is_charged(
    shop: CommandLineProject, share: int
) -> None:
    """Lines, sums, JSON and expenses say one amount, whether the discount is lowered or raised."""
    shop.write("manifests/discount.yaml", DISCOUNT)
    shop.run("apply", "--yes", "--allow", "charge")
    renewed = SERVICE_FOR_HALF_A_YEAR + "  paidThrough: 2028-05-01\n"
    another = SERVICE_FOR_HALF_A_YEAR.replace("globex-web", "globex-two").replace(
        "globex.ex", "two.globex.ex"
    )
    shop.write("manifests/web.yaml", f"{renewed}---\n{another}")
    shop.write("manifests/discount.yaml", DISCOUNT.replace("30", str(share)))
    plan = shop.run("plan", "--out", "plan.json", "--json").document

    charges = plan["impact"]["charges"]
    total = sum(Decimal(each["amount"]) for each in charges)
    applied = shop.run("apply", "plan.json", "--allow", "charge")
    receipts = shop.run("receipts", last_run(shop), "--json").document

    before = {each["before"]["amount"] for each in charges}
    assert len(charges) > 2
    assert before == {"21.00"}
    assert {each["amount"] for each in charges} == {f"{Decimal(30 * (100 - share)) / 100:.2f}"}
    assert Decimal(plan["impact"]["chargesNow"]["EUR"]["amount"]) == total
    assert "by the terms before this plan" in shop.run("show", "plan.json").out
    assert applied.code == 0
    assert len(receipts["receipts"]) == len(charges)
    assert Decimal(receipts["sums"]["EUR"]["charged"]) == total
    assert receipts["sums"]["EUR"]["difference"] == "0.00"


def test_charge_that_no_expense_shows_is_not_called_as_forecast(shop: CommandLineProject) -> None:
    """The plan's amount is no proof of what was taken."""
    keep_install(shop.database, Install(lag=timedelta(0), hidden_lists=("subaccount.expense",)))
    shop.run("apply", "--yes", "--allow", "charge")
    run = last_run(shop)

    (receipt,) = shop.run("receipts", run, "--json").document["receipts"]

    assert receipt["charged"]["fromExpenses"] is False
    assert "the client's expenses do not show it" in shop.run("receipts", run).out
    assert "1 charge, 1 not as forecast" in shop.run("receipts").out


def test_refused_order_took_nothing(shop: CommandLineProject) -> None:
    """What the panel refuses is a known zero beside its forecast."""
    with closing(sqlite3.connect(shop.database)) as db, db:
        db.execute("UPDATE subaccount SET suspended = 'on'")
    shop.run("apply", "--yes", "--allow", "charge", code=6)
    run = last_run(shop)

    document = shop.run("receipts", run, "--json").document

    assert [(each["charged"], each["known"]) for each in document["receipts"]] == [(None, True)]
    assert document["sums"]["EUR"]["charged"] == "0.00"
    assert "not charged" in shop.run("receipts", run).out


def test_run_without_charges_and_unknown_run_are_told_apart(shop: CommandLineProject) -> None:
    """A run that changed free things charged nothing; a wrong name is wrong usage."""
    run = next(
        line["run"]
        for line in shop.run("journal", "--json").document["lines"]
        if line["type"] == "run"
    )
    assert shop.run("receipts").out == "No run charged anything.\n"
    assert f"Run {run} charged nothing." in shop.run("receipts", run).out
    assert "has no run" in shop.run("receipts", "20200101T000000Z-000000", code=64).err
