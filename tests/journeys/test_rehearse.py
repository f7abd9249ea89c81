"""``rehearse``: what an apply would come to, without a single write to the panel."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import Sandbox, ledger
from tests.support.command_line import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.command_line import CommandLineProject

GUARDS = ("maxCharge: {EUR: 500}", "maxCharge: {EUR: 500, USD: 500, RUB: 50000, GBP: 500}")


def _client(project: CommandLineProject, number: int = 0) -> dict[str, str]:
    """Return a client of the seeded panel: its id and its email."""
    rows = project.run("call", "account", "--json").document["rows"]
    return dict(rows[number]["values"])


def _order(project: CommandLineProject, email: str, balance: str | None = None) -> None:
    project.edit("reconciler.yaml", *GUARDS)
    project.write("manifests/web.yaml", SERVICE % email)
    if balance is not None:
        client = _client(project)["id"]
        rows = json.loads(project.panel("subaccount", elid=client, out="JSONdata"))
        with closing(Sandbox(project.database)) as sandbox, sandbox.reading() as db:
            sql = "UPDATE subaccount SET balance = ?, creditlimit = 0 WHERE account = ?"
            db.execute(sql, (balance, client))
        assert rows


@pytest.mark.parametrize("number", range(4))
def test_rehearsal_has_the_results_of_the_apply(project: CommandLineProject, number: int) -> None:
    """The same outcomes, the same money; and the panel was only asked."""
    project.run("sandbox", "seed", "--clients", "4")
    _order(project, _client(project, number)["email"])
    project.write(
        "manifests/more.yaml",
        "apiVersion: reconciler/v1\nkind: CurrencyRate\nmetadata: {name: rate}\nspec:\n"
        f"  {{client: {{id: '{_client(project, number)['id']}'}}, base: EUR, relate: RUB, rate: 2,"
        " date: 2030-01-01}\n",
    )
    project.run("plan", "--out", "plan.json", "--allow", "charge")

    rehearsed = project.run("rehearse", "plan.json", "--json").document
    before = project.writes()
    applied = project.run("apply", "plan.json", "--allow", "charge", "--json").document

    ends = sorted((each["address"], each["result"]) for each in rehearsed["outcomes"])
    assert ends == sorted((each["address"], each["result"]) for each in applied["outcomes"])
    assert rehearsed["charges"] == applied["charges"]
    with closing(Sandbox(project.database)) as sandbox:
        sums = {each.currency: each.amount for each in ledger(sandbox)}
    assert rehearsed["charged"] == {unit: f"{sum_:.2f}" for unit, sum_ in sums.items()}
    assert rehearsed["left"] == []
    assert before == []


@pytest.mark.parametrize("discounted", [False, True])
def test_renewals_are_rehearsed_in_the_currencies_of_their_clients(
    project: CommandLineProject, *, discounted: bool
) -> None:
    """Tariffs that no order form was asked for, accounts in any currency: as the apply does it."""
    project.run("sandbox", "seed", "--clients", "24", "--seed", "3")
    project.edit("reconciler.yaml", *GUARDS)
    project.edit("reconciler.yaml", "maxUpdateShare: 0.5", "maxUpdateShare: 1")
    renewed = _renewable(project)
    documents = [_RENEWED.format(**each) for each in renewed]
    if discounted:
        documents += [_DISCOUNT.format(**each) for each in renewed]
    project.write("manifests/renewed.yaml", "---\n".join(documents))
    project.run("plan", "--out", "plan.json", "--allow", "charge")

    rehearsed = project.run("rehearse", "plan.json", "--allow", "charge", "--json").document
    applied = project.run("apply", "plan.json", "--allow", "charge", "--json").document

    ends = sorted((each["address"], each["action"], each["result"]) for each in applied["outcomes"])
    assert ends == sorted(
        (each["address"], each["action"], each["result"]) for each in rehearsed["outcomes"]
    )
    assert rehearsed["charges"] == applied["charges"]
    assert len({each["currency"] for each in applied["charges"]}) > 1
    assert rehearsed["left"] == []


_RENEWED = """\
apiVersion: reconciler/v1
kind: Service
metadata: {{name: s{id}}}
spec:
  {{client: {{email: "{email}"}}, type: {itemtype}, tariff: {tariff}, domain: {domain},
    payFrom: balance, paidThrough: {day}}}
"""
_DISCOUNT = """\
apiVersion: reconciler/v1
kind: Discount
metadata: {{name: d{id}}}
spec:
  {{client: {{email: "{email}"}}, percentage: 10, type: Percentage discount, appliesTo: Order,
    from: 2020-01-01}}
"""


def _renewable(project: CommandLineProject) -> list[dict[str, object]]:
    """Return one running service of each client that can pay for two periods more."""
    query = (
        "SELECT i.id, a.email, i.itemtype, l.name AS tariff, i.domain, i.expiredate, c.iso,"
        " date(i.expiredate, '+1 day') AS day FROM item i"
        " JOIN account a ON a.id = i.account JOIN pricelist l ON l.id = i.pricelist"
        " JOIN subaccount s ON s.id = i.subaccount JOIN currency c ON c.id = s.currency"
        " WHERE i.status = '2' AND i.period > 0 AND s.balance > 2 * i.cents"
        " AND NOT EXISTS (SELECT 1 FROM discount d WHERE d.account = a.id) GROUP BY a.id"
    )
    with closing(Sandbox(project.database)) as sandbox, sandbox.reading() as db:
        cursor = db.execute(query)
        names = [each[0] for each in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()][:6]


def test_balance_with_two_readings_is_not_copied_as_the_lesser(project: CommandLineProject) -> None:
    """The setting that decides it is named, and helps."""
    project.write("install.yaml", 'money: {decimal: ",", thousands: ".", decimals: needed}\n')
    project.run("sandbox", "seed", "--clients", "1", "--install", "install.yaml")
    _order(project, _client(project)["email"], balance="500000")
    project.run("plan", "--out", "plan.json", "--allow", "charge")

    refused = project.run("rehearse", "plan.json", code=4).err
    url = "url: sandbox:.reconciler/sandbox.sqlite3"
    project.edit("reconciler.yaml", url, f'{url}\n      numbers: {{decimal: ","}}')
    project.run("plan", "--out", "plan.json", "--allow", "charge")

    assert "cannot be copied: balance of ClientAccount" in refused
    assert 'and 5000 with numbers: {decimal: ","}: add the right one' in refused
    assert "The second plan is empty." in project.run("rehearse", "plan.json").out


BACKED_UP = """apiVersion: reconciler/v1
kind: Service
metadata: {{name: globex-rack}}
spec:
  client: {{email: {email}}}
  type: dedic
  tariff: Server EPYC
  domain: rack.globex.example
  payFrom: balance
  addons: {{Backup: {backup}, Addresses: 2}}
"""


@pytest.mark.parametrize("orders", ["wizard", "bare", "v2"])
def test_add_on_that_is_a_check_box_is_rehearsed(project: CommandLineProject, orders: str) -> None:
    """It is ordered, switched off and found done, however on and off are written."""
    project.write("install.yaml", f"orders: {orders}\n")
    project.run("sandbox", "seed", "--clients", "1", "--install", "install.yaml")
    project.edit("reconciler.yaml", "    maxCharge: {EUR: 500}\n", "")
    email = _client(project)["email"]

    for backup in ("on", "true", "1", "off", "0"):
        project.write("manifests/rack.yaml", BACKED_UP.format(email=email, backup=backup))
        plan = project.run("plan", "--out", "plan.json", "--allow", "charge").out
        rehearsed = project.run("rehearse", "plan.json", "--allow", "charge").out
        project.run("apply", "plan.json", "--allow", "charge")
        project.run("plan", "--detailed-exitcode")

        assert "The second plan is empty." in rehearsed
        assert ("addons" in plan) is (backup in {"on", "off"})


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("renewed", [False, True])
def test_add_on_costs_the_same_on_the_copy(
    project: CommandLineProject, *, renewed: bool, exact: bool
) -> None:
    """A renewal that it makes dearer is sent at the plan's own price, or on neither.

    In another currency than the tariff's the rounding leaves a cent unknown: the copy charges the
    most that it can be.
    """
    project.run("sandbox", "seed", "--clients", "1")
    project.edit("reconciler.yaml", *GUARDS)
    email = _client(project)["email"]
    declared = BACKED_UP.format(email=email, backup="off")
    project.write("manifests/rack.yaml", declared)
    _write(project, "UPDATE subaccount SET creditlimit = 100000000")
    if exact:
        _write(project, "DELETE FROM discount")
        _write(
            project, "UPDATE subaccount SET currency = (SELECT id FROM currency WHERE iso = 'EUR')"
        )
    project.run("apply", "--yes", "--allow", "charge")
    # The panel has opened it by now.
    _write(project, "UPDATE item SET due = '2000-01-01 00:00:00' WHERE due IS NOT NULL")
    before = len(ledger(project.database))
    later = datetime.now(UTC).date() + timedelta(days=45)
    dearer = declared.replace("Addresses: 2", "Addresses: 4")
    project.write("manifests/rack.yaml", dearer + f"  paidThrough: {later}\n" * renewed)
    project.run("plan", "--out", "plan.json", "--allow", "charge")
    words = ("plan.json", "--allow", "charge", "--json")
    code = 6 if renewed and not exact else 0

    rehearsed = project.run("rehearse", *words, code=code).document
    applied = project.run("apply", *words, code=code).document

    assert _ends(rehearsed) == _ends(applied)
    taken: dict[str, Decimal] = {}
    for each in ledger(project.database)[before:]:
        taken[each.currency] = taken.get(each.currency, Decimal(0)) + each.amount
    ((unit, sum_),) = taken.items()
    ((on_copy, most),) = rehearsed["charged"].items()
    assert on_copy == unit
    assert Decimal(0) <= Decimal(most) - sum_ <= (Decimal(0) if exact else Decimal("0.01"))


def _ends(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return sorted((e["address"], e["action"], e["result"]) for e in document["outcomes"])


def _write(project: CommandLineProject, sql: str) -> None:
    with closing(Sandbox(project.database)) as sandbox, sandbox.reading() as db:
        db.execute(sql)


def test_balance_that_is_too_low_is_found_before_the_apply(project: CommandLineProject) -> None:
    """Exit code 6: the copy refuses what the panel would refuse, in its words."""
    project.run("sandbox", "seed", "--clients", "1")
    _order(project, _client(project)["email"], balance="1")
    project.run("plan", "--out", "plan.json", "--allow", "charge")

    result = project.run("rehearse", "plan.json", code=6)

    assert "✗ ! Service/globex-web" in result.out
    assert "balance" in result.out
    assert "Charges on the copy: none" in result.out
    assert "The second plan is not empty" in result.out


def test_rehearsal_reports_a_skipped_order_of_a_client_to_create(
    project: CommandLineProject,
) -> None:
    """No order form tells what it would be, so nothing is made up; nor does a guard let it pass."""
    project.edit("reconciler.yaml", *GUARDS)
    project.write("manifests/web.yaml", SERVICE % "x@y.example")
    project.edit("manifests/web.yaml", "client: {email: x@y.example}", "client: globex")
    project.run("plan", "--out", "plan.json", "--allow", "charge", code=4)

    result = project.run("rehearse", "plan.json", code=4)

    assert "maxCharge" in result.err
    assert "✓ + Client/globex" in result.out
    assert "Service/globex-web" in result.out
    assert "its client is created by this plan" in result.out


NEWCOMER = """apiVersion: reconciler/v1
kind: Client
metadata: {name: newcomer}
spec:
  email: hello@newcomer.example
  groups: [Partners]
  currencyRates: [{name: newcomer-usd, base: EUR, relate: USD, rate: 1.1, date: 2030-01-01}]
"""


def test_new_client_is_rehearsed_with_the_offers_of_others(
    project: CommandLineProject,
) -> None:
    """Whom no client lives beside cannot be: that is said, and is no fault of the manifests."""
    project.write("manifests/newcomer.yaml", NEWCOMER)
    project.run("plan", "--out", "plan.json")
    result = project.run("rehearse", "plan.json", code=4)
    assert "refused: manifests/newcomer.yaml:6:" in result.err
    assert "Client/newcomer: groups" in result.err
    assert "the copy lacks an option of the panel" in result.err

    project.run("sandbox", "seed", "--clients", "1")
    project.run("plan", "--out", "plan.json")
    before = project.writes()
    rehearsed = project.run("rehearse", "plan.json")
    assert "✓ + CurrencyRate/newcomer-usd" in rehearsed.out
    assert "The second plan is empty" in rehearsed.out
    assert project.writes() == before


def test_country_without_a_label_is_planned_and_rehearsed_by_its_flag(
    project: CommandLineProject,
) -> None:
    """The copy shows the flags that the panel shows; a plan never calls a country nothing."""
    project.write("install.yaml", "labels: missing\n")
    project.run("sandbox", "seed", "--install", "install.yaml")
    project.edit("manifests/globex.yaml", "  name: Globex\n", "  name: Globex\n  country: DE\n")
    (project.root / "manifests/june.yaml").unlink()

    planned = project.run("plan", "--out", "plan.json").out
    rehearsed = project.run("rehearse", "plan.json").out
    project.run("apply", "plan.json")
    project.edit("manifests/globex.yaml", "country: DE", "country: Austria")
    moved = project.run("plan").out

    assert "country: DE" in planned
    assert "1 verified" in rehearsed
    assert re.search(r"country: \d+ → Austria", moved)


def test_way_back_is_rehearsed_like_any_plan(project: CommandLineProject) -> None:
    """The copy is of what lives now, and what the run did is taken back there."""
    project.run("apply", "--yes")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    project.run("apply", "--yes")
    project.run("undo", project.run("undo").out.split()[0], "--out", "undo.json")
    written = project.writes()

    result = project.run("rehearse", "undo.json")

    assert "✓ ~ Discount/globex-june" in result.out
    assert "The second plan is empty." in result.out
    assert project.writes() == written


def test_removals_are_rehearsed(project: CommandLineProject) -> None:
    """A discount that left the manifests is deleted on the copy, and stays in the panel."""
    project.run("apply", "--yes")
    (project.root / "manifests/june.yaml").unlink()
    project.run("plan", "--out", "plan.json", "--allow", "delete")
    written = project.writes()

    refused = project.run("rehearse", "plan.json", code=4)
    result = project.run("rehearse", "plan.json", "--allow", "delete")

    assert "maxDeleteShare" in refused.err
    assert "✓ - Discount/globex-june" in result.out
    assert project.writes() == written


def test_stale_plan_is_not_rehearsed(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Exit code 5, as of an apply."""
    project.run("apply", "--yes")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    project.run("plan", "--out", "plan.json")
    discount_by_hand(percentage="40")

    assert "40" in project.run("rehearse", "plan.json", code=5).err
