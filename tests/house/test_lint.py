"""Each rule of lint is shown, explained, listed, and the only one of its code."""

from __future__ import annotations

import re
from typing import get_args

from reconciler.lint.table import RULES
from reconciler.model.finding import LintCode
from tests.house.source import ROOT

CASES = ROOT / "tests" / "cases" / "lint"
PAGE = ROOT / ".github" / "guide" / "lint.md"
ROW = re.compile(r"^\| (BM\d{3}) \| (\w+) \| (.+) \|$", re.MULTILINE)
LEAST = 40
# A paragraph of an explanation, and what it may not be: a word or two.
SHORTEST = 40


def test_each_code_has_one_rule_and_one_case_file() -> None:
    """A code that no rule has would be offered by editors and never found."""
    codes = [rule.code for rule in RULES]

    assert codes == list(get_args(LintCode))
    assert {path.stem for path in CASES.glob("*.yaml")} == set(codes)
    assert len(codes) >= LEAST


def test_each_rule_says_why_it_is_one_and_how_to_mend_it() -> None:
    """`explain` has a reason, a remedy and two examples that differ."""
    thin = [
        rule.code
        for rule in RULES
        if len(rule.why) < SHORTEST
        or not rule.fix.endswith(".")
        or rule.title.endswith(".")
        or rule.bad == rule.good
    ]

    assert thin == []


def test_guide_lists_every_rule_with_its_level_and_title() -> None:
    """The page says what the table says, in its order."""
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))

    assert rows == [(rule.code, rule.level, rule.title) for rule in RULES]
