from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.model.finding import Source
from reconciler.model.policy import Expression, Policy, PolicyResult
from reconciler.policies.evaluator import (
    MISSING,
    Bounds,
    EvaluationRequest,
    check_expressions,
    flat_facts,
    judge,
)

if TYPE_CHECKING:
    from pathlib import Path

COMMON = {
    "target.name": "test",
    "target.url": "https://panel.invalid/billmgr",
    "now": "2026-11-21T12:00:00+00:00",
    "today": "2026-11-21",
}
PLAN = {
    "plan.changes": [{"action": "delete"}] * 20_000,
    "plan.counts": {"delete": 20_000},
    "plan.charges": {},
    "plan.unknownCharges": 0,
    "plan.resources": 0,
}
TEN = "[0,1,2,3,4,5,6,7,8,9]"
# Values that double at each step, and are walked then: the library bounds neither.
DOUBLING = "[[1]]" + ".map(x, [x, x])" * 26
SMALL = Bounds(seconds=1, bytes=512 << 20)


def policy(name: str, text: str) -> Policy:
    """Return a policy over the plan."""
    source = Source("policies/p.yaml", 4, 9)
    return Policy(name, "deny", "plan", Expression(text, source, (source,)), "no")


def ruled(*texts: str, bounds: Bounds = SMALL) -> tuple[PolicyResult, ...]:
    """Judge expressions of the large plan, in one go."""
    policies = [policy(f"p{number}", text) for number, text in enumerate(texts)]
    return judge(EvaluationRequest(policies, COMMON, [PLAN], [[0]] * len(policies)), bounds)


def test_each_policy_is_answered_for_each_of_its_subjects() -> None:
    """In order: policies as given, and of each what it was asked about."""
    more = policy("more", "plan.counts.delete > 1")
    less = policy("less", "plan.counts.delete < 1")
    idle = policy("idle", "true")
    subjects = [PLAN | {"plan.counts": {"delete": count}} for count in (0, 1, 2)]

    found = judge(EvaluationRequest([more, idle, less], COMMON, subjects, [[0, 1, 2], [], [2, 0]]))

    assert [each.violated for each in found] == [False, False, True, False, True]
    assert not any(each.fault for each in found)


def test_no_evaluation_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is asked there is nothing to wait for: no interpreter is even looked for."""
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    assert judge(EvaluationRequest([policy("idle", "true")], COMMON, [], [[]])) == ()
    assert check_expressions([]) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{DOUBLING} == {DOUBLING}",
        "['aaaaaaaaaaaaaaaa']" + ".map(x, x + x + x + x)" * 14 + "[0].size() > 1",
        "".join(f"{TEN}.all(a{n}, " for n in range(9)) + "true" + ")" * 9,
        "plan.changes.all(c, plan.changes.all(d, c == d))",
        "plan.changes.map(c, plan.changes).size() > 1",
        "'a'.matches('((a{0,100}){0,100}){0,100}')",
        "(" * 1500 + "true" + ")" * 1500,
        "-" * 4000 + "1 == 1 && " + "[" * 40 + "]" * 40 + " == []",
    ],
)
def test_hostile_expression_is_cut_short_and_counts_as_violated(text: str) -> None:
    """Whatever it asks for, time or memory or depth, it ends, and does not pass."""
    (ruling,) = ruled(text)

    assert ruling.violated
    assert ruling.fault


@pytest.mark.parametrize(
    "text",
    [
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')",
        "false" + " || false" * 400,
        "size(plan.changes) > 100000",
        "plan.changes.exists(c, c.action == 'delete') && plan.counts.delete < 1",
    ],
)
def test_expression_that_only_looks_costly_is_judged(text: str) -> None:
    """Regular expressions take linear time, and a walk ends where the answer is known."""
    assert ruled(text) == (PolicyResult(violated=False),)


def test_policy_that_exhausts_the_worker_is_named_and_fails_the_rest() -> None:
    """What was found before stands; what was not asked any more counts as violated."""
    before, guilty, after = ruled("false", f"{DOUBLING} == {DOUBLING}", "false")

    assert before == PolicyResult(violated=False)
    assert "1 seconds of computing and 512 MiB" in guilty.fault
    assert after == PolicyResult(violated=True, fault="the evaluation ended earlier, at p1")


def test_compile_errors_have_their_position() -> None:
    """Every expression is compiled, and the place counts from where the expression stands."""
    found = check_expressions([policy("a", "nothing > 1"), policy("b", "1 == nothing")])

    assert [(str(each.source), each.code, each.message) for each in found] == [
        ("policies/p.yaml:4:9", "policy-expression", "a: undeclared reference to 'nothing'"),
        ("policies/p.yaml:4:14", "policy-expression", "b: undeclared reference to 'nothing'"),
    ]


def test_place_within_an_expression_written_otherwise_is_that_of_the_expression() -> None:
    """A folded text has other lines than its file: no column is made up."""
    source = Source("policies/p.yaml", 4, 9)
    folded = Policy("a", "deny", "plan", Expression("1 == nothing", source), "no")

    (found,) = check_expressions([folded])

    assert found.source == source


def test_expression_error_counts_as_violation() -> None:
    """Should one slip past the check, it does not slip past the plan."""
    broken, ok = ruled("nothing", "false")

    assert broken == PolicyResult(violated=True, fault="undeclared reference to 'nothing'")
    assert ok == PolicyResult(violated=False)


@pytest.mark.parametrize(
    ("library", "words"),
    [
        ("raise ModuleNotFoundError", MISSING),
        ("import os; os.abort()", "exceeds the limits of policies"),
    ],
)
def test_library_that_is_missing_or_crashes_passes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, words: str
) -> None:
    """Without the library, or with one that takes its process down, every policy is violated."""
    (tmp_path / "cel_expr_python.py").write_text(library, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    (ruling,) = ruled("false")
    findings = check_expressions([policy("a", "false")])

    assert ruling.violated
    assert words in ruling.fault
    assert [each.severity for each in findings] == ["error"]


def test_process_that_judges_knows_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an expression nor the library underneath can come by a password there."""
    spy = "import os; open(__file__ + '.seen', 'w').write(str(os.environ)); raise ImportError"
    (tmp_path / "cel_expr_python.py").write_text(spy, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("BILLMANAGER_PASSWORD", "correct horse")

    check_expressions([policy("a", "false")])

    seen = (tmp_path / "cel_expr_python.py.seen").read_text(encoding="utf-8")
    assert "PYTHONPATH" in seen
    assert "correct horse" not in seen


def test_facts_are_named_as_the_variables_are() -> None:
    """What is nested in a report is named by its path."""
    source = Source("p.yaml")
    about_changes = Policy("a", "deny", "change", Expression("true", source), "no")
    names = (
        *("address", "kind", "name", "action", "id", "parent", "reason", "classes", "labels"),
        *("edits", "before", "after", "charge"),
    )
    facts = {**dict.fromkeys(names, "x"), "source": {"file": "f", "line": 3}}

    flat = flat_facts(about_changes, facts)

    assert flat["change.source.line"] == 3
    assert {name.removeprefix("change.") for name in flat} == {
        *names,
        "source.file",
        "source.line",
    }
