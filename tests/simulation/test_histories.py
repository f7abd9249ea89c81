"""Histories that chance has made: in none of them is a promise broken."""

from __future__ import annotations

import pytest

from tests.simulation.history import draw_history
from tests.simulation.play import play


@pytest.mark.parametrize("seed", range(1, 13))
def test_no_promise_is_broken_in_a_history(seed: int) -> None:
    """Whatever people, faults and deaths do to it; ``python -m tests.simulation`` plays more."""
    result = play(draw_history(seed), kill_points=2)

    assert not result.violations, "\n".join(result.events)
