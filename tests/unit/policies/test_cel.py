from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.model.policy import VARIABLES, PolicyResult, Subject, VariableType
from reconciler.policies.cel import ExpressionError, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

# One value of each type, and what CEL calls its type.
VALUES: Mapping[VariableType, tuple[Any, str]] = {
    "string": ("x", "string"),
    "int": (3, "int"),
    "timestamp": (datetime(2026, 11, 21, 12, tzinfo=UTC), "google.protobuf.Timestamp"),
    "list of strings": (["x"], "list"),
    "map of strings": ({"x": "y"}, "map"),
    "map of ints": ({"x": 3}, "map"),
    "map of doubles": ({"x": 3.5}, "map"),
    "map of values": ({"x": None}, "map"),
    "map of edits": ({"x": {"before": None, "after": 1.0}}, "map"),
    "list of changes": ([{"x": 1}], "list"),
}
FACTS = {
    **{each.name: VALUES[each.type][0] for each in VARIABLES["change"]},
    "change.kind": "Discount",
    "change.after": {"percentage": 35.0, "priority": 5, "to": "2027-01-01", "note": ""},
    "change.edits": {"percentage": {"before": None, "after": 35.0}},
    "change.charge": {},
    "today": "2026-11-21",
}


@pytest.mark.parametrize(
    ("subject", "name"),
    [(subject, each.name) for subject, variables in VARIABLES.items() for each in variables],
)
def test_every_variable_can_be_named_and_is_of_its_type(subject: Subject, name: str) -> None:
    """What the reference lists is what an expression can see."""
    facts = {each.name: VALUES[each.type] for each in VARIABLES[subject]}
    values = {key: value for key, (value, _) in facts.items()}

    rule = Rule(f"type({name}) == {facts[name][1]}", subject)

    assert rule.judge(values) == PolicyResult(violated=True)


@pytest.mark.parametrize(
    ("text", "violated"),
    [
        ("change.after.percentage > 30.0", True),
        ("change.after.percentage > 30", True),
        ("change.after.percentage > 35.0", False),
        ("change.after.priority * 2 == 10", True),
        ("change.edits.percentage.before == null", True),
        ("has(change.after.nothing) && change.after.nothing > 3", False),
        ("'charge' in change.classes && change.charge.amount > 3.0", False),
        ("change.after.to > today", True),
        ("timestamp(change.after.to + 'T00:00:00Z') - now > duration('1000h')", False),
        ("now.getDayOfWeek() == 6 && now.getHours() >= 12", True),
        ("change.kind.matches('^Dis')", True),
        ("['Client', 'Discount'].exists(k, k == change.kind)", True),
    ],
)
def test_expression_is_true_or_false(text: str, *, violated: bool) -> None:
    """Numbers compare across their sorts, dates as texts, and `has` asks before it looks."""
    assert Rule(text, "change").judge(FACTS) == PolicyResult(violated)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("change.after.nothing > 3", 'Key not found in map : "nothing"'),
        ("change.charge.amount > 3.0", 'Key not found in map : "amount"'),
        ("change.after.to > 3", "No matching overloads"),
        ("change.after.priority * 1.5 > 1.0", "No matching overloads"),
        ("change.after.percentage", "the expression returned a value of type double"),
        ("1 / 0 == 1", "divide by zero"),
        ("change.kind.matches('[')", "invalid regular expression"),
    ],
)
def test_unevaluable_policy_is_violated_with_a_reason(text: str, fault: str) -> None:
    """No expression gets a change past a policy by failing."""
    ruling = Rule(text, "change").judge(FACTS)

    assert ruling.violated
    assert fault in ruling.fault


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("nothing > 1", 1, 1, "undeclared reference to 'nothing'"),
        ("change.aftr.percentage > 1", 1, 12, "undeclared reference to 'change.aftr.percentage'"),
        ("plan.counts.delete > 1", 1, 12, "undeclared reference to 'plan.counts.delete'"),
        ("change.kind == 3", 1, 13, "no matching overload"),
        ("change.kind ==\n\n  'ä' + nothing", 3, 9, "undeclared reference to 'nothing'"),
        ("change.kind == ", 1, 16, "mismatched input '<EOF>'"),
        ("change.kind", 1, 1, "the expression returns a value of type string, not true or false"),
        ("fetch('https://x.example') == ''", 1, 6, "undeclared reference to 'fetch'"),
        ("", 1, 1, "mismatched input"),
    ],
)
def test_expression_that_does_not_compile_is_placed(
    text: str, line: int, column: int, words: str
) -> None:
    """Names and types are checked before any plan is there."""
    with pytest.raises(ExpressionError) as caught:
        Rule(text, "change")

    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_depth_is_bounded() -> None:
    """The parser gives up before its stack does."""
    with pytest.raises(ExpressionError, match="recursion"):
        Rule("(" * 2000 + "true" + ")" * 2000, "change")
