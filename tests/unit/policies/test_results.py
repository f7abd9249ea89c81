from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.model.address import Address, parse_address
from reconciler.model.finding import Finding, Source
from reconciler.model.plan import Change, Plan
from reconciler.model.policy import (
    Effect,
    Expression,
    Policy,
    PolicyCheck,
    PolicyException,
    PolicyResult,
    Subject,
)
from reconciler.policies.results import Verdict, evaluate_policies, questions_of
from tests.support.planning import TARGET, TODAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.plan import Action

PLACE = Source("policies/p.yaml", 8, 9)
SPRING = Change(Address("Discount", "spring"), "create")
VAT = Change(Address("TaxRule", "vat"), "delete")
STUCK = Change(Address("Discount", "stuck"), "blocked", reason="absence is not proved")


def exempt(address: str | None, days: int, owner: str = "alice", line: int = 12) -> PolicyException:
    """Return an exception that lasts for so many days from today."""
    whom = parse_address(address) if address else None
    until = TODAY + timedelta(days=days)
    return PolicyException(whom, owner, until, "agreed", Source("policies/p.yaml", line, 7))


def policy(
    *exemptions: PolicyException,
    effect: Effect = "deny",
    subject: Subject = "change",
    kinds: Iterable[str] = (),
    actions: Iterable[Action] = (),
) -> Policy:
    """Return a policy that has these exceptions."""
    return Policy(
        "deep",
        effect,
        subject,
        Expression("true", PLACE),
        "too deep",
        frozenset(kinds),
        frozenset(actions),
        exemptions,
    )


def plan(*changes: Change) -> Plan:
    """Return a plan of these changes."""
    return Plan(TARGET, changes, 0, (), "", {})


def verdict_on(ruled: Policy, *changes: Change, fault: str = "", today: date = TODAY) -> Verdict:
    """Hold that every question about these changes is answered with violated."""
    asked = questions_of(plan(*changes), [ruled])
    return evaluate_policies([ruled], [(each, PolicyResult(True, fault)) for each in asked], today)  # noqa: FBT003


def said(verdict: Verdict) -> list[tuple[str, str, str]]:
    """Return what a verdict's findings say, and where."""
    return [(each.severity, str(each.source), each.message) for each in verdict.findings]


@pytest.mark.parametrize(
    ("about", "asked"),
    [
        (policy(), ["Discount/spring", "TaxRule/vat"]),
        (policy(kinds=["Discount"]), ["Discount/spring"]),
        (policy(actions=["delete", "update"]), ["TaxRule/vat"]),
        (policy(kinds=["Discount"], actions=["delete"]), []),
    ],
)
def test_policy_is_evaluated_for_matching_changes(about: Policy, asked: list[str]) -> None:
    """By kind and by action; what is blocked is not done, so nothing is asked about it."""
    found = questions_of(plan(SPRING, STUCK, VAT), [about])

    assert [str(each.change.address) for each in found if each.change] == asked
    assert len(found) == len(asked)


def test_policy_over_the_plan_is_asked_once_of_all_that_match() -> None:
    """And not at all where nothing matches: an empty plan does nothing."""
    whole = policy(subject="plan")

    assert questions_of(plan(SPRING, STUCK, VAT), [whole]) == (PolicyCheck(whole, (SPRING, VAT)),)
    assert questions_of(plan(STUCK), [whole]) == ()


def test_deny_refuses_and_warn_only_reports() -> None:
    """The finding stands at the policy; the refusal names whom it hits."""
    denied = verdict_on(policy(), SPRING, VAT)
    warned = verdict_on(policy(effect="warn"), SPRING)

    assert said(denied) == [
        ("error", "policies/p.yaml:8:9", "deep: Discount/spring: too deep"),
        ("error", "policies/p.yaml:8:9", "deep: TaxRule/vat: too deep"),
    ]
    assert denied.refusals == ("policy deep denies Discount/spring, TaxRule/vat: too deep",)
    assert [each.severity for each in warned.findings] == ["warning"]
    assert warned.refusals == ()


def test_many_denials_are_one_refusal() -> None:
    """Each has its finding; the refusal does not fill the screen."""
    many = [Change(Address("Discount", f"d{n}"), "create") for n in range(7)]

    found = verdict_on(policy(), *many)

    assert len(found.findings) == 7
    assert found.refusals[0].endswith("Discount/d4 and 2 more: too deep")


def test_satisfied_policies_are_not_reported() -> None:
    """A plan that keeps to its policies reads like one without."""
    about = policy()
    asked = questions_of(plan(SPRING), [about])

    assert (
        evaluate_policies([about], [(asked[0], PolicyResult(violated=False))], TODAY) == Verdict()
    )


def test_evaluation_error_is_reported() -> None:
    """The author of the rule learns what it failed on."""
    (finding,) = verdict_on(policy(), SPRING, fault="no such key").findings

    assert finding.message.endswith("violated, because it could not be evaluated: no such key)")


@pytest.mark.parametrize(
    ("days", "severity", "words"),
    [
        (15, "note", "excuses it until 2026-12-06: too deep"),
        (14, "warning", "excuses it until 2026-12-05 (14 days left): too deep"),
        (1, "warning", "(1 day left)"),
        (0, "warning", "(today)"),
    ],
)
def test_exception_excuses_up_to_its_last_day(days: int, severity: str, words: str) -> None:
    """Who answers for it is said; in its last fortnight, as a warning."""
    found = verdict_on(policy(exempt("Discount/spring", days)), SPRING)

    assert found.refusals == ()
    ((grade, place, message),) = said(found)
    assert (grade, place) == (severity, "policies/p.yaml:12:7")
    assert "the exception of alice for Discount/spring (agreed)" in message
    assert words in message


def test_expired_exception_no_longer_applies_and_is_reported() -> None:
    """The day after its last one; once, with the violation."""
    found = verdict_on(policy(exempt("Discount/spring", -1)), SPRING)

    assert said(found) == [
        (
            "error",
            "policies/p.yaml:8:9",
            "deep: Discount/spring: too deep; the exception of alice ended on 2026-11-20",
        )
    ]
    assert len(found.refusals) == 1


def test_exception_excuses_nothing_else() -> None:
    """Another address is denied, and the exception that was not needed is noted."""
    found = verdict_on(policy(exempt("Discount/autumn", 90)), SPRING)

    assert [severity for severity, _, _ in said(found)] == ["error", "note"]
    assert "Discount/autumn (agreed) matches nothing in this plan" in said(found)[1][2]
    assert found.refusals == ("policy deep denies Discount/spring: too deep",)


@pytest.mark.parametrize(
    ("days", "severity", "words"),
    [
        (-1, "warning", "ended on 2026-11-20: renew it, or remove it"),
        (3, "warning", "matches nothing in this plan; it ends on 2026-11-24 (3 days left)"),
        (30, "note", "matches nothing in this plan; it ends on 2026-12-21"),
    ],
)
def test_unused_exception_is_reported(days: int, severity: str, words: str) -> None:
    """None is forgotten in its file."""
    idle = policy(exempt("Discount/spring", days))

    (found,) = evaluate_policies([idle], [], TODAY).findings

    assert (found.severity, found.code) == (severity, "policy-exception")
    assert found.message.endswith(words)


def test_longest_of_several_exceptions_excuses() -> None:
    """One that ended does not stand in the way of its renewal, and is still spoken of."""
    old, new = exempt("Discount/spring", -5, "bob"), exempt("Discount/spring", 60, "carol", 13)

    found = verdict_on(policy(old, new), SPRING)

    assert found.refusals == ()
    assert [("carol" in each.message, each.severity) for each in found.findings] == [
        (True, "note"),
        (False, "warning"),
    ]


def test_exception_of_the_plan_excuses_the_plan() -> None:
    """It has no address, and the findings name the plan."""
    found = verdict_on(policy(exempt(None, 30), subject="plan"), SPRING, VAT)
    denied = verdict_on(policy(subject="plan"), SPRING, VAT)

    assert found.refusals == ()
    assert found.findings == (
        Finding(
            "note",
            "policy-exception",
            "deep: the exception of alice for the plan (agreed) excuses it until 2026-12-21: "
            "too deep",
            Source("policies/p.yaml", 12, 7),
        ),
    )
    assert denied.refusals == ("policy deep denies the plan: too deep",)
