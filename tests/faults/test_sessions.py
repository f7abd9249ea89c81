"""Sessions that end, wait for a second step or lack a right, at every request of an apply."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox.faults import ErrorFault, Expire, Page, SecondFactor, Twice
from tests.faults.initial_state import initial_state, plan_of, requests_of
from tests.faults.operations import OPERATIONS
from tests.faults.panel_state import (
    converges_in_two_runs,
    new_charges,
    query_panel,
    resolve_by_hand,
    state,
    state_of,
)
from tests.faults.selection import EVERYTHING, crossed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.sandbox.faults import Fault
    from tests.faults.operations import Operation
    from tests.faults.trial import Trial

    Make = Callable[..., Fault]

OPERATIONS_DONE = ("discount", "order")
LONGEST = 15 * 60
DENIED = partial(ErrorFault, type="access", message="Not for you")
CAPTCHA = partial(ErrorFault, type="captcha_verification_failed")
FAULTS: list[tuple[str, Make]] = [
    ("F10-login", Page),
    ("F11-expired", Expire),
    ("F11-expires-after", partial(Expire, when="after")),
    ("F12-access", DENIED),
    ("F12-key", partial(ErrorFault, type="auth")),
    ("F12-captcha", CAPTCHA),
    ("F35-second-factor", SecondFactor),
    ("F35-new-password", partial(SecondFactor, form="usrparam")),
]
# What every request can be struck by for ever, and an apply still be done.
HARMLESS = "F11-expires-after"
# How many requests an apply sends, and which of them are next to a write.
ALL = 28
NEAR = (1, 4, 5, 6, 20, 21, 22)


def _cells(places: tuple[int, ...]) -> list[tuple[str, Make, int]]:
    many = tuple(map(str, range(1, ALL + 1) if EVERYTHING else places))
    few = many if EVERYTHING else tuple(map(str, NEAR))
    cells = crossed(((name, (name, make)) for name, make in FAULTS), many, few)
    return [(name, make, int(place)) for (name, make), place in cells]


ONCE = _cells(tuple(range(1, ALL + 1)))
STAYING = _cells(NEAR)


def test_requests_are_those_that_are_struck() -> None:
    """The places named above are all there are, and the writes are where they are said to be."""
    line = requests_of(*OPERATIONS_DONE)

    assert len(line) == ALL
    assert [place for place, sent in enumerate(line, 1) if sent.writes] == [NEAR[2], NEAR[5]]


@pytest.mark.parametrize(("name", "make", "place"), ONCE, ids=[f"{n}-{p}" for n, _, p in ONCE])
def test_session_that_fails_once(name: str, make: Make, place: int, tmp_path: Path) -> None:
    """An ended session is renewed once and nothing is lost; what lacks is said, and not claimed."""
    trial = initial_state().begin(tmp_path, *OPERATIONS_DONE)

    trial.apply(plan_of(*OPERATIONS_DONE), make(call=place))

    assert trial.fired == 1
    if name.startswith("F11"):
        assert trial.code == 0, [outcome.message for outcome in trial.outcomes]
    assert sum(sent.func == "auth" for sent in trial.requests) <= 3
    _check(trial)


@pytest.mark.parametrize(
    ("name", "make", "place"), STAYING, ids=[f"{n}-{p}" for n, _, p in STAYING]
)
def test_session_that_fails_for_good(name: str, make: Make, place: int, tmp_path: Path) -> None:
    """It ends in bounded time, after few sign-ins, with what was proved before and no more."""
    trial = initial_state().begin(tmp_path, *OPERATIONS_DONE)

    trial.apply(plan_of(*OPERATIONS_DONE), make(call=place, count="always"))

    assert (trial.code == 0) is (name == HARMLESS)
    if place < NEAR[1] and name != HARMLESS:
        assert trial.code == 8
        assert trial.writes() == []
    _check(trial)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_write_that_was_done_before_its_session_ended_is_not_repeated(
    operation: Operation, tmp_path: Path
) -> None:
    """A proxy delivers it twice and the second finds no session: one look, and no second send."""
    trial = initial_state().begin(tmp_path, operation.name)
    at: dict[str, Any] = {
        "func": operation.func,
        "request": "write",
        "given": dict(operation.given),
    }

    trial.apply(plan_of(operation.name), Twice(**at), Expire(when="after", **at))

    assert trial.fired == 2
    assert trial.code == 0, [outcome.message for outcome in trial.outcomes]
    assert len(new_charges(trial)) == bool(operation.charge)
    assert state(trial) == state_of(operation.name)


@pytest.mark.parametrize(
    "name", [operation.name for operation in OPERATIONS.values() if operation.charge]
)
def test_charge_that_no_session_let_through_is_settled_by_looking(
    name: str, tmp_path: Path
) -> None:
    """Refused twice, it is in doubt for this run; nobody has to say that nothing was done."""
    operation = OPERATIONS[name]
    trial = initial_state().begin(tmp_path, name)
    at: dict[str, Any] = {
        "func": operation.func,
        "request": "write",
        "given": dict(operation.given),
    }

    trial.apply(plan_of(operation.name), Expire(count=2, **at))

    assert (trial.code, trial.fired) == (7, 2)
    assert converges_in_two_runs(trial), trial.error
    assert len(new_charges(trial)) == 1


def _check(trial: Trial) -> None:
    assert trial.clock.now() < initial_state().seconds + LONGEST
    assert len(trial.outcomes) == len(plan_of(*OPERATIONS_DONE).changes)
    results = {outcome.change.address.kind: outcome.result for outcome in trial.outcomes}
    there = {
        "Discount": len(
            query_panel(trial, "SELECT id FROM discount WHERE note LIKE '%/acme-winter]'")
        ),
        "Service": len(new_charges(trial)),
    }
    assert all(number <= 1 for number in there.values())
    assert all(there[kind] for kind, result in results.items() if result == "verified")
    if not converges_in_two_runs(trial):
        assert trial.code == 7, trial.error
        resolve_by_hand(trial)
        assert converges_in_two_runs(trial), trial.error
    assert len(new_charges(trial)) == 1
    assert initial_state().untouched(trial.panel, adopted=False)
    assert state(trial) == state_of(*OPERATIONS_DONE)
