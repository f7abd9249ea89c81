"""A panel that is still at work on a service (F36): nothing is done to it, nor said to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.initial_state import initial_state
from tests.faults.operations import OPERATIONS
from tests.faults.panel_state import (
    converges_in_two_runs,
    new_charges,
    query_panel,
    state,
    state_of,
)

if TYPE_CHECKING:
    from pathlib import Path

DOMAINS = {"renewal": "acme-web.example", "suspend": "acme-idle.example"}


@pytest.mark.parametrize("operation", DOMAINS)
def test_change_still_in_process_is_not_reported_as_verified(
    operation: str, tmp_path: Path
) -> None:
    """F36: exit code 6 as long as it works; the run after that does it, once."""
    trial = initial_state().begin(tmp_path, operation)
    status = "UPDATE item SET status = ? WHERE domain = ?"
    query_panel(trial, status, "5_reinstall", DOMAINS[operation])

    for _ in range(2):
        assert trial.apply(None) == {OPERATIONS[operation].address: "skipped"}
        assert trial.code == 6
        assert "still processing the service" in trial.outcomes[0].message
    assert trial.writes() == []

    query_panel(trial, status, "2", DOMAINS[operation])
    assert converges_in_two_runs(trial), trial.error
    assert len(new_charges(trial)) == bool(OPERATIONS[operation].charge)
    assert state(trial) == state_of(operation)
