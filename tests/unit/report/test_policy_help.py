"""A policy author finds what there is to look at."""

from __future__ import annotations

from reconciler.model.policy import VARIABLES
from reconciler.policies.evaluator import Bounds
from reconciler.policies.spec import LONGEST
from reconciler.report.policy_help import policy_text


def test_every_variable_has_its_row() -> None:
    """The reference and the compiler go by the same table."""
    text = policy_text()
    first, second = text.index("SCOPE CHANGE"), text.index("SCOPE PLAN")
    parts = {"change": text[first:second], "plan": text[second:]}

    for subject, variables in VARIABLES.items():
        rows = {line.split("  ")[0] for line in parts[subject].splitlines()}
        assert {each.name for each in variables} <= rows
        assert all(each.doc in parts[subject] for each in variables)


def test_bounds_that_are_promised_are_those_that_hold() -> None:
    """The numbers in the text are the numbers in the code."""
    text = policy_text()

    assert f"{Bounds().seconds} seconds" in text
    assert f"{Bounds().bytes >> 30} GiB" in text
    assert f"{LONGEST} characters" in text
