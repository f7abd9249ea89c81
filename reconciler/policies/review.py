"""Load the project's policies for a run, and check its plan against them.

Invariants: policies are read from the project now, also for a saved plan; a project without
policies starts no process and loads nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.planning.exclusions import find_ways
from reconciler.planning.guards import check_guards
from reconciler.policies.results import Verdict, evaluate_policies, questions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.plan import Change, ChangeClass, Plan
    from reconciler.model.policy import Policy, PolicyCheck, PolicyResult
    from reconciler.planning.context import PlanContext
    from reconciler.planning.guards import GuardReview


def review_plan(
    plan: Plan,
    work: PlanContext,
    policies: Sequence[Policy],
    allow: Iterable[ChangeClass],
    *,
    moment: str,
    whole: Plan | None = None,
) -> tuple[Plan, GuardReview]:
    """Check a plan against guards, consents and policies; return it with their findings.

    Of the plan of a shard, the sums are those of the ``whole`` plan where there is one, and a
    policy that is about a whole plan is not asked.
    Shape: ``moment`` is an ISO time in UTC.
    """
    given = frozenset(allow)
    if plan.shard is not None and plan.shard.count > 1:
        policies = [policy for policy in policies if policy.subject == "change"]

    def passes(part: Plan, consents: frozenset[ChangeClass]) -> bool:
        within = check_guards(part, work.guards, consents, work.catalogue, whole=whole).passes
        return within and not hold(part, policies, moment)[1].refusals

    held, verdict = hold(plan, policies, moment)
    found = check_guards(plan, work.guards, given, work.catalogue, whole=whole)
    found = replace(found, refusals=(*found.refusals, *verdict.refusals))
    return held, found if found.passes else replace(found, ways=find_ways(plan, given, passes))


def hold(plan: Plan, policies: Sequence[Policy], moment: str) -> tuple[Plan, Verdict]:
    """Check a plan against policies and return it with their findings.

    Shape: ``moment`` is an ISO time in UTC.
    """
    if not policies:
        return plan, Verdict()
    questions = questions_of(plan, policies)
    today = datetime.fromisoformat(moment).date()
    rulings = _rulings(plan, policies, questions, moment=moment) if questions else ()
    verdict = evaluate_policies(policies, zip(questions, rulings, strict=True), today)
    return replace(plan, findings=(*plan.findings, *verdict.findings)), verdict


def _rulings(
    plan: Plan, policies: Sequence[Policy], questions: Sequence[PolicyCheck], *, moment: str
) -> tuple[PolicyResult, ...]:
    from reconciler.policies.evaluator import EvaluationRequest, flat_facts, judge
    from reconciler.policies.inputs import change_facts, plan_facts

    common = {
        "target.name": plan.target.name,
        "target.url": plan.target.url,
        "now": moment,
        "today": moment[:10],
    }
    asked: dict[str, list[int]] = {policy.name: [] for policy in policies}
    subjects: list[dict[str, object]] = []
    seen: dict[int, int] = {}  # a change that several policies check is described once
    for question in questions:
        change: Change | None = question.change
        key = id(change) if change else id(question)
        if key not in seen:
            seen[key] = len(subjects)
            facts = change_facts(change) if change else plan_facts(plan, question.changes)
            subjects.append(flat_facts(question.policy, facts))
        asked[question.policy.name].append(seen[key])
    return judge(EvaluationRequest(policies, common, subjects, list(asked.values())))
