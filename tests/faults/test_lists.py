"""Lists that are shortened, filtered, shifting or out of date: nothing rests on what they lack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.errors import PanelError
from reconciler.sandbox.faults import Rights
from tests.faults.initial_state import initial_state, plan_of
from tests.faults.operations import OPERATIONS
from tests.faults.panel_state import (
    converges_in_two_runs,
    new_charges,
    query_panel,
    resolve_by_hand,
    state,
    state_of,
)
from tests.faults.read_faults import INCOMPLETE_LISTS, LIST_FAULTS
from tests.faults.selection import EVERYTHING
from tests.support.connection import ConnectionFault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.model.plan import Plan
    from tests.faults.trial import Trial

# What is made, ordered and deleted: each rests on what a list shows, or lacks.
WORK = ("discount", "tax", "order", "end", "close")
# So few that most lists of ours have several pages.
PAGE = 1
PAGED = ("account", "account.discount", "account.taxrule", "vhost")
LISTS = (*PAGED, "subaccount", "vds") if EVERYTHING else PAGED


def _begin(root: Path, *operations: str) -> Trial:
    trial = initial_state().begin(root, *operations)
    trial.panel.settings = replace(trial.panel.settings, page=PAGE)
    return trial


def _brief(plan: Plan) -> list[object]:
    return [(c.address, c.action, c.edits, c.classes, c.money) for c in plan.changes]


@pytest.mark.parametrize("count", [1, "always"])
@pytest.mark.parametrize("func", LISTS)
@pytest.mark.parametrize("name", LIST_FAULTS)
def test_plan_is_the_plan_or_an_error(
    name: str, func: str, count: int | Literal["always"], tmp_path: Path
) -> None:
    """A list is believed whole or not at all: no plan rests on what it hides."""
    trial = _begin(tmp_path, *WORK)
    call = 2 if count == 1 and func in PAGED else 1

    plan = trial.plan(LIST_FAULTS[name](func=func, call=call, count=count))

    assert trial.fired > 0
    assert trial.writes() == []
    if plan is None:
        assert isinstance(trial.error, PanelError)
    else:
        assert _brief(plan) == _brief(plan_of(*WORK))
    if count == "always" and name in INCOMPLETE_LISTS:
        assert plan is None, "it was not noticed"


def test_level_too_low_ends_every_plan(tmp_path: Path) -> None:
    """F27: a user who sees a part only gets an error before any list is read."""
    trial = _begin(tmp_path, *WORK)

    assert trial.plan(Rights(func="whoami", level=16, count="always")) is None
    assert isinstance(trial.error, PanelError)
    assert {sent.func for sent in trial.requests} == {"auth", "whoami"}


APPLIED = ("account.discount", "account.taxrule", "vhost")
ABSENT = {"account.discount": "discount", "account.taxrule": "tax", "vhost": "order"}


@pytest.mark.parametrize("func", APPLIED)
@pytest.mark.parametrize("name", LIST_FAULTS)
def test_apply_makes_nothing_on_unproved_absence(name: str, func: str, tmp_path: Path) -> None:
    """In an apply, too: what a list cannot prove absent is not made, nothing is claimed for it."""
    trial = _begin(tmp_path, *WORK)

    trial.apply(plan_of(*WORK), LIST_FAULTS[name](func=func, count="always"))

    assert trial.fired > 0
    made = OPERATIONS[ABSENT[func]]
    if name in INCOMPLETE_LISTS:
        assert trial.writes(made.func) == [] or not made.creates
        assert trial.code != 0
    _check(trial)


@pytest.mark.parametrize(
    ("name", "resend"),
    # A total that ends before the newest row hides that one alone, and nobody could tell.
    [(n, r) for n in LIST_FAULTS for r in (False, True) if (n, r) != ("F17-total-less", True)],
)
def test_lost_order_is_not_sent_again_when_the_list_hides_rows(
    name: str, *, resend: bool, tmp_path: Path
) -> None:
    """Settling after a kill, even where it may order again: what hides the order proves nothing.

    A copy that stays out of date beyond the settle time cannot be recognised.
    """
    trial = _begin(tmp_path, "order")
    trial.target = replace(trial.target, resend_after_settle=resend)
    hides = LIST_FAULTS[name](func="vhost", count=1 if name == "F16-stale" else "always")
    killed = ConnectionFault(how="killed", when="after", func="vhost.order.param", request="write")
    trial.apply(plan_of("order"), killed)

    for _ in range(2):
        trial.apply(None, hides)

    assert len(new_charges(trial)) == 1
    if not converges_in_two_runs(trial):
        resolve_by_hand(trial)
        assert converges_in_two_runs(trial), trial.error
    assert len(new_charges(trial)) == 1


def _check(trial: Trial) -> None:
    there: dict[str, Sequence[object]] = {
        "Discount/acme-winter": query_panel(
            trial, "SELECT 1 FROM discount WHERE note LIKE '%winter]'"
        ),
        "TaxRule/acme-vps": query_panel(trial, "SELECT 1 FROM taxrule WHERE taxrate = '7.00'"),
        "Service/acme-shop": new_charges(trial),
    }
    assert all(len(found) <= 1 for found in there.values())
    for outcome in trial.outcomes:
        address = str(outcome.change.address)
        assert outcome.result != "verified" or there.get(address, ["deleted"])
    if not converges_in_two_runs(trial):
        resolve_by_hand(trial)
        assert converges_in_two_runs(trial), trial.error
    assert len(new_charges(trial)) == 1
    assert initial_state().untouched(trial.panel, adopted=False)
    assert state(trial) == state_of(*WORK)
