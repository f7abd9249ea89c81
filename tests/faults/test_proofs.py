"""Every fault at the questions that prove a write, which went well or was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.sandbox.faults import ErrorFault, Redirect, Stale
from tests.faults.base import base, line_of, plan_of
from tests.faults.choice import EVERYTHING, crossed
from tests.faults.project import DEEDS
from tests.faults.reads import READS, Read
from tests.faults.snap import Snap
from tests.faults.witness import new_charges

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.sandbox.faults import Fault
    from tests.faults.trial import Trial

PROVED = ("terms", "suspend", "discount", "tax", "order", "renewal", "paid", "end", "close")
FEW = ("discount", "order")
NAMED = [(read.name, read) for read in READS]
ONCE = crossed(NAMED, PROVED if EVERYTHING else ("terms", "tax", "order", "paid", "close"), FEW)
STAYING = crossed(NAMED, PROVED if EVERYTHING else ("discount", "renewal", "end", "suspend"), FEW)


def _names(cells: list[tuple[Read, str]]) -> list[str]:
    return [f"{read.name}-{deed}" for read, deed in cells]


CHARGED = {"order", "renewal", "paid"}


def _first_proof(deed: str) -> int:
    """Count the reading requests of an apply up to the first one after the write."""
    line = line_of(deed)
    write = next(i for i, sent in enumerate(line) if sent.writes)
    return sum(not sent.writes for sent in line[:write]) + 1


def _fault(read: Read, deed: str, count: int | Literal["always"]) -> Fault:
    return read.make(request="read", call=_first_proof(deed), count=count)


def _result(read: Read, deed: str, *, stays: bool) -> str:
    """Say how a change ends whose proof meets a fault once, or for as long as it runs."""
    unproved = "in-doubt" if deed in CHARGED else "failed"
    match read.passing:
        case "never":
            return "verified"
        case "again" | "session":
            return unproved if stays else "verified"
        case "said" | "human" | "stop":
            return unproved


@pytest.mark.parametrize(("read", "deed"), ONCE, ids=_names(ONCE))
def test_proof_is_asked_for_again(read: Read, deed: str, tmp_path: Path) -> None:
    """Struck once, the proof comes later; a write is never sent again for want of its proof."""
    trial = base().begin(tmp_path, deed)

    results = trial.apply(plan_of(deed), _fault(read, deed, 1))

    _check(trial, deed, results, _result(read, deed, stays=False))
    if read.passing == "stop":
        assert not trial.tap[-1].writes


@pytest.mark.parametrize(("read", "deed"), STAYING, ids=_names(STAYING))
def test_what_cannot_be_proved_is_not_claimed(read: Read, deed: str, tmp_path: Path) -> None:
    """Struck until the end, a change is left in doubt, and the next run finds it done."""
    trial = base().begin(tmp_path, deed)

    results = trial.apply(plan_of(deed), _fault(read, deed, "always"))

    _check(trial, deed, results, _result(read, deed, stays=True))


@pytest.mark.parametrize("deed", PROVED)
@pytest.mark.parametrize("count", [1, 3, "always"])
def test_answers_of_the_past_prove_nothing(
    deed: str, count: int | Literal["always"], tmp_path: Path
) -> None:
    """A copy that lags behind delays the proof or hides it; it never causes a second write."""
    trial = base().begin(tmp_path, deed)
    stale = Stale(request="read", call=_first_proof(deed), count=count)

    results = trial.apply(plan_of(deed), stale)

    late = "in-doubt" if deed in CHARGED else "diverged"
    _check(trial, deed, results, late if count == "always" else "verified")


@pytest.mark.parametrize("deed", sorted(CHARGED))
@pytest.mark.parametrize("end", ["stopped", "denied", "killed"])
def test_refused_charge_that_nobody_looked_for_is_not_in_doubt(
    deed: str, end: str, tmp_path: Path
) -> None:
    """The panel said no: a run that ends before it has looked leaves nothing to a person."""
    trial = base().begin(tmp_path, deed)
    made = DEEDS[deed]
    ends = {
        "stopped": Redirect(),
        "denied": ErrorFault(type="access"),
        "killed": Snap(how="killed"),
    }
    place = {"request": "read", "call": _first_proof(deed), "count": "always"}
    refusal = ErrorFault(type="value", func=made.func, request="write")

    trial.apply(plan_of(deed), refusal, ends[end].model_copy(update=place))

    assert trial.fired > 1
    assert [item.refused for item in trial.journal.open_intents()] == [True]
    assert new_charges(trial) == []
    for _ in range(2):
        trial.apply(None)
    assert trial.code == 0
    assert trial.planned is not None
    assert trial.planned.empty
    assert len(new_charges(trial)) == 1


def _check(trial: Trial, deed: str, results: dict[str, str], expected: str) -> None:
    made = DEEDS[deed]
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
    assert len(trial.charges()) == base().charges + bool(made.charge)
    assert base().untouched(trial.panel, adopted=False)
