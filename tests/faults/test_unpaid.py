"""What was ordered and is not paid: in the cart, on an invoice, or beyond the balance (F29)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.model.journal import IntentState
from reconciler.sandbox.faults import Cart
from tests.faults.initial_state import initial_state, plan_of
from tests.faults.operations import EMAIL, OPERATIONS
from tests.faults.panel_state import (
    confirm_by_hand,
    converges_in_two_runs,
    new_charges,
    query_panel,
    state,
    state_of,
)
from tests.support.connection import ConnectionFault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.trial import Trial

CHARGING = ("order", "renewal", "paid")
SECOND = {
    "apiVersion": "reconciler/v1",
    "kind": "Service",
    "metadata": {"name": "acme-zoo"},
    "spec": {
        "client": "acme",
        "type": "vhost",
        "tariff": "Web Start",
        "domain": "acme-zoo.example",
        "payFrom": "balance",
    },
}


def _begin(root: Path, *, way: Literal["cart", "killed"] = "cart") -> Trial:
    """Order at once what the panel puts into the cart, and perhaps die of it."""
    trial = initial_state().begin(root, "order")
    faults = [Cart(func="vhost.order.param", request="write")]
    if way == "killed":
        dies = ConnectionFault(
            how="killed", when="after", func="vhost.order.param", request="write"
        )
        trial.apply(plan_of("order"), *faults, dies)
    else:
        trial.apply(plan_of("order"), *faults)
        assert trial.code == 6
        assert "waits in the cart or on an invoice" in trial.outcomes[0].message
    return trial


@pytest.mark.parametrize("status", ["0", "1"])
@pytest.mark.parametrize("way", ["cart", "killed"])
def test_order_that_is_not_paid_waits_and_is_not_ordered_again(
    way: Literal["cart", "killed"], status: str, tmp_path: Path
) -> None:
    """As a draft or on an invoice: exit code 6 as long as it waits, and 0 once it is paid."""
    trial = _begin(tmp_path, way=way)
    query_panel(trial, "UPDATE item SET status = ? WHERE domain = 'acme-shop.example'", status)

    for _ in range(2):
        assert trial.resume() == ["waiting"]
        trial.apply(None)
        assert trial.code == 6
        assert [outcome.result for outcome in trial.outcomes] == ["skipped"]
    assert [item.state is IntentState.WAITING for item in trial.journal.open_intents()] == [True]
    assert len(trial.writes()) == 1
    assert new_charges(trial) == []

    query_panel(trial, "DELETE FROM basket WHERE item <> (SELECT max(id) FROM item)")
    trial.panel.call("basket.pay", su=EMAIL)
    assert converges_in_two_runs(trial), trial.error
    assert len(trial.writes()) == 1
    assert len(new_charges(trial)) == 1


def test_plan_warns_of_an_order_that_waits_when_its_journal_is_lost(tmp_path: Path) -> None:
    """A pipeline that keeps no journal is warned at each plan, and orders nothing again."""
    trial = _begin(tmp_path)
    (tmp_path / "journal").unlink()

    for _ in range(2):
        trial.apply(None)
        assert trial.planned is not None
        assert [f.code for f in trial.planned.findings] == ["waits-for-payment"]
    assert len(trial.writes()) == 1

    query_panel(trial, "DELETE FROM basket WHERE item <> (SELECT max(id) FROM item)")
    trial.panel.call("basket.pay", su=EMAIL)
    trial.apply(None)
    assert trial.planned is not None
    assert trial.planned.findings == ()


def test_unpaid_order_is_not_taken_for_paid_by_another_expense(tmp_path: Path) -> None:
    """A later charge of the same client ends nothing: exit code 6 as long as the order waits."""
    trial = _begin(tmp_path)
    (tmp_path / "manifests" / "zoo.yaml").write_text(json.dumps(SECOND))
    assert sorted(trial.apply(None).values()) == ["skipped", "verified"]
    assert len(new_charges(trial)) == 1

    for _ in range(2):
        assert trial.resume() == ["waiting"]
        assert set(trial.apply(None).values()) == {"skipped"}
        assert trial.code == 6
    assert len(new_charges(trial)) == 1


def test_order_removed_from_the_cart_is_sent_again_after_none_exists(
    tmp_path: Path,
) -> None:
    """Gone from the cart is not seen to be gone: nothing is ordered before it is said."""
    trial = _begin(tmp_path)
    (number,) = query_panel(trial, "SELECT max(id) FROM basket")[0]
    trial.panel.call("basket.delete", su=EMAIL, elid=str(number))

    trial.apply(None)
    assert trial.code == 6
    assert len(trial.writes()) == 1
    confirm_by_hand(trial, "absent")

    assert converges_in_two_runs(trial), trial.error
    assert len(new_charges(trial)) == 1
    assert state(trial) == state_of("order")


@pytest.mark.parametrize("operation", CHARGING)
def test_charge_beyond_the_balance_is_refused_and_in_no_doubt(
    operation: str, tmp_path: Path
) -> None:
    """Exit code 6 and nothing half done, as often as it is tried; with money it is done once."""
    trial = initial_state().begin(tmp_path, operation)
    before = state(trial)
    _leave(trial, 1)

    for plan in (plan_of(operation), None, None):
        assert trial.apply(plan) == {OPERATIONS[operation].address: "failed"}
        assert trial.code == 6
        assert "balance" in trial.outcomes[0].message
        assert trial.journal.open_intents() == ()
    assert new_charges(trial) == []
    assert state(trial) == before

    _leave(trial, 100_000)
    assert converges_in_two_runs(trial), trial.error
    assert len(new_charges(trial)) == 1


def test_balance_that_suffices_for_one_of_two_orders_pays_one(tmp_path: Path) -> None:
    """One is done and remembered, the other refused; with money the other is ordered, alone."""
    trial = initial_state().begin(tmp_path, "order")
    path = tmp_path / "manifests" / "zoo.yaml"
    path.write_text(json.dumps(SECOND))
    _leave(trial, 400)  # each of them costs 2.70

    results = trial.apply(None)

    assert sorted(results.values()) == ["failed", "verified"]
    assert trial.code == 6
    assert len(new_charges(trial)) == 1
    (refused,) = (address for address, result in results.items() if result == "failed")
    assert trial.apply(None) == {refused: "failed"}
    assert len(new_charges(trial)) == 1
    _leave(trial, 400)
    assert trial.apply(None) == {refused: "verified"}
    assert converges_in_two_runs(trial), trial.error
    assert {charge.service for charge in new_charges(trial)} == {
        number for (number,) in query_panel(trial, "SELECT id FROM item ORDER BY id DESC LIMIT 2")
    }
    assert len(new_charges(trial)) == 2


def _leave(trial: Trial, cents: int) -> None:
    """Leave the client so much to spend, its credit included."""
    query = (
        "UPDATE subaccount SET balance = ? - creditlimit"
        " WHERE account = (SELECT id FROM account WHERE email = ?)"
    )
    query_panel(trial, query, cents, EMAIL)
