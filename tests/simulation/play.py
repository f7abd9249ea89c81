"""Playing a history: rounds of edits, actions, faults and deaths, to its end or to a violation."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

from tests.simulation.fault_kinds import draw_fault
from tests.simulation.simulation import Simulation
from tests.support.killing import HOWS, Kill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.sandbox.faults import Fault
    from tests.simulation.history import History, Part
    from tests.simulation.simulation import SimulationResult
    from tests.support.killing import How

# A run asks about so many questions.
_LAST = 60
_HOWS: dict[str, How] = {how: how for how in HOWS}


def play(history: History, *, kill_points: int = 0) -> SimulationResult:
    """Play a history to its end, or to the first violation.

    ``sieges``: at how many further requests of each killed run it is tried to die, on copies.
    """
    with TemporaryDirectory() as folder, no_waiting_for_the_disk():
        simulation = Simulation.opened(Path(folder), history)
        try:
            simulation.first()
            for number, parts in enumerate(history.rounds):
                if simulation.result.violations:
                    break
                play_round(simulation, parts, kill_points)
                if number in history.calm and not simulation.result.violations:
                    simulation.calm_down()
        finally:
            simulation.result.figures += simulation.oracle.figures
            simulation.world.panel.close()
        return simulation.result


@contextmanager
def no_waiting_for_the_disk() -> Iterator[None]:
    """Let no write wait for the disk: nothing here loses power."""
    with patch.object(os, "fsync", lambda _descriptor: None):
        yield


def play_round(simulation: Simulation, parts: tuple[Part, ...], kill_points: int) -> None:
    """Let some things happen, and run."""
    faults = []
    between: dict[int, Callable[[], None]] = {}
    kill: Kill | None = None
    for part in parts:
        dice = Random(part.seed)
        match part.sort:
            case "edit":
                simulation.edit(part.name, dice)
            case "action":
                simulation.act(part.name, dice)
            case "between":
                at = dice.randrange(1, _LAST)
                between[at] = partial(simulation.act, part.name, dice, f" at request {at}")
            case "fault":
                faults.append((part.name, draw_fault(part.name, dice)))
            case "kill":
                kill = Kill(dice.randrange(1, _LAST), _HOWS[part.name])
    if kill is not None:
        _kill_at_many_requests(simulation, faults, kill_points)
    simulation.run("applies", faults, between, kill)


def _kill_at_many_requests(
    simulation: Simulation, faults: list[tuple[str, Fault]], kill_points: int
) -> None:
    """Try deaths of the run that comes, each on a copy, and let each recover."""
    if not kill_points:
        return
    with simulation.copied() as calm:
        length = calm.run("would apply", faults).requests
    points = [Kill(at, how) for at in range(1, length + 1) for how in HOWS]
    dice = Random(length)
    for kill in points if kill_points < 0 else dice.sample(points, min(kill_points, len(points))):
        if simulation.result.violations:
            return
        with simulation.copied() as copied:
            copied.run("would apply", faults, kill=kill)
            copied.calm_down()
