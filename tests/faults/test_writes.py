"""Every fault at every sort of write: what is said of it, and what comes of it in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.errors import SecurityStopError
from tests.faults.initial_state import initial_state, plan_of, requests_of
from tests.faults.matrix import WRITE_FAULTS, Promise, WriteFault, promise
from tests.faults.operations import OPERATIONS, Operation
from tests.faults.panel_state import (
    converges_in_two_runs,
    has_cart_item,
    new_charges,
    resolve_by_hand,
    state,
    state_of,
)
from tests.faults.selection import EVERYTHING, crossed
from tests.support.connection import ConnectionFault
from tests.support.killing import KilledError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.trial import Trial
    from tests.support.connection import SentRequest

MANY = ("discount", "order", "renewal", "close")
FEW = ("terms",)
CODES = {"verified": 0, "failed": 6, "diverged": 6, "in-doubt": 7}
Cell = tuple[WriteFault, str]


def _cells() -> list[Cell]:
    """Choose the cells: the other operations meet each effect once, unless all is asked for."""
    cells = crossed(
        ((r.name, r) for r in WRITE_FAULTS), tuple(OPERATIONS) if EVERYTHING else MANY, FEW
    )
    first = {row.effect: row for row in reversed(WRITE_FAULTS)}
    cells += [
        (row, name) for row in first.values() for name in OPERATIONS if (row, name) not in cells
    ]
    return [(row, name) for row, name in cells if promise(row.effect, OPERATIONS[name])]


CELLS = _cells()


@pytest.mark.parametrize(("row", "name"), CELLS, ids=[f"{row.name}-{name}" for row, name in CELLS])
def test_write_fault_has_the_promised_result_and_converges(
    row: WriteFault, name: str, tmp_path: Path
) -> None:
    """Struck once, a write is sent no more often than is safe, and two more runs find it done."""
    operation = OPERATIONS[name]
    promised = promise(row.effect, operation)
    assert promised is not None
    trial = initial_state().begin(tmp_path, name)

    results = trial.apply(plan_of(name), row.at(operation))

    assert trial.fired == 1
    _check_end(trial, row, operation, promised, results)
    _converge(trial, operation, promised)
    if operation.charge and has_cart_item(trial):
        assert new_charges(trial) == []
        return
    assert len(new_charges(trial)) == (max(promised.charges, 1) if operation.charge else 0)
    assert all(_is_declared(sent, name) for sent in trial.writes())
    assert initial_state().untouched(trial.panel, adopted=name == "adopt")
    if promised.human:
        # An object without a marker is not ours once ours is known: a person sees the second.
        resolve_by_hand(trial)
    if promised.charges < 2:
        assert state(trial) == state_of(name)


def _check_end(
    trial: Trial, row: WriteFault, operation: Operation, promised: Promise, results: dict[str, str]
) -> None:
    assert len(trial.writes(operation.func)) <= promised.sends
    assert len(new_charges(trial)) == (promised.charges if operation.charge else 0)
    if promised.result == "killed":
        assert isinstance(trial.error, KilledError)
        return
    assert results == {operation.address: promised.result}, [o.message for o in trial.outcomes]
    if row.effect == "stop-not-sent":
        # Nothing was written at all, and nothing else is asked.
        assert isinstance(trial.error, SecurityStopError)
        assert trial.code == 8
    else:
        assert trial.error is None
        assert trial.code == CODES[promised.result]
    if row.effect in {"stop-not-sent", "stop-not-done", "stop-done"}:
        assert trial.requests[-1].writes


def _converge(trial: Trial, operation: Operation, promised: Promise) -> None:
    """Run again, twice at most, and twice more once a person did what only a person can."""
    sent = len(trial.writes())
    if converges_in_two_runs(trial):
        return
    assert promised.human, trial.error or [o.message for o in trial.outcomes]
    assert len(trial.writes()) == sent, "sent while it was in doubt"
    resolve_by_hand(trial)
    assert converges_in_two_runs(trial), trial.error or [o.message for o in trial.outcomes]


def _is_declared(sent: SentRequest, name: str) -> bool:
    """Tell whether a write carries nothing that the plan's own write would not carry."""
    given = {key: text for key, text in sent.params.items() if key != "auth"}
    return any(
        given.items() <= planned.params.items() for planned in requests_of(name) if planned.writes
    )


def test_late_effect_is_found_although_the_second_request_never_left(tmp_path: Path) -> None:
    """The first request took effect after it was looked for: called failed, it would be denied."""
    trial = initial_state().begin(tmp_path, "discount")
    func = OPERATIONS["discount"].func
    lost = ConnectionFault(func=func, request="write")
    late, away = (
        ConnectionFault(how="unreachable", when="after", func=func, request="write", call=2),
        ConnectionFault(how="unreachable", func=func, request="write", call=3, count="always"),
    )

    results = trial.apply(plan_of("discount"), lost, late, away)

    assert results == {OPERATIONS["discount"].address: "verified"}
    assert trial.apply(None) == {}
    assert state(trial) == state_of("discount")
