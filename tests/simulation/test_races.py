"""Two runs race over one state, as ``python -m tests.simulation.races`` plays it by the hundred."""

from __future__ import annotations

from tests.simulation.races import play


def test_two_runs_charge_once_and_lose_no_line() -> None:
    """Each trouble that a race knows is among these."""
    figures, violations = play(10, 4)

    assert violations == []
    assert figures["races"] == 10
    assert sum(name.startswith("trouble: ") for name in figures) == 4
