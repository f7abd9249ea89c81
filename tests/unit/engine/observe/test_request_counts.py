"""How many requests a plan sends: those that nothing else can answer, and hardly any besides.

The installation is computed (``tests.support.many_clients``), so that counts are exact on every
machine. What cannot be avoided: each page of the clients, a list of discounts and one of tax rules
for each client, the form of each discount, because no list shows its marker, and the form of each
client that changes, because the plan shows all of what it edits. A plan of a selection asks for
the clients of that selection alone, by the filter of their list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.documents.plan import plan_document
from reconciler.documents.restore import restore_plan
from reconciler.model.address import Address
from reconciler.planning.context import PlanOptions
from reconciler.report.plan import plan_text
from tests.support.many_clients import (
    CHANGED,
    ManyClients,
    write_inventory,
    write_manifests,
    write_project,
)
from tests.support.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.model.plan import Plan

# Signing in, who we are, and the form that offers the options of each of three kinds.
OF_EVERY_RUN = 5


# A changed client and one as declared; both are in every installation below.
CLIENTS = (200, 201)
FEW, MANY = 2_001, 5_000
SELECTIONS = [
    PlanOptions(only=(Address("Client", "c200"),)),
    PlanOptions(only=(Address("Discount", "d200"), Address("TaxRule", "t200"))),
    PlanOptions(labels={"client": "200"}),
    PlanOptions(only=(Address("Client", "c200"), Address("Client", "c201"))),
]


def planned(root: Path, clients: int) -> ManyClients:
    """Plan for some clients; return the panel, which has counted what it was asked."""
    root.mkdir()
    write_project(root, clients)
    panel = ManyClients(clients)
    plan = Project(root, panel).plan()
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


@pytest.fixture(scope="module")
def installations(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Path]:
    """Return projects for some numbers of clients, all managed, of which two have manifests."""
    roots = {clients: tmp_path_factory.mktemp("project") for clients in (FEW, MANY)}
    for clients, root in roots.items():
        write_inventory(root, clients)
        write_manifests(root, CLIENTS)
    return roots


def selected(root: Path, panel: ManyClients, options: PlanOptions) -> tuple[Plan, list[str]]:
    """Plan a selection of an installation; return the plan, and what the panel was asked."""
    plan = Project(root, panel).plan(options)
    return plan, sorted(panel.bodies)


@pytest.mark.parametrize("options", SELECTIONS)
def test_selection_costs_the_same_however_many_clients_there_are(
    installations: Mapping[int, Path], options: PlanOptions
) -> None:
    """It sends the very same requests and makes the same plan, for few clients and for many."""
    few, asked = selected(installations[FEW], ManyClients(FEW), options)
    many, asked_of_many = selected(installations[MANY], ManyClients(MANY), options)
    assert asked == asked_of_many
    assert few.changes == many.changes
    assert not any("func=account&p_num" in body for body in asked)


@pytest.mark.parametrize("options", SELECTIONS)
def test_selection_is_planned_as_from_the_whole_list(
    installations: Mapping[int, Path], options: PlanOptions
) -> None:
    """A panel that passes over filters has its whole list read; the plan is the same."""
    filtered, _ = selected(installations[FEW], ManyClients(FEW), options)
    whole, asked = selected(installations[FEW], ManyClients(FEW, filters=False), options)
    assert filtered.changes == whole.changes
    assert filtered.keeps == whole.keeps
    assert sum("func=account&p_num" in body for body in asked) == -(-FEW // 1000)


def test_selection_says_what_it_left_out(installations: Mapping[int, Path]) -> None:
    """It counts the declared resources that were not looked at, in the plan and in its report."""
    plan, _ = selected(installations[FEW], ManyClients(FEW), SELECTIONS[0])
    assert plan.unchecked == {"Client": 1, "Discount": 2, "TaxRule": 2}
    line = "Unchecked: 5 declared resources outside the selection."
    assert line in plan_text(plan)
    assert plan_text(restore_plan(plan_document(plan, "2026-11-21T09:00:00+00:00"))).count(line)


def test_new_client_is_judged_absent_by_the_whole_list_alone(tmp_path: Path) -> None:
    """A filter that shows nothing proves nothing: the create rests on a complete list."""
    write_inventory(tmp_path, FEW)
    write_manifests(tmp_path, [FEW + 1])
    options = PlanOptions(only=(Address("Client", f"c{FEW + 1}"),))
    plan, asked = selected(tmp_path, ManyClients(FEW), options)
    assert [change.action for change in plan.changes] == ["create"]
    assert sum("func=account&p_num" in body for body in asked) == -(-FEW // 1000)


def test_object_of_another_client_is_not_taken_for_the_selected_one(tmp_path: Path) -> None:
    """Its email was given to an object that another resource owns, so nothing is adopted."""
    write_inventory(tmp_path, FEW)
    write_manifests(tmp_path, CLIENTS)
    manifest = tmp_path / "manifests" / "main.yaml"
    text = manifest.read_text(encoding="utf-8").replace("{name: c200,", "{name: another,")
    manifest.write_text(text, encoding="utf-8")
    options = PlanOptions(only=(Address("Client", "another"),))
    plan, _ = selected(tmp_path, ManyClients(FEW), options)
    assert [change.action for change in plan.changes] == ["blocked"]
