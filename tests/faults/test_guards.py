"""Guards at the moment of sending: what an apply does is bounded whatever its plan says."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.model.target import Guards
from tests.faults.initial_state import initial_state, plan_of
from tests.faults.operations import OPERATIONS
from tests.faults.panel_state import new_charges, query_panel

if TYPE_CHECKING:
    from pathlib import Path

CLOSING = ("close", "end")


@pytest.mark.parametrize(
    ("operations", "guards", "let"),
    [
        (CLOSING, Guards(max_deletes=0), 0),
        (CLOSING, Guards(max_deletes=1), 1),
        (CLOSING, Guards(max_deletes=2), 2),
        (CLOSING, Guards(max_delete_share=Decimal("0.15")), 1),
        (("edit", "terms", "tax"), Guards(max_update_share=Decimal("0.1")), 2),
        (("order", "renewal"), Guards(max_charge={"EUR": Decimal(0)}), 0),
        (("order", "renewal"), Guards(max_charge={"EUR": Decimal(5)}), 1),
        (("order", "renewal"), Guards(max_charge={"EUR": Decimal(500)}), 2),
        (("order",), Guards(max_charge={"USD": Decimal(500)}), 0),
        (("paid",), Guards(max_charge={"EUR": Decimal(1)}), 0),
        (("paid",), Guards(max_charge={"EUR": Decimal(500)}), 1),
    ],
)
def test_guards_bound_the_sum_of_all_changes_of_an_apply(
    operations: tuple[str, ...], guards: Guards, let: int, tmp_path: Path
) -> None:
    """A plan that was never reviewed gets no further than the guards of the project let it."""
    trial = initial_state().begin(tmp_path, *operations)
    trial.guards, trial.allow = guards, trial.allow - {"delete"}

    results = trial.apply(plan_of(*operations))

    assert sorted(results.values()) == ["skipped"] * (len(operations) - let) + ["verified"] * let
    kept = [
        OPERATIONS[operation]
        for operation in operations
        if results[OPERATIONS[operation].address] == "skipped"
    ]
    assert [sent.func for operation in kept for sent in trial.writes(operation.func)] == []
    assert (trial.code == 0) == (let == len(operations))
    assert len(new_charges(trial)) == sum(bool(OPERATIONS[d].charge) for d in operations) - sum(
        bool(operation.charge) for operation in kept
    )


def test_renewal_whose_price_rose_since_the_plan_is_not_sent(tmp_path: Path) -> None:
    """The price that was reviewed is the price that is paid, or the change is left alone."""
    trial = initial_state().begin(tmp_path, "renewal")
    plan = plan_of("renewal")
    query_panel(trial, "UPDATE price SET cents = cents + 100")

    results = trial.apply(plan)

    assert results == {OPERATIONS["renewal"].address: "failed"}
    assert re.fullmatch(
        r"the price is (\S+ EUR) now and was (?!\1)\S+ EUR in the plan: plan again",
        trial.outcomes[0].message,
    )
    assert trial.code == 5
    assert trial.writes() == []
    assert new_charges(trial) == []


@pytest.mark.parametrize(
    ("operations", "warned"),
    [
        (("order", "terms"), ["Service/acme-shop"]),
        (("order", "tax"), ["Service/acme-shop"]),
        (("renewal", "terms"), ["Service/acme-web"]),
        (("order", "discount"), []),
        (("order", "end"), []),
        (("cart", "terms"), []),
        (("order",), []),
        (("paid",), []),
    ],
)
def test_plan_warns_of_prices_that_it_moves(operations: tuple[str, ...], warned: list[str]) -> None:
    """What comes before a charge and may make it dearer is named; what cannot is not."""
    said = [f for f in plan_of(*operations).findings if f.code == "price-may-move"]

    assert [finding.message.partition(":")[0] for finding in said] == warned
    assert all(f.severity == "warning" and f.source for f in said)


def test_order_whose_discount_changes_waits_for_the_next_apply(tmp_path: Path) -> None:
    """The price of before is not paid, and neither is one that nobody saw."""
    trial = initial_state().begin(tmp_path, "order")
    query_panel(trial, "UPDATE discount SET percentage = '50' WHERE note LIKE '%/acme-spring]'")
    plan = trial.plan()
    assert plan is not None
    quoted = next(change.money for change in plan.changes if change.money)

    results = trial.apply(plan)

    assert results == {"Discount/acme-spring": "verified", "Service/acme-shop": "failed"}
    assert [f.code for f in plan.findings if f.severity == "warning"] == ["price-may-move"]
    assert new_charges(trial) == []
    assert set(trial.apply(None).values()) == {"verified"}
    (taken,) = new_charges(trial)
    assert quoted.amount is not None
    assert taken.amount > quoted.amount


def test_renewal_whose_price_the_plan_changes_waits_for_the_next_apply(
    tmp_path: Path,
) -> None:
    """More memory makes the renewal dearer: it is not paid unseen, and the next plan shows it."""
    trial = initial_state().begin(tmp_path, "paid")
    manifests = tmp_path / "manifests" / "all.yaml"
    text = manifests.read_text()
    assert text.count('"addons":') == 1
    manifests.write_text(text.replace('"addons":', '"paidThrough": "2027-01-10", "addons":'))
    plan = trial.plan()
    assert plan is not None

    trial.apply(plan)

    assert [o.result for o in trial.outcomes] == ["verified", "failed"]
    assert [f.code for f in plan.findings] == ["price-may-move"]
    assert (
        "the price of its renewal was read before its own change is applied"
        in plan.findings[0].message
    )
    assert set(trial.apply(None).values()) == {"verified"}
    assert [charge.what for charge in new_charges(trial)] == ["addon", "prolong"]
