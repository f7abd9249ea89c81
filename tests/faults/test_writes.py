"""Every fault at every sort of write: what is said of it, and what comes of it in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.errors import SecurityStopError
from tests.faults.base import base, line_of, plan_of
from tests.faults.choice import EVERYTHING, crossed
from tests.faults.matrix import ROWS, Promise, Row, promise
from tests.faults.project import DEEDS, Deed
from tests.faults.snap import KilledError
from tests.faults.witness import is_done_in_two, mend, new_charges, state, state_of, waits_in_cart

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.snap import Sent
    from tests.faults.trial import Trial

MANY = ("discount", "order", "renewal", "close")
FEW = ("terms",)
CODES = {"verified": 0, "failed": 6, "diverged": 6, "in-doubt": 7}
Cell = tuple[Row, str]


def _cells() -> list[Cell]:
    """Choose the cells: the other deeds meet each effect once, unless all is asked for."""
    cells = crossed(((r.name, r) for r in ROWS), tuple(DEEDS) if EVERYTHING else MANY, FEW)
    first = {row.effect: row for row in reversed(ROWS)}
    cells += [(row, name) for row in first.values() for name in DEEDS if (row, name) not in cells]
    return [(row, name) for row, name in cells if promise(row.effect, DEEDS[name])]


CELLS = _cells()


@pytest.mark.parametrize(("row", "name"), CELLS, ids=[f"{row.name}-{name}" for row, name in CELLS])
def test_write_ends_as_the_table_says_and_converges(row: Row, name: str, tmp_path: Path) -> None:
    """Struck once, a write is sent no more often than is safe, and two more runs find it done."""
    deed = DEEDS[name]
    promised = promise(row.effect, deed)
    assert promised is not None
    trial = base().begin(tmp_path, name)

    results = trial.apply(plan_of(name), row.at(deed))

    assert trial.fired == 1
    _check_end(trial, row, deed, promised, results)
    _converge(trial, deed, promised)
    if deed.charge and waits_in_cart(trial):
        assert new_charges(trial) == []
        return
    assert len(new_charges(trial)) == (max(promised.charges, 1) if deed.charge else 0)
    assert all(_is_declared(sent, name) for sent in trial.writes())
    assert base().untouched(trial.panel, adopted=name == "adopt")
    if promised.human:
        # What bears no marker is a stranger's once ours is known: a person sees the second.
        mend(trial)
    if promised.charges < 2:
        assert state(trial) == state_of(name)


def _check_end(
    trial: Trial, row: Row, deed: Deed, promised: Promise, results: dict[str, str]
) -> None:
    assert len(trial.writes(deed.func)) <= promised.sends
    assert len(new_charges(trial)) == (promised.charges if deed.charge else 0)
    if promised.result == "killed":
        assert isinstance(trial.error, KilledError)
        return
    assert results == {deed.address: promised.result}, [o.message for o in trial.outcomes]
    if row.effect == "barred":
        # Nothing was written at all, and nothing else is asked.
        assert isinstance(trial.error, SecurityStopError)
        assert trial.code == 8
    else:
        assert trial.error is None
        assert trial.code == CODES[promised.result]
    if row.effect in {"barred", "stop", "stopped"}:
        assert trial.tap[-1].writes


def _converge(trial: Trial, deed: Deed, promised: Promise) -> None:
    """Run again, twice at most, and twice more once a person did what only a person can."""
    sent = len(trial.writes())
    if is_done_in_two(trial):
        return
    assert promised.human, trial.error or [o.message for o in trial.outcomes]
    assert len(trial.writes()) == sent, "sent while it was in doubt"
    mend(trial)
    assert is_done_in_two(trial), trial.error or [o.message for o in trial.outcomes]


def _is_declared(sent: Sent, name: str) -> bool:
    """Tell whether a write carries nothing that the plan's own write would not carry."""
    given = {key: text for key, text in sent.params.items() if key != "auth"}
    return any(
        given.items() <= planned.params.items() for planned in line_of(name) if planned.writes
    )
