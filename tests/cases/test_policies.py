from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from reconciler.policies.load import check_policies
from reconciler.policies.review import hold
from tests.cases.case_file import read_case
from tests.support.planning import CATALOGUE

if TYPE_CHECKING:
    from reconciler.model.finding import Finding

FOLDER = Path(__file__).parent / "policies"
PATHS = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_case_is_judged_as_it_expects(path: Path, tmp_path: Path) -> None:
    """A case is a file: another case's world, policies, and what they say of its plan."""
    case = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    assert set(case) <= {"about", "world", "policies", "findings", "refusals"}
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "p.yaml").write_text(case["policies"], encoding="utf-8")
    loaded = check_policies(tmp_path, None, CATALOGUE)
    assert loaded.findings == ()

    world = read_case(FOLDER.parent / f"{case['world']}.yaml").world
    plan, verdict = hold(world.plan(), loaded.policies, f"{world.today}T09:30:00+00:00")

    assert [_said(each) for each in plan.findings] == case.get("findings", []), case["about"]
    assert list(verdict.refusals) == case.get("refusals", [])


def _said(finding: Finding) -> str:
    line = finding.source.line if finding.source else 0
    return f"{line} {finding.severity}[{finding.code}] {finding.message}"
