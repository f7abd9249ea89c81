"""The rules of lint explained: one of them with its examples, or all as a list."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from reconciler.report.layout import joined, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.lint.rule import Rule

LINT = "lint"
OF_LINT = "the rules of `validate`, their codes and levels, and how to waive them"
_WIDTH = 80
_GROUPS = {"1": "STRUCTURE", "2": "REFERENCES", "3": "MONEY", "4": "OPERATIONS"}
_ABOUT = """\
lint: what is allowed in a manifest, and is still likely a mistake

`validate` asks each rule at its level. An error stops `plan` and `apply` too; a
warning or a note stops nothing. The project file changes the level of a rule:

  spec:
    lint:
      levels: {BM305: note, BM303: error}

A document waives a rule for what it declares, inline items included. `reason`
and `owner` are needed. After the day `until` the waiver is an error. `resource`
narrows it to one of the names in the document:

  lint:
    waive:
      - {code: BM303, reason: our own test shop, owner: billing, until: 2030-01-31}

`reconciler explain CODE` explains a rule."""


def rule_text(rule: Rule) -> str:
    """Explain a rule: why it is one, an example of each side, and how to mend it."""
    return joined(
        [
            [f"{rule.code}: {rule.title}"],
            [f"  level  {rule.level}, unless `spec.lint.levels` of the project file has another"],
            wrap(rule.why, _WIDTH),
            ["Bad:"],
            _indented(rule.bad),
            ["Good:"],
            _indented(rule.good),
            wrap(f"How to fix: {rule.fix}", _WIDTH),
        ]
    )


def rules_text(rules: Iterable[Rule]) -> str:
    """List the rules by what they are about, with their levels and titles."""
    groups: Mapping[str, list[tuple[str, str, str]]] = {key: [] for key in _GROUPS}
    for rule in rules:
        groups[rule.code[2]].append((rule.code, rule.level, rule.title))
    tables = [table((_GROUPS[key], "LEVEL", "WHAT IT FINDS"), rows) for key, rows in groups.items()]
    return joined([_ABOUT.splitlines(), *tables])


def _indented(example: str) -> list[str]:
    return [f"  {line}" if line else "" for line in example.splitlines()]
