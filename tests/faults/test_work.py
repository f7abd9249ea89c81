"""A panel that is still at work on a service (F36): nothing is done to it, nor said to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.base import base
from tests.faults.project import DEEDS
from tests.faults.witness import asked, is_done_in_two, new_charges, state, state_of

if TYPE_CHECKING:
    from pathlib import Path

DOMAINS = {"renewal": "acme-web.example", "suspend": "acme-idle.example"}


@pytest.mark.parametrize("deed", DOMAINS)
def test_what_waits_for_the_panel_is_not_called_done(deed: str, tmp_path: Path) -> None:
    """F36: exit code 6 as long as it works; the run after that does it, once."""
    trial = base().begin(tmp_path, deed)
    status = "UPDATE item SET status = ? WHERE domain = ?"
    asked(trial, status, "5_reinstall", DOMAINS[deed])

    for _ in range(2):
        assert trial.apply(None) == {DEEDS[deed].address: "skipped"}
        assert trial.code == 6
        assert "still at work on it" in trial.outcomes[0].message
    assert trial.writes() == []

    asked(trial, status, "2", DOMAINS[deed])
    assert is_done_in_two(trial), trial.error
    assert len(new_charges(trial)) == bool(DEEDS[deed].charge)
    assert state(trial) == state_of(deed)
