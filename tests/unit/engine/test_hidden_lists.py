"""Lists that come empty for want of a right, and what is made in them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.exit_codes import Applied, Exit, exit_code
from reconciler.sandbox import Sandbox
from tests.support.project import Project
from tests.support.rewording import RewordedPanel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CLIENT = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
"""
CHILDREN = {
    "account.discount": "  discounts: [{name: a, percentage: 5}, {name: b, percentage: 6}]\n",
    "account.taxrule": (
        "  taxRules: [{name: a, provider: Main provider, rate: 5},"
        " {name: b, provider: Reseller provider, rate: 6}]\n"
    ),
    "account.currencyrate": (
        "  currencyRates: [{name: a, base: EUR, relate: USD, rate: 2, date: 2026-12-01},"
        " {name: b, base: EUR, relate: RUB, rate: 3, date: 2026-12-01}]\n"
    ),
}
_ROW = re.compile(rb"<elem>.*?</elem>", re.DOTALL)
_TOTAL = re.compile(rb"<p_elems>[0-9]+</p_elems>")


def _hiding(func: str) -> RewordedPanel:
    """Return the front of a panel that shows nothing in one list."""

    def words(asked: Mapping[str, str], said: bytes) -> bytes:
        if asked.get("func") != func:
            return said
        return _TOTAL.sub(b"<p_elems>0</p_elems>", _ROW.sub(b"", said))

    return RewordedPanel(None, words)


@pytest.mark.parametrize("func", CHILDREN)
def test_list_that_hides_created_objects_stops_further_creates(tmp_path: Path, func: str) -> None:
    """One row is made, by however many runs; the exit code is 8, and names the list."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        project = Project(tmp_path, sandbox)
        project.write(CLIENT)
        project.apply()
        front = _hiding(func)
        front.app = sandbox
        project.app = front
        project.write(CLIENT + CHILDREN[func])

        results = project.apply()
        assert sorted(results.values()) == ["diverged", "skipped"]
        assert exit_code(Applied(project.outcomes)) == Exit.PANEL
        assert all(func in outcome.message for outcome in project.outcomes)
        for _ in range(2):
            project.resume()
            plan = project.plan()
            assert {change.action for change in plan.changes} == {"blocked"}
            project.apply(plan)
        (key,) = [each.row_id for each in project.inventory.load().values()]
        shown = sandbox.call(func, elid=key).decode()
        assert shown.count("<elem>") == 1

        project.app = sandbox
        assert [found.result for found in project.resume()] == ["superseded"]
        assert "verified" in set(project.apply().values())
        project.apply()
        assert project.plan().empty
        assert sandbox.call(func, elid=key).decode().count("<elem>") == 2
