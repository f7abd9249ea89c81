"""A whole apply, with every deed at once, under faults that chance has drawn over its requests."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.faults.base import base, line_of, plan_of
from tests.faults.choice import EVERYTHING
from tests.faults.draw import draw_strikes
from tests.faults.project import DEEDS
from tests.faults.snap import KilledError
from tests.faults.witness import mend, new_charges, state, state_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.draw import Strike
    from tests.faults.trial import Trial

SEEDS = range(1, 1001 if EVERYTHING else 54)
CHARGES = sorted(deed.charge for deed in DEEDS.values() if deed.charge)


@pytest.mark.parametrize("seed", SEEDS)
def test_whole_apply_is_done_whatever_strikes_it(seed: int, tmp_path: Path) -> None:
    """With f faults it is done within f + 2 rounds, each thing once, and stays done (L1)."""
    trial = base().begin(tmp_path, *DEEDS)

    story = _play(trial, draw_strikes(seed))

    assert trial.code == 0, story
    assert sorted(charge.what for charge in new_charges(trial)) == CHARGES, story
    trial.tap.clear()
    trial.apply(None)
    assert trial.code == 0, story
    assert trial.planned is not None
    assert trial.planned.empty, story
    assert trial.writes() == [], story
    assert _but_prices(state(trial)) == _but_prices(state_of(*DEEDS)), story


def _but_prices(words: list[str]) -> list[str]:
    """Leave out what orders cost: a discount that failed at first came too late for them."""
    return sorted(re.sub(r"'cents': \d+", "", each) for each in words)


def _play(trial: Trial, rounds: tuple[tuple[Strike, ...], ...]) -> list[str]:
    """Run until all is done, or more often than is promised; tell the story."""
    story: list[str] = []
    fired = played = 0
    human = False
    while played < fired + 2 or played == 0:
        strikes = rounds[played] if played < len(rounds) else ()
        story.append(", ".join(strike.name for strike in strikes))
        trial.apply(None if played else plan_of(*DEEDS), *(strike.fault for strike in strikes))
        played += 1
        fired += trial.fired
        human = human or any(strike.human for strike in strikes)
        story.append(f"exit {trial.code}: {trial.error or _open_ends(trial)}")
        _check(trial, story)
        if trial.code == 0 and not any(strike.after for strike in strikes):
            break
        if human:
            mend(trial)
    return story


def _open_ends(trial: Trial) -> list[str]:
    return [
        f"{outcome.change.address} {outcome.result}: {outcome.message}"
        for outcome in trial.outcomes
        if outcome.result != "verified"
    ]


def _check(trial: Trial, story: list[str]) -> None:
    """Hold one run against what is promised of every run."""
    charged = Counter((charge.service, charge.what) for charge in new_charges(trial))
    assert max(charged.values(), default=0) <= 1, story
    assert {what for _, what in charged} <= set(CHARGES), story
    assert base().untouched(trial.panel, adopted=True), story
    planned = [sent.params for sent in line_of(*DEEDS) if sent.writes]
    for sent in trial.writes():
        given = {key: text for key, text in sent.params.items() if key != "auth"}
        assert any(given.items() <= params.items() for params in planned), (given, story)
    if trial.planned is not None and not isinstance(trial.error, KilledError):
        told = sorted((str(o.change.address), o.change.action) for o in trial.outcomes)
        asked = sorted((str(c.address), c.action) for c in trial.planned.changes)
        assert told == asked, story
