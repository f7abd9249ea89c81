"""Policies are judged elsewhere: a process of its own, without our environment, under bounds.

Invariants: whatever an expression does, an answer comes within the bounds; what got no answer
counts as violated, and says why.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.model.finding import Finding, Source
from reconciler.model.policy import VARIABLES, PolicyResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.model.policy import Expression, Policy

MISSING = "policies need an extra: run pip install 'reconciler[policies]'"

# Measured: 20,000 questions a second, and ten times the size of the request.
_QUESTIONS_A_SECOND = 1000
_GROWTH = 20
_NEVER = "2000-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What judging may take beyond its due; the due grows with the plan that is judged.

    Unit: seconds of computing, and bytes of memory.
    """

    seconds: int = 30
    bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What is evaluated: policies, the changes, and the values that they may read.

    ``subjects`` are facts as of ``flat_facts``, and ``common`` those that hold for all of them;
    ``asked`` lists for each policy the numbers of its subjects.
    """

    policies: Sequence[Policy]
    common: Mapping[str, Any]
    subjects: Sequence[Mapping[str, Any]] = ()
    asked: Sequence[Sequence[int]] = ()


@dataclass(slots=True)
class _Record:
    """What the process said, by the number of a policy, before it ended."""

    broken: dict[int, dict[str, Any]] = field(default_factory=dict)
    violations: dict[int, dict[str, str]] = field(default_factory=dict)
    done: bool = False
    missing: bool = False


def check_expressions(policies: Sequence[Policy], bounds: Bounds | None = None) -> list[Finding]:
    """Compile every expression and say what is wrong, each at its place in its file."""
    if not policies:
        return []
    case = EvaluationRequest(policies, {"now": _NEVER}, asked=[()] * len(policies))
    record = _heard(case, bounds or Bounds())
    if record.missing:
        return [Finding("error", "policy-library", MISSING, policies[0].source)]
    found = [_finding(policies[number], fault) for number, fault in record.broken.items()]
    if not record.done:
        words = "the expressions of the policies could not be compiled within their bounds"
        found.append(Finding("error", "policy-expression", words, policies[0].source))
    return found


def judge(case: EvaluationRequest, bounds: Bounds | None = None) -> tuple[PolicyResult, ...]:
    """Answer what each policy is asked, in order: policies as given, of each its subjects."""
    if not any(case.asked):
        return ()
    bounds = bounds or Bounds()
    record = _heard(case, bounds)
    rulings: list[PolicyResult] = []
    ended = MISSING if record.missing else ""
    for number, asked in enumerate(case.asked):
        violations = record.violations.get(number)
        if violations is not None:
            faults = (violations.get(str(position)) for position in range(len(asked)))
            rulings += [PolicyResult(fault is not None, fault or "") for fault in faults]
            continue
        if number in record.broken:
            fault = str(record.broken[number]["message"])
        else:
            fault = ended or _exhausted(bounds)
            ended = ended or f"the evaluation ended earlier, at {case.policies[number].name}"
        rulings += [PolicyResult(violated=True, fault=fault)] * len(asked)
    return tuple(rulings)


def flat_facts(policy: Policy, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input as the variables that the policy's expression can use."""
    flat: dict[str, Any] = {}
    prefix = f"{policy.subject}."
    for variable in VARIABLES[policy.subject]:
        if variable.name.startswith(prefix):
            value: Any = facts
            for step in variable.name.removeprefix(prefix).split("."):
                value = value[step]
            flat[variable.name] = value
    return flat


def _heard(case: EvaluationRequest, bounds: Bounds) -> _Record:
    request = {
        "common": dict(case.common),
        "subjects": list(case.subjects),
        "rules": [
            {"when": policy.when.text, "subject": policy.subject, "asked": list(asked)}
            for policy, asked in zip(case.policies, case.asked, strict=True)
        ],
    }
    raw = json.dumps(request).encode()
    seconds = bounds.seconds + sum(map(len, case.asked)) // _QUESTIONS_A_SECOND
    size = bounds.bytes + len(raw) * _GROWTH
    # It finds the modules that we found, and knows nothing else of our environment.
    environ = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        said = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-P", "-m", "reconciler.policies.worker", str(seconds), str(size)],
            input=raw,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            timeout=3 * seconds + 10,
            check=False,
        ).stdout
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
    return _read(said.split(b"\n")[:-1])


def _read(lines: Iterable[bytes]) -> _Record:
    record = _Record()
    for line in lines:
        answer = json.loads(line)
        if "broken" in answer:
            record.broken[answer["rule"]] = answer["broken"]
        elif "violations" in answer:
            record.violations[answer["rule"]] = answer["violations"]
        else:
            record.done = record.done or "done" in answer
            record.missing = record.missing or "missing" in answer
    return record


def _exhausted(bounds: Bounds) -> str:
    return (
        f"it exceeds the limits of policies, {bounds.seconds} seconds of computing and "
        f"{bounds.bytes >> 20} MiB beyond what a plan of this size needs"
    )


def _finding(policy: Policy, fault: Mapping[str, Any]) -> Finding:
    source = _place(policy.when, fault["line"], fault["column"])
    message = f"{policy.name}: {fault['message']}"
    return Finding("error", "policy-expression", message, source)


def _place(expression: Expression, line: int, column: int) -> Source:
    """Return the place in the file of a place in an expression, as exactly as it is known."""
    if not 1 <= line <= len(expression.lines):
        return expression.source
    start = expression.lines[line - 1]
    return Source(start.file, start.line, start.column + max(column - 1, 0))
