"""Which of its own rules a branch changes: guards, policies, approvals, levels of lint.

Invariant: a rule that is gone or allows more is called weaker; what else changed is named, and its
reader judges it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from reconciler.model.finding import Finding, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.model.approval import AmountLimits, ApprovalRule
    from reconciler.model.policy import Policy
    from reconciler.model.target import Guards, Project

_NOWHERE = Source("")
_WEAKER = ": weaker"


@dataclass(frozen=True, slots=True)
class ProjectRules:
    """The rules that a plan is held against: those of the project file, and the policies."""

    project: Project
    policies: tuple[Policy, ...] = ()


def find_rule_changes(
    before: ProjectRules, now: ProjectRules, file: str, base: str
) -> tuple[Finding, ...]:
    """Return a warning for each rule that differs from what it was.

    ``file`` is the project file, ``base`` names the commit of before.
    """
    found = [
        *((words, Source(file)) for words in _guards(before.project.guards, now.project.guards)),
        *((words, Source(file)) for words in _approvals(before.project, now.project)),
        *((words, Source(file)) for words in _levels(before.project, now.project)),
        *_policies(before.policies, now.policies),
    ]
    return tuple(
        Finding("warning", "rules-changed", f"{words} (since {base})", place)
        for words, place in found
    )


def _guards(before: Guards, now: Guards) -> Iterator[str]:
    for each in fields(before):
        head, *rest = each.name.split("_")
        name = head + "".join(word.capitalize() for word in rest)
        was, becomes = getattr(before, each.name), getattr(now, each.name)
        if was == becomes:
            continue
        if was is not None and becomes is not None and each.name == "max_charge":
            yield from _charge_guards(was, becomes)
            continue
        weaker = becomes is None or (was is not None and becomes > was)
        yield f"guard {name}: {_bound(was)} → {_bound(becomes)}{_weaker(weaker)}"


def _charge_guards(before: AmountLimits, now: AmountLimits) -> Iterator[str]:
    """Yield what differs by currency: one that is not named is not charged at all."""
    for currency in sorted({*before, *now}):
        was, becomes = before.get(currency), now.get(currency)
        if was != becomes:
            words = f"{was or 'refused'} → {becomes or 'refused'}"
            yield f"guard maxCharge in {currency}: {words}{_weaker((becomes or 0) > (was or 0))}"


def _approvals(before: Project, now: Project) -> Iterator[str]:
    for rule in before.approvals:
        if rule not in now.approvals:
            yield f"approval that is no longer asked for: {_rule_words(rule)}{_WEAKER}"
    for rule in now.approvals:
        if rule not in before.approvals:
            yield f"approval that is asked for from now on: {_rule_words(rule)}"
    for name in sorted({*before.approvers, *now.approvers}):
        was, becomes = before.approvers.get(name), now.approvers.get(name)
        old = {key.fingerprint: key.owner for key in was.keys} if was else {}
        new = {key.fingerprint: key.owner for key in becomes.keys} if becomes else {}
        words = [f"+ {new[key]}" for key in new if key not in old]
        words += [f"− {old[key]}" for key in old if key not in new]
        if words:
            yield f"keys that approve as {name}: {', '.join(words)}"


def _rule_words(rule: ApprovalRule) -> str:
    limits = (
        ("charges above", rule.charges_above),
        ("falls by more than", rule.decrease_above),
        ("rises by more than", rule.increase_above),
    )
    when = [", ".join(sorted(rule.classes))] if rule.classes else []
    when += [f"{words} {_amounts(amounts)}" for words, amounts in limits if amounts]
    return f"{' and '.join(rule.of)} when {' and '.join(when) or 'anything changes'}"


def _amounts(limits: AmountLimits) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in sorted(limits.items()))


def _levels(before: Project, now: Project) -> Iterator[str]:
    for code in sorted({*before.levels, *now.levels}):
        was, becomes = before.levels.get(code), now.levels.get(code)
        if was != becomes:
            weaker = becomes in {"off", "note"} or was == "error"
            words = f"{was or 'its own'} → {becomes or 'its own'}"
            yield f"level of lint rule {code}: {words}{_weaker(weaker)}"


def _policies(before: Iterable[Policy], now: Iterable[Policy]) -> Iterator[tuple[str, Source]]:
    old, new = _by_name(before), _by_name(now)
    for name in sorted({*old, *new}):
        was, becomes = old.get(name), new.get(name)
        if becomes is None and was is not None:
            yield f"policy {name}: removed{_WEAKER}", Source(was.source.file)
        elif was is None and becomes is not None:
            yield f"policy {name}: new", becomes.source
        elif was is not None and becomes is not None and _bare(was) != _bare(becomes):
            weaker = was.effect == "deny" and becomes.effect == "warn"
            yield f"policy {name}: changed{_weaker(weaker)}", becomes.source


def _by_name(policies: Iterable[Policy]) -> Mapping[str, Policy]:
    return {policy.name: policy for policy in policies}


def _bare(policy: Policy) -> Policy:
    """Return a policy without its places."""
    return replace(
        policy,
        when=replace(policy.when, source=_NOWHERE, lines=()),
        exemptions=tuple(replace(each, source=_NOWHERE) for each in policy.exemptions),
    )


def _bound(value: object) -> str:
    if value is None:
        return "no bound"
    return _amounts(value) if isinstance(value, Mapping) else str(value)


def _weaker(weaker: object) -> str:
    return _WEAKER if weaker else ""
