"""Every fault at the questions that prove a write, which went well or was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.model.journal import IntentState
from reconciler.sandbox.faults import ErrorFault, Redirect, Stale
from tests.faults.initial_state import initial_state, plan_of, requests_of
from tests.faults.operations import OPERATIONS
from tests.faults.panel_state import new_charges
from tests.faults.read_faults import READ_FAULTS, ReadFault
from tests.faults.selection import EVERYTHING, crossed
from tests.support.connection import ConnectionFault

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.sandbox.faults import Fault
    from tests.faults.trial import Trial

PROVED = ("terms", "suspend", "discount", "tax", "order", "renewal", "paid", "end", "close")
FEW = ("discount", "order")
NAMED = [(read.name, read) for read in READ_FAULTS]
ONCE = crossed(NAMED, PROVED if EVERYTHING else ("terms", "tax", "order", "paid", "close"), FEW)
STAYING = crossed(NAMED, PROVED if EVERYTHING else ("discount", "renewal", "end", "suspend"), FEW)


def _names(cells: list[tuple[ReadFault, str]]) -> list[str]:
    return [f"{read.name}-{operation}" for read, operation in cells]


CHARGED = {"order", "renewal", "paid"}


def _first_proof(operation: str) -> int:
    """Count the reading requests of an apply up to the first one after the write."""
    line = requests_of(operation)
    write = next(i for i, sent in enumerate(line) if sent.writes)
    return sum(not sent.writes for sent in line[:write]) + 1


def _fault(read: ReadFault, operation: str, count: int | Literal["always"]) -> Fault:
    return read.make(request="read", call=_first_proof(operation), count=count)


def _result(read: ReadFault, operation: str, *, stays: bool) -> str:
    """Say how a change ends whose proof meets a fault once, or for as long as it runs."""
    unproved = "in-doubt" if operation in CHARGED else "failed"
    match read.passing:
        case "never":
            return "verified"
        case "again" | "session":
            return unproved if stays else "verified"
        case "said" | "human" | "stop":
            return unproved


@pytest.mark.parametrize(("read", "operation"), ONCE, ids=_names(ONCE))
def test_verification_is_read_again_after_a_fault(
    read: ReadFault, operation: str, tmp_path: Path
) -> None:
    """Struck once, the proof comes later; a write is never sent again for want of its proof."""
    trial = initial_state().begin(tmp_path, operation)

    results = trial.apply(plan_of(operation), _fault(read, operation, 1))

    _check(trial, operation, results, _result(read, operation, stays=False))
    if read.passing == "stop":
        assert not trial.requests[-1].writes


@pytest.mark.parametrize(("read", "operation"), STAYING, ids=_names(STAYING))
def test_unverified_change_is_not_reported_as_verified(
    read: ReadFault, operation: str, tmp_path: Path
) -> None:
    """Struck until the end, a change is left in doubt, and the next run finds it done."""
    trial = initial_state().begin(tmp_path, operation)

    results = trial.apply(plan_of(operation), _fault(read, operation, "always"))

    _check(trial, operation, results, _result(read, operation, stays=True))


@pytest.mark.parametrize("operation", PROVED)
@pytest.mark.parametrize("count", [1, 3, "always"])
def test_answers_of_the_past_prove_nothing(
    operation: str, count: int | Literal["always"], tmp_path: Path
) -> None:
    """A copy that lags behind delays the proof or hides it; it never causes a second write."""
    trial = initial_state().begin(tmp_path, operation)
    stale = Stale(request="read", call=_first_proof(operation), count=count)

    results = trial.apply(plan_of(operation), stale)

    late = "in-doubt" if operation in CHARGED else "diverged"
    _check(trial, operation, results, late if count == "always" else "verified")


@pytest.mark.parametrize("operation", sorted(CHARGED))
@pytest.mark.parametrize("end", ["stopped", "denied", "killed"])
def test_refused_charge_that_was_not_read_back_is_not_in_doubt(
    operation: str, end: str, tmp_path: Path
) -> None:
    """The panel said no: a run that ends before it has looked leaves nothing to a person."""
    trial = initial_state().begin(tmp_path, operation)
    made = OPERATIONS[operation]
    ends = {
        "stopped": Redirect(),
        "denied": ErrorFault(type="access"),
        "killed": ConnectionFault(how="killed"),
    }
    place = {"request": "read", "call": _first_proof(operation), "count": "always"}
    refusal = ErrorFault(type="value", func=made.func, request="write")

    trial.apply(plan_of(operation), refusal, ends[end].model_copy(update=place))

    assert trial.fired > 1
    assert [item.state is IntentState.REFUSED for item in trial.journal.open_intents()] == [True]
    assert new_charges(trial) == []
    for _ in range(2):
        trial.apply(None)
    assert trial.code == 0
    assert trial.planned is not None
    assert trial.planned.empty
    assert len(new_charges(trial)) == 1


def _check(trial: Trial, operation: str, results: dict[str, str], expected: str) -> None:
    made = OPERATIONS[operation]
    assert trial.fired > 0
    assert trial.error is None
    assert results == {made.address: expected}, [o.message for o in trial.outcomes]
    assert len(trial.writes(made.func)) == 1
    for _ in range(3):
        trial.apply(None)
        assert trial.error is None
        if trial.planned is not None and trial.planned.empty:
            break
    assert trial.planned is not None
    assert trial.planned.empty
    assert len(trial.writes(made.func)) == 1
    assert len(trial.charges()) == initial_state().charges + bool(made.charge)
    assert initial_state().untouched(trial.panel, adopted=False)
