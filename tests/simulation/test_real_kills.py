"""The real command is killed, and goes on from what it had written down."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, get_args

import pytest

from tests.simulation.kills import kill_once, opened, play
from tests.simulation.stop_proxy import Point

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulation.kills import StateKind


@pytest.mark.parametrize("point", get_args(Point))
def test_killed_at_a_write_it_recovers_and_charges_once(tmp_path: Path, point: Point) -> None:
    """Dead with its first write at any point on the way, run again, and all is as declared."""

    async def once() -> tuple[int, list[str]]:
        async with opened(tmp_path, 1) as made:
            await kill_once(made, Random(1), (1, point))
            return made.figures["kills"], [str(each) for each in made.violations]

    assert asyncio.run(once()) == (1, [])


def test_killed_at_any_time_it_recovers() -> None:
    """Wherever that was: reading, sending, waiting, writing down."""
    figures, violations = asyncio.run(play(2, 5))

    assert violations == []
    assert figures["kills"] == 2


@pytest.mark.parametrize("kind", ["git", "postgresql"])
def test_machine_that_is_lost_leaves_all_in_its_backend(tmp_path: Path, kind: StateKind) -> None:
    """Dead after the panel has done its write, and the disk with it: a new machine charges once."""

    async def once() -> tuple[int, list[str]]:
        async with opened(tmp_path, 1, kind) as made:
            await kill_once(made, Random(1), (1, "committed"))
            return made.figures["kills"], [str(each) for each in made.violations]

    assert asyncio.run(once()) == (1, [])
