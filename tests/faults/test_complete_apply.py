"""A whole apply, with every operation at once, under randomly drawn faults."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.faults.initial_state import initial_state, plan_of, requests_of
from tests.faults.operations import OPERATIONS
from tests.faults.panel_state import new_charges, resolve_by_hand, state, state_of
from tests.faults.random_faults import draw_faults
from tests.faults.selection import EVERYTHING
from tests.support.killing import KilledError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.random_faults import DrawnFault
    from tests.faults.trial import Trial

SEEDS = range(1, 1001 if EVERYTHING else 54)
CHARGES = sorted(operation.charge for operation in OPERATIONS.values() if operation.charge)


@pytest.mark.parametrize("seed", SEEDS)
def test_apply_of_all_operations_converges_under_random_faults(seed: int, tmp_path: Path) -> None:
    """With f faults it is done within f + 2 rounds, each thing once, and stays done (L1)."""
    trial = initial_state().begin(tmp_path, *OPERATIONS)

    events = _play(trial, draw_faults(seed))

    assert trial.code == 0, events
    assert sorted(charge.what for charge in new_charges(trial)) == CHARGES, events
    trial.requests.clear()
    trial.apply(None)
    assert trial.code == 0, events
    assert trial.planned is not None
    assert trial.planned.empty, events
    assert trial.writes() == [], events
    assert _but_prices(state(trial)) == _but_prices(state_of(*OPERATIONS)), events


def _but_prices(words: list[str]) -> list[str]:
    """Leave out what orders cost: a discount that failed at first came too late for them."""
    return sorted(re.sub(r"'cents': \d+", "", each) for each in words)


def _play(trial: Trial, rounds: tuple[tuple[DrawnFault, ...], ...]) -> list[str]:
    """Run until all is done, or more often than is promised; tell the events."""
    events: list[str] = []
    fired = played = 0
    human = False
    while played < fired + 2 or played == 0:
        picks = rounds[played] if played < len(rounds) else ()
        events.append(", ".join(pick.name for pick in picks))
        trial.apply(None if played else plan_of(*OPERATIONS), *(pick.fault for pick in picks))
        played += 1
        fired += trial.fired
        human = human or any(pick.human for pick in picks)
        events.append(f"exit {trial.code}: {trial.error or _open_ends(trial)}")
        _check(trial, events)
        if trial.code == 0 and not any(pick.after for pick in picks):
            break
        if human:
            resolve_by_hand(trial)
    return events


def _open_ends(trial: Trial) -> list[str]:
    return [
        f"{outcome.change.address} {outcome.result}: {outcome.message}"
        for outcome in trial.outcomes
        if outcome.result != "verified"
    ]


def _check(trial: Trial, events: list[str]) -> None:
    """Hold one run against what is promised of every run."""
    charged = Counter((charge.service, charge.what) for charge in new_charges(trial))
    assert max(charged.values(), default=0) <= 1, events
    assert {what for _, what in charged} <= set(CHARGES), events
    assert initial_state().untouched(trial.panel, adopted=True), events
    planned = [sent.params for sent in requests_of(*OPERATIONS) if sent.writes]
    for sent in trial.writes():
        given = {key: text for key, text in sent.params.items() if key != "auth"}
        assert any(given.items() <= params.items() for params in planned), (given, events)
    if trial.planned is not None and not isinstance(trial.error, KilledError):
        reported = sorted((str(o.change.address), o.change.action) for o in trial.outcomes)
        asked = sorted((str(c.address), c.action) for c in trial.planned.changes)
        assert reported == asked, events
