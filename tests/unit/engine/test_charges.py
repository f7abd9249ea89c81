"""Whose money, how much, how often: what an operator's customers would notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.mapping.prices import read_price
from reconciler.model.plan import Money
from reconciler.sandbox import Sandbox, audit, ledger
from reconciler.sandbox.faults import FaultMiddleware, Rights
from tests.support.project import Project
from tests.support.sample_manifests import CLIENT, ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST = CLIENT % "billing@acme.example"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Start a panel without anybody in it."""
    with Sandbox(lag=timedelta(0)) as panel:
        yield panel


def test_missing_service_is_not_ordered_again_automatically(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """It was proved once; somebody may have deleted it on purpose. A new generation orders."""
    project = Project(tmp_path, sandbox)
    project.write(FIRST + ORDER % "balance")
    assert project.apply()["Service/acme-vm"] == "verified"
    service = next(c.service for c in ledger(sandbox) if c.what == "order")
    sandbox.call("vds.delete", elid=str(service), sok="ok")
    (change,) = project.plan().changes
    assert change.action == "blocked"
    assert "generation" in change.reason
    assert project.apply()["Service/acme-vm"] == "skipped"
    project.write(FIRST + ORDER % "balance" + "  generation: 2\n")
    assert project.apply()["Service/acme-vm"] == "verified"
    assert sum(c.what == "order" for c in ledger(sandbox)) == 2


def test_service_of_a_removed_client_follows_its_on_remove(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """The last resource that named the client is the one that is gone from Git."""
    project = Project(tmp_path, sandbox)
    project.write(FIRST)
    project.apply()
    (tmp_path / "other").mkdir()
    other = Project(tmp_path / "other", sandbox)
    order = (ORDER % "balance").replace("client: acme", "client: {email: billing@acme.example}")
    other.write(order.replace("name: acme-vm}", "name: acme-vm}\nlifecycle: {onRemove: delete}"))
    assert other.apply() == {"Service/acme-vm": "verified"}
    other.write(CLIENT % "else@acme.example")
    actions = {str(change.address): change.action for change in other.plan().changes}
    assert actions["Service/acme-vm"] == "delete"


def test_order_goes_to_the_login_that_the_client_has_by_then(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """A client whose address changes in the same apply is charged under the new one."""
    project = Project(tmp_path, sandbox)
    project.write(FIRST)
    project.apply()
    project.write(CLIENT % "new@acme.example" + ORDER % "balance")
    assert set(project.apply().values()) == {"verified"}
    orders = [a for a in audit(sandbox) if a.func == "vds.order.param" and a.wrote]
    assert [order.su for order in orders] == ["new@acme.example"]


def test_order_that_waits_unseen_in_the_cart_is_not_sent_again(tmp_path: Path) -> None:
    """Some panels list a service only when it is paid: the cart must not fill up meanwhile."""
    hidden = Rights(func="vds", rows={"remoteid": "git:*"}, count="always")
    panel = Sandbox(lag=timedelta(0), through=lambda inner: FaultMiddleware(inner, [hidden]))
    project = Project(tmp_path, panel)
    project.write(FIRST + ORDER % "cart")
    results = [project.apply().get("Service/acme-vm") for _ in range(3)]
    orders = [a for a in audit(panel) if a.func == "vds.order.param" and a.wrote]
    assert len(orders) == 1
    assert results == ["diverged", "skipped", "skipped"]
    panel.close()


def test_marks_of_an_unnamed_project_delete_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    """Two runs without a project share the namespace: neither may delete what the other made."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    discount = "  discounts: [{name: spring, percentage: 5, type: Percentage discount}]\n"
    one, two = Project(tmp_path / "one", sandbox), Project(tmp_path / "two", sandbox)
    one.namespace = two.namespace = "default"
    one.write(FIRST + discount)
    one.apply()
    two.write(FIRST)
    assert {change.action for change in two.plan().changes} == {"adopt"}


def test_adopted_password_is_kept_until_its_label_changes(tmp_path: Path, sandbox: Sandbox) -> None:
    """Taking a client over sends no password; the label counts from then on."""
    project = Project(tmp_path, sandbox)
    project.write(FIRST)
    project.apply()
    (tmp_path / "other").mkdir()
    other = Project(tmp_path / "other", sandbox)
    secret = FIRST.replace("  provider:", "  password: {env: X}\n  rotate: %s\n  provider:")
    other.write(secret % "one")
    other.apply()
    assert other.plan().empty
    other.write(secret % "two")
    assert [e.field for c in other.plan().changes for e in c.edits] == ["password"]


@pytest.mark.parametrize(
    ("text", "months", "amount"),
    [
        ("5.00 EUR", 12, "5.00"),
        ("5.00 EUR / Month", 12, "60.00"),
        ("5.00 EUR / 1 month", 1, "5.00"),
        ("9.00 EUR / 3 months", 12, "36.00"),
        ("9.00 EUR / 3 months", 4, None),
        ("90.00 EUR / Year", 12, "90.00"),
        ("90.00 EUR / Year", 1, None),
        ("5.00 EUR / fortnight", 1, None),
        ("5.00 EUR / Month", 0, None),
    ],
)
def test_price_by_another_span_is_multiplied_or_unknown(
    text: str, months: int, amount: str | None
) -> None:
    """What a month costs is not what a year costs; a bound on money must not say so."""
    price = read_price([text], "EUR", months)
    assert price == replace(Money(None, "EUR"), amount=Decimal(amount) if amount else None)
