"""What the project's policies say of a plan: which questions they ask, and what follows.

Invariants: a rule that cannot be judged counts as violated; only an exception that has not ended
excuses, and each exception is spoken of; no consent of the command line lifts a policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.documents.values import listed
from reconciler.model.finding import Finding, FindingCode
from reconciler.model.policy import PolicyCheck
from reconciler.model.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from reconciler.model.address import Address
    from reconciler.model.finding import Severity
    from reconciler.model.plan import Plan
    from reconciler.model.policy import Policy, PolicyException, PolicyResult

SOON = timedelta(days=14)
_CODE: FindingCode = "policy"
_EXCEPTION: FindingCode = "policy-exception"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policies report of a plan, and why they refuse it where they do."""

    findings: tuple[Finding, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def questions_of(plan: Plan, policies: Iterable[Policy]) -> tuple[PolicyCheck, ...]:
    """List what there is to ask; a policy that no change matches asks nothing."""
    asked: list[PolicyCheck] = []
    for policy in policies:
        matching = tuple(change for change in plan.changes if policy.matches(change))
        if policy.subject == "change":
            asked += [PolicyCheck(policy, (change,)) for change in matching]
        elif matching:
            asked.append(PolicyCheck(policy, matching))
    return tuple(asked)


def evaluate_policies(
    policies: Sequence[Policy], ruled: Iterable[tuple[PolicyCheck, PolicyResult]], today: date
) -> Verdict:
    """Turn rulings into findings and refusals.

    Order: policies as given; of each, what it says of the changes, then of its exceptions.
    """
    found: dict[str, list[tuple[PolicyCheck, PolicyResult]]] = {
        policy.name: [] for policy in policies
    }
    for question, ruling in ruled:
        if ruling.violated:
            found[question.policy.name].append((question, ruling))
    findings: list[Finding] = []
    refusals: list[Refusal] = []
    for policy in policies:
        said, denied, used = _hold(policy, found[policy.name], today)
        findings += said
        findings += [
            _of_exemption(policy, each, today) for each in policy.exemptions if each not in used
        ]
        if denied and policy.effect == "deny":
            text = f"policy {policy.name} denies {listed(denied)}: {policy.message}"
            refusals.append(Refusal("policy", text))
    return Verdict(tuple(findings), tuple(refusals))


def _hold(
    policy: Policy, violations: Iterable[tuple[PolicyCheck, PolicyResult]], today: date
) -> tuple[list[Finding], list[str], set[PolicyException]]:
    """Return the findings of a policy, the addresses that it denies, and the exceptions used."""
    said: list[Finding] = []
    denied: list[str] = []
    used: set[PolicyException] = set()
    for question, ruling in violations:
        address = question.change.address if question.change else None
        claims = [each for each in policy.exemptions if each.address == address]
        valid = [each for each in claims if each.until >= today]
        whom = _whom(address)
        message = f"{policy.message}{_fault(ruling)}"
        if valid:
            excuse = max(valid, key=lambda each: each.until)
            used.add(excuse)
            soon = excuse.until - today <= SOON
            words = f"{_claim(policy, excuse)} excuses it until {_until(excuse, today)}: {message}"
            said.append(Finding("warning" if soon else "note", _EXCEPTION, words, excuse.source))
            continue
        denied.append(whom)
        used.update(claims)
        ended = "".join(f"; the exception of {each.owner} ended on {each.until}" for each in claims)
        severity: Severity = "error" if policy.effect == "deny" else "warning"
        text = f"{policy.name}: {whom}: {message}{ended}"
        said.append(Finding(severity, _CODE, text, policy.source))
    return said, denied, used


def _of_exemption(policy: Policy, exemption: PolicyException, today: date) -> Finding:
    """Speak of an exception that no violation came across."""
    claim = _claim(policy, exemption)
    if exemption.until < today:
        words = f"{claim} ended on {exemption.until}: renew it, or remove it"
        return Finding("warning", _EXCEPTION, words, exemption.source)
    words = f"{claim} matches nothing in this plan; it ends on {_until(exemption, today)}"
    soon = exemption.until - today <= SOON
    return Finding("warning" if soon else "note", _EXCEPTION, words, exemption.source)


def _claim(policy: Policy, exemption: PolicyException) -> str:
    whom, owner = _whom(exemption.address), exemption.owner
    return f"{policy.name}: the exception of {owner} for {whom} ({exemption.reason})"


def _until(exemption: PolicyException, today: date) -> str:
    left = (exemption.until - today).days
    when = "today" if not left else "1 day left" if left == 1 else f"{left} days left"
    return f"{exemption.until} ({when})" if left <= SOON.days else str(exemption.until)


def _whom(address: Address | None) -> str:
    return str(address) if address else "the plan"


def _fault(ruling: PolicyResult) -> str:
    return f" (counted as violated, because it could not be evaluated: {ruling.fault})" * bool(
        ruling.fault
    )
