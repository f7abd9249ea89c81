"""A journal that cannot be written (F32): what is not on the disk is not sent, nor forgotten."""

from __future__ import annotations

import errno
import os
from itertools import count
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import StoreError
from tests.faults.initial_state import initial_state, plan_of
from tests.faults.operations import OPERATIONS
from tests.faults.panel_state import converges_in_two_runs, new_charges, state, state_of

if TYPE_CHECKING:
    from pathlib import Path

# The second line is the intent of the first request, behind that of the run; then comes its end.
INTENT, END = 2, 3


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("line", [INTENT, END])
def test_change_is_not_sent_when_the_journal_cannot_be_written(
    operation: str, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F32: exit code 10, and what was done before is reported, and found by the next run."""
    trial = initial_state().begin(tmp_path, operation)
    plan = plan_of(operation)

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", _full_from(line))
        results = trial.apply(plan)

    assert isinstance(trial.error, StoreError)
    assert trial.code == 10
    # What follows the first request of an edit in several steps would be written down, too.
    assert len(trial.writes()) == line - INTENT
    done = line == END and operation != "edit"
    assert results == {OPERATIONS[operation].address: "verified" if done else "failed"}
    assert converges_in_two_runs(trial), trial.error
    assert len(new_charges(trial)) == bool(OPERATIONS[operation].charge)
    assert initial_state().untouched(trial.panel, adopted=operation == "adopt")
    assert state(trial) == state_of(operation)


def _full_from(first: int) -> object:
    """Make a disk that holds so many lines less one."""
    written = count(1)

    def fsync(_descriptor: int) -> None:
        if next(written) >= first:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return fsync
