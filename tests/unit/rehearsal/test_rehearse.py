"""A rehearsal is of the plan that was made, or there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import RefusedError
from reconciler.model.value import Choice
from reconciler.rehearsal.rehearse import require_same
from reconciler.sandbox import Install, Sandbox
from reconciler.sandbox.seeding.mirror import (
    MirroredClient,
    MirroredForm,
    MirroredOffer,
    MirrorSource,
    mirror,
)
from tests.support.planning import PlanInputs, acme, client, declare

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.plan import Plan
    from reconciler.model.value import Value


def _plan(base: Choice, periods: Value) -> Plan:
    wanted = {"client": "acme", "rate": 1, "date": "2030-01-01", "relate": {"id": "2"}, "base": "X"}
    rate, sale = declare("CurrencyRate", "usd", wanted), declare("Discount", "may", _SALE)
    rate = rate._replace(fields={**rate.fields, "base": base})
    sale = sale._replace(fields={**sale.fields, "periods": periods})
    return PlanInputs(declared=(acme(), rate, sale), objects=(client(),)).plan()


_SALE = {"client": "acme", "percentage": 5, "type": {"id": "1"}}
PLANNED = _plan(Choice("46", "EUR (Euro)"), frozenset({Choice("12", "Year")}))


def test_copy_may_call_an_option_by_another_name() -> None:
    """Two forms of one panel label one code differently, and the copy keeps one label."""
    require_same(PLANNED, _plan(Choice("46", "EUR"), frozenset({Choice("12", "12 months")})), set())


def test_form_may_open_for_the_plan_and_not_for_its_copy() -> None:
    """A client who is yet to be made has no form of its own; some panels open one all the same."""
    unresolved = frozenset({Choice(label="Year")})
    require_same(PLANNED, _plan(Choice(label="EUR"), unresolved), set())


@pytest.mark.parametrize(
    "copied",
    [
        _plan(Choice("47", "EUR (Euro)"), frozenset({Choice("12", "Year")})),
        _plan(Choice("46", "EUR (Euro)"), frozenset({Choice("24", "Year")})),
        _plan(Choice("46", "EUR (Euro)"), frozenset()),
        replace(PLANNED, changes=PLANNED.changes[:-1]),
        replace(PLANNED, changes=(*PLANNED.changes, PLANNED.changes[-1])),
    ],
)
def test_copy_that_means_something_else_is_not_faithful(copied: Plan) -> None:
    """What would be sent is reported by codes."""
    with pytest.raises(RefusedError, match="not faithful"):
        require_same(PLANNED, copied, set())


def test_order_form_opens_where_some_tariffs_were_never_looked_at(tmp_path: Path) -> None:
    """They are in the list, and nobody knows where or for how long they can be had."""
    tariffs = {"pricelist": {"3": "Never asked", "4": "Asked"}}
    menus = {**tariffs, "datacenter": {"2": "Helsinki"}, "period": {"1": "Month"}}
    found = MirrorSource(
        clients=[MirroredClient("7", "a@b.example", providers=("1",))],
        sides={"project": {"1": "Main"}},
        offers=[
            MirroredOffer("vds", "7", {}, tariffs),
            MirroredOffer("vds", "7", {"pricelist": "4", "period": "1"}, menus, tariff="4"),
        ],
    )
    mirror(tmp_path / "copy.sqlite3", found)
    bare = Install(orders="bare")
    with (
        Sandbox(tmp_path / "copy.sqlite3", lag=timedelta(0), install=bare) as panel,
        panel.reading() as db,
    ):
        db.execute("UPDATE pricelist SET project = 1")
        form = panel.call("vds.order.param", su="a@b.example").decode()
    assert "<pricelist>4</pricelist>" in form
    assert "Never asked" in form


def test_tariff_has_the_name_of_its_order_form(tmp_path: Path) -> None:
    """The form of a service may tell the code alone, and the manifest has the name."""
    found = MirrorSource(
        clients=[MirroredClient("7", "a@b.example", providers=("1",))],
        sides={"project": {"1": "Main"}},
        forms=[
            MirroredForm("vds.edit", "5", "7", {"pricelist": "4", "period": "1", "addon_9": "2"})
        ],
        offers=[
            MirroredOffer("vds", "7", {"addon_9": "1"}, {"pricelist": {"4": "Cloud"}}, tariff="4")
        ],
    )
    mirror(tmp_path / "copy.sqlite3", found)
    with Sandbox(tmp_path / "copy.sqlite3", lag=timedelta(0)) as panel, panel.reading() as db:
        assert db.execute("SELECT name FROM pricelist").fetchall() == [("Cloud",)]
        assert db.execute("SELECT name FROM addon").fetchall() == [("addon_9",)]


@pytest.mark.parametrize(
    ("label", "code"), [("Euro (EUR)", "EUR"), ("EUR", "EUR"), ("Taler", "Taler")]
)
def test_money_of_a_copy_is_counted_in_the_code_of_its_currency(
    label: str, code: str, tmp_path: Path
) -> None:
    """Forms may offer it by its whole name, while every price is printed with the code."""
    values = {"subaccount_project": "1", "subaccount_currency": "3"}
    options = {"subaccount_currency": {"3": label}}
    found = MirrorSource(
        clients=[MirroredClient("7", "a@b.example", providers=("1",))],
        sides={"project": {"1": "Main"}},
        forms=[MirroredForm("subaccount.edit", "5", "7", values, options)],
        rows={("subaccount.edit", "5"): {"balance": "12.00"}},
    )
    mirror(tmp_path / "copy.sqlite3", found)
    with Sandbox(tmp_path / "copy.sqlite3", lag=timedelta(0)) as panel:
        shown = panel.call("subaccount", elid="7").decode()
    assert f"<balance>12.00 {code}</balance>" in shown
