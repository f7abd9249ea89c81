"""Playing a history: rounds of edits, deeds, faults and deaths, to its end or to a violation."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

from tests.simulation.death import HOWS, Kill
from tests.simulation.stage import Stage
from tests.simulation.trouble import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.sandbox.faults import Fault
    from tests.simulation.death import How
    from tests.simulation.history import History, Part
    from tests.simulation.stage import Tale

# A run asks about so many questions.
_LAST = 60
_HOWS: dict[str, How] = {how: how for how in HOWS}


def play(history: History, *, sieges: int = 0) -> Tale:
    """Play a history to its end, or to the first violation.

    ``sieges``: at how many further requests of each killed run it is tried to die, on copies.
    """
    with TemporaryDirectory() as folder, no_waiting_for_the_disk():
        stage = Stage.opened(Path(folder), history)
        try:
            stage.first()
            for number, parts in enumerate(history.rounds):
                if stage.tale.violations:
                    break
                play_round(stage, parts, sieges)
                if number in history.calm and not stage.tale.violations:
                    stage.calm_down()
        finally:
            stage.tale.figures += stage.oracle.figures
            stage.world.panel.close()
        return stage.tale


@contextmanager
def no_waiting_for_the_disk() -> Iterator[None]:
    """Let no write wait for the disk: nothing here loses power."""
    with patch.object(os, "fsync", lambda _descriptor: None):
        yield


def play_round(stage: Stage, parts: tuple[Part, ...], sieges: int) -> None:
    """Let some things happen, and run."""
    faults = []
    between: dict[int, Callable[[], None]] = {}
    kill: Kill | None = None
    for part in parts:
        dice = Random(part.seed)
        match part.sort:
            case "edit":
                stage.edit(part.name, dice)
            case "deed":
                stage.act(part.name, dice)
            case "between":
                at = dice.randrange(1, _LAST)
                between[at] = partial(stage.act, part.name, dice, f" at request {at}")
            case "fault":
                faults.append((part.name, draw(part.name, dice)))
            case "kill":
                kill = Kill(dice.randrange(1, _LAST), _HOWS[part.name])
    if kill is not None:
        _besiege(stage, faults, sieges)
    stage.run("applies", faults, between, kill)


def _besiege(stage: Stage, faults: list[tuple[str, Fault]], sieges: int) -> None:
    """Try deaths of the run that comes, each on a copy, and let each recover."""
    if not sieges:
        return
    with stage.copied() as calm:
        length = calm.run("would apply", faults).requests
    points = [Kill(at, how) for at in range(1, length + 1) for how in HOWS]
    dice = Random(length)
    for kill in points if sieges < 0 else dice.sample(points, min(sieges, len(points))):
        if stage.tale.violations:
            return
        with stage.copied() as copied:
            copied.run("would apply", faults, kill=kill)
            copied.calm_down()
