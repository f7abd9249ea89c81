from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from reconciler.cli.lint import lint
from reconciler.lint.table import RULES
from reconciler.model.target import Guards, Project
from tests.support.loading import load_alike
from tests.support.planning import CATALOGUE

if TYPE_CHECKING:
    from reconciler.model.finding import Finding

FOLDER = Path(__file__).parent / "lint"
PATHS = sorted(FOLDER.glob("*.yaml"))
TODAY = date(2026, 11, 29)
ACME = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec: {email: billing@acme.example, provider: Main provider, country: DE}
"""


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_rule_is_found_broken_and_kept_as_its_case_says(path: Path, tmp_path: Path) -> None:
    """A case is a file: manifests that break a rule at certain lines, and others that keep all."""
    case = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    assert set(case) <= {"about", "bad", "good", "found", "levels"}
    levels = case.get("levels", {})
    assert any(each["code"] == path.stem for each in case["found"])

    broken = play(tmp_path / "bad", case["bad"], levels)
    kept = play(tmp_path / "good", case["good"], levels)

    assert [(each.code, _line(each)) for each in broken] == [
        (each["code"], each["line"]) for each in case["found"]
    ], [each.message for each in broken]
    assert [each.message for each in kept] == []


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_rule_is_explained_by_an_example_that_breaks_it_and_one_that_keeps_it(
    rule: Any,  # noqa: ANN401 - a rule
    tmp_path: Path,
) -> None:
    """What `explain` prints is what the rule finds."""
    levels = {rule.code: "note"} if rule.level == "off" else {}

    broken = play(tmp_path / "bad", _completed(rule.bad), levels)
    kept = play(tmp_path / "good", _completed(rule.good), levels)

    assert rule.code in {each.code for each in broken}
    assert [each.message for each in kept] == []


def play(folder: Path, text: str, levels: Any) -> list[Finding]:  # noqa: ANN401 - from YAML
    """Return what lint finds in one file, beside a client called acme."""
    (folder / "manifests").mkdir(parents=True)
    (folder / "manifests" / "acme.yaml").write_text(ACME, encoding="utf-8")
    (folder / "manifests" / "case.yaml").write_text(text, encoding="utf-8")
    loaded = load_alike(folder, ["manifests"], CATALOGUE)
    assert [each for each in loaded.findings if each.severity == "error"] == []
    guards = Guards(max_rate_move=Decimal("0.2"), max_charge={"EUR": Decimal(500)})
    project = Project("shop", str(folder), guards=guards, levels=levels)
    found = lint(loaded, project, CATALOGUE, today=TODAY)
    return sorted(found, key=lambda each: (_line(each), each.code))


def _completed(example: str) -> str:
    documents = example.split("---\n")
    return "---\n".join(f"apiVersion: reconciler/v1\n{each}" for each in documents)


def _line(finding: Finding) -> int:
    return finding.source.line if finding.source else 0
