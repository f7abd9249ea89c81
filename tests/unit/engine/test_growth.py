"""The work of a plan grows with the resources, and not with their pairs.

Counted are calls of functions, those of the interpreter included, so the figure is the same on
every machine and however busy it is. What a single call does inside the interpreter (a search in a
list) is not seen here: ``tests/benchmarks/bench_plan.py`` and ``bench_load.py`` measure it.
"""

from __future__ import annotations

import cProfile
import math
from typing import TYPE_CHECKING

from reconciler.documents.plan import plan_document
from reconciler.report.plan import plan_text
from tests.support.many_clients import ManyClients, write_project
from tests.support.project import Project

if TYPE_CHECKING:
    from pathlib import Path

FEW, MANY = 200, 1600
# One is linear. What every run does once makes it a little less, a sort a little more.
MOST = 1.03


def calls_of_a_plan(root: Path, clients: int) -> int:
    """Return how many calls loading, planning and showing take for some clients."""
    root.mkdir()
    write_project(root, clients)
    project = Project(root, ManyClients(clients))
    profile = cProfile.Profile()
    with profile:
        plan = project.plan()
        plan_text(plan)
        plan_document(plan, "2026-01-01T00:00:00Z")
    assert len(plan.changes) == clients // 100
    return sum(each.callcount for each in profile.getstats())


def test_calls_of_a_plan_grow_with_the_resources(tmp_path: Path) -> None:
    """Eight times the clients take at most eight times the calls, and hardly any more."""
    calls_of_a_plan(tmp_path / "first", FEW)  # what is computed once is computed now
    few, many = (calls_of_a_plan(tmp_path / str(each), each) for each in (FEW, MANY))

    exponent = math.log(many / few) / math.log(MANY / FEW)

    assert 0.5 < exponent < MOST
