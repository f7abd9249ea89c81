"""What a run proved before it was killed is managed, though it saved no inventory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.model.address import Address
from reconciler.planning.context import PlanOptions
from reconciler.sandbox import Sandbox
from tests.support.killing import kill_after
from tests.support.project import Project

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: acme@billing.example
  realName: Acme
  discounts:%s
"""
ACME = Address("Client", "acme")
DISCOUNTS = """
    - {name: spring, percentage: 10, type: Percentage discount, appliesTo: Order}
    - {name: autumn, percentage: 20, type: Percentage discount, appliesTo: Renewal}
"""


def _project(folder: Path, discounts: str = DISCOUNTS) -> tuple[Project, Sandbox]:
    sandbox = Sandbox()
    project = Project(folder, sandbox)
    project.write(CLIENT % discounts)
    return project, sandbox


def _discounts(sandbox: Sandbox) -> int:
    listed: list[object] = json.loads(sandbox.call("account.discount", elid="1", out="JSONdata"))
    return len(listed)


def _killed(folder: Path) -> tuple[Project, Sandbox]:
    """Kill an apply right after its last write: what came before it is proved."""
    project, sandbox = _project(folder)
    kill_after(project, lambda: _discounts(sandbox) == 2)
    assert project.inventory.load() == {}
    return project, sandbox


def test_proved_object_of_a_killed_run_is_known_to_drift(tmp_path: Path) -> None:
    """A colleague's click after the kill is drift, and not silence."""
    project, sandbox = _killed(tmp_path)
    assert project.drift().drifted == ()
    assert project.drift().checked == 2

    sandbox.call("account.edit", elid="1", sok="ok", realname="Renamed")

    (item,) = project.drift().drifted
    assert (item.address, item.drift_class) == (ACME, "drift")


def test_proved_object_of_a_killed_run_needs_no_adoption(tmp_path: Path) -> None:
    """--no-adopt blocks nothing that the run created, and the next apply writes it down."""
    project, _ = _killed(tmp_path)

    assert project.plan(PlanOptions(adopt=False)).empty
    project.apply()

    assert len(project.inventory.load()) == 3
    assert project.journal.with_proved({}) == {}


def test_proved_delete_of_a_killed_run_is_not_missing(tmp_path: Path) -> None:
    """Of two deletes one was proved: once both are declared again, only the other is missing."""
    project, sandbox = _project(tmp_path)
    project.apply()
    project.write(CLIENT % " []")
    kill_after(project, lambda: _discounts(sandbox) == 0)

    # An object that no manifest declares any more is not missed.
    assert project.drift().drifted == ()
    project.write(CLIENT % DISCOUNTS)
    assert len([item for item in project.drift().drifted if item.drift_class == "missing"]) == 1
