"""Filter forms as production clients name their fields."""

from __future__ import annotations

import pytest

from reconciler.sandbox import ADMIN, Sandbox
from tests.support.sandbox_client import Client, Clock, fields, options, order, rows, tariffs


@pytest.fixture
def machines(panel: Sandbox, client: Client, clock: Clock) -> dict[str, str]:
    """Two machines of different tariffs, ordered a month apart."""
    offered = tariffs(panel, client)
    for name in ("Cloud S", "Cloud M"):
        given = {"pricelist": offered[name], "remoteid": name, "skipbasket": "on"}
        order(panel, client, domain=f"{name[-1]}.example.com".lower(), **given)
        clock.forward(days=31)
    return offered


def found(panel: Sandbox, **given: str) -> set[str]:
    """List the machines under a filter of one call."""
    return {row["remoteid"] for row in rows(panel.call("vds", filter="on", **given))}


def test_services_are_filtered_by_keys(panel: Sandbox, machines: dict[str, str]) -> None:
    """A tariff's key, not its name; several apart by commas."""
    one, two = machines["Cloud S"], machines["Cloud M"]

    assert found(panel, pricelist=one) == {"Cloud S"}
    assert found(panel, pricelist=f"{one}, {two}") == {"Cloud S", "Cloud M"}
    assert found(panel, pricelist="9999") == set()
    assert found(panel, status="2") == {"Cloud S", "Cloud M"}
    assert found(panel, status="3,4") == set()
    assert found(panel, period="1", domain="m.exa") == {"Cloud M"}


def test_services_are_filtered_by_ranges(panel: Sandbox, machines: dict[str, str]) -> None:
    """The days of an order, and what it costs."""
    assert found(panel, orderdatefrom="2026-03-10") == {"Cloud M"}
    assert found(panel, orderdateto="2026-03-10") == {"Cloud S"}
    assert found(panel, cost_from="10") == {"Cloud M"}
    assert found(panel, cost_from="4.5", cost_to="10.00") == {"Cloud S"}


def test_saved_filter_of_keys_sticks(panel: Sandbox, machines: dict[str, str]) -> None:
    """And the form shows it, with the options that it was chosen of."""
    panel.call("vds.filter", pricelist=machines["Cloud M"], sok="ok", su=ADMIN)

    form = panel.call("vds.filter", su=ADMIN)
    assert [row["remoteid"] for row in rows(panel.call("vds", su=ADMIN))] == ["Cloud M"]
    assert fields(form)["pricelist"] == machines["Cloud M"]
    assert options(form, "pricelist")["Cloud S"] == machines["Cloud S"]
    for name in ("datacenter", "period", "status", "autoprolong", "ostemplate"):
        assert options(form, name)


@pytest.fixture
def payments(panel: Sandbox, client: Client, clock: Clock) -> None:
    """Two payments a year apart, one of them paid."""
    for amount in ("10", "20"):
        given = {"plid": client.id, "subaccountamount": amount, "sok": "ok"}
        panel.call("payment.edit", **given)
        clock.forward(days=365)
    panel.call("payment.setpaid", elid="1")


def paid(panel: Sandbox, **given: str) -> list[str]:
    """List the amounts of payments under a filter of one call."""
    listed = rows(panel.call("payment", filter="on", **given))
    return sorted(row["subaccountamount_iso"] for row in listed)


def test_payments_are_filtered_by_day(panel: Sandbox, payments: None) -> None:
    """The two ends count where another day is asked for, and only there."""
    year = {"createdatestart": "2026-01-01", "createdateend": "2026-12-31"}

    assert paid(panel, createdate="other", **year) == ["10.00 EUR"]
    assert paid(panel, createdate="other", createdatestart="2027-01-01") == ["20.00 EUR"]
    old = {"createdatestart": "2019-01-01", "createdateend": "2019-12-31"}
    assert paid(panel, createdate="other", **old) == []
    assert len(paid(panel, createdate="nodate", **old)) == 2


def test_payments_are_filtered_by_amount_and_state(
    panel: Sandbox, client: Client, payments: None
) -> None:
    """Keys of clients, states and methods; bounds of sums."""
    methods = options(panel.call("payment.filter"), "paymethod")

    assert paid(panel, status="4") == ["10.00 EUR"]
    assert paid(panel, saamount_from="15") == paid(panel, pmamount_from="15") == ["20.00 EUR"]
    assert paid(panel, sender_id=client.id, saamount_to="15") == ["10.00 EUR"]
    assert paid(panel, sender_id="77") == []
    assert len(paid(panel, paymethod=",".join(methods.values()))) == 2
