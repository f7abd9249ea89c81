"""How many requests a plan sends: those that nothing else can answer, and hardly any besides.

The installation is computed (``tests.support.many_clients``), so that counts are exact on every
machine. What cannot be avoided: each page of the clients, a list of discounts and one of tax rules
for each client, the form of each discount, because no list shows its marker, and the form of each
client that changes, because the plan shows all of what it edits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.many_clients import CHANGED, ManyClients, write_project
from tests.support.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.planning.context import PlanOptions

# Signing in, who we are, and the form that offers the options of each of three kinds.
OF_EVERY_RUN = 5


def planned(root: Path, clients: int, options: PlanOptions | None = None) -> ManyClients:
    """Plan for some clients; return the panel, which has counted what it was asked."""
    root.mkdir()
    write_project(root, clients)
    panel = ManyClients(clients)
    plan = Project(root, panel).plan(options)
    assert {str(change.address) for change in plan.changes} == {
        f"Client/c{n}" for n in range(CHANGED, clients + 1, CHANGED)
    }
    assert plan.keeps == 3 * clients - len(plan.changes)
    return panel


@pytest.mark.parametrize("clients", [1, 100, 1_001])
def test_plan_sends_what_cannot_be_avoided(tmp_path: Path, clients: int) -> None:
    """It sends exactly those requests, and five more however many clients there are."""
    panel = planned(tmp_path / "project", clients)
    changed, pages = clients // CHANGED, -(-clients // 1000)
    assert panel.asked == {
        "auth": 1,
        "whoami": 1,
        "account": pages,
        "account.edit": 1 + changed,
        "account.discount": clients,
        "account.discount.edit": 1 + clients,
        "account.taxrule": clients,
        "account.taxrule.edit": 1,
    }
    unavoidable = pages + 3 * clients + changed
    assert panel.asked.total() == unavoidable + OF_EVERY_RUN
