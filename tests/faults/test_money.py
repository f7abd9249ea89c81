"""Money: what a charge comes to when the line, the panel or the client's balance fail it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox.fault import Error, Expire, Fault
from tests.faults.base import base, line_of, plan_of
from tests.faults.project import DEEDS
from tests.faults.snap import Snap
from tests.faults.witness import new_charges

if TYPE_CHECKING:
    from pathlib import Path

CHARGING = ("order", "renewal", "paid")


def _unsent(way: str, deed: str) -> tuple[Fault, ...]:
    """Make the faults that keep a charge from leaving, or from being carried out."""
    func = DEEDS[deed].func
    match way:
        case "tls":
            return (Snap(how="tls", func=func, request="write"),)
        case "panel away":
            write = next(i for i, sent in enumerate(line_of(deed), 1) if sent.writes)
            return (Snap(how="unreachable", call=write, count="always"),)
        case _:
            refusal = Error(type="auth", object="badpassword", func="auth", call=2, count="always")
            return Expire(func=func, request="write"), refusal


@pytest.mark.parametrize("way", ["tls", "panel away", "new password"])
@pytest.mark.parametrize("deed", CHARGING)
def test_charge_that_did_not_leave_is_in_no_doubt(deed: str, way: str, tmp_path: Path) -> None:
    """What provably was not carried out waits for nobody: the next run simply does it."""
    trial = base().begin(tmp_path, deed)

    results = trial.apply(plan_of(deed), *_unsent(way, deed))

    assert results == {DEEDS[deed].address: "failed"}
    assert trial.journal.open_intents() == ()
    assert new_charges(trial) == []
    assert trial.apply(None) == {DEEDS[deed].address: "verified"}
    assert len(new_charges(trial)) == 1
