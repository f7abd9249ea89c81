"""One report of each command, with a word of somebody else in every place that can hold one.

Invariant: the same reports, but for the word, come from any word.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from reconciler.model.address import Address, ElementId
from reconciler.model.drift import DriftEdit, DriftItem, DriftReport as Drift
from reconciler.model.explanation import BaseCommit, Explanation
from reconciler.model.finding import Finding, Source
from reconciler.model.impact import NO_CURRENCY, Amount, ClientImpact, Impact, Message, MoneyImpact
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Change, Client, Edit, Money, Plan, TargetRef
from reconciler.model.reason import ReasonCode
from reconciler.model.resource import Observed, Scope
from reconciler.model.value import Choice, Ref, Secret
from reconciler.report.reports import (
    DriftReport,
    OutcomeReport,
    PlanReport,
    RehearsalReport,
    ValidationReport,
)

if TYPE_CHECKING:
    from reconciler.model.drift import DriftClass
    from reconciler.model.outcome import Result
    from reconciler.report.reports import Report

_RESULTS: tuple[Result, ...] = ("verified", "diverged", "failed", "in-doubt", "skipped")
_DRIFTS: tuple[DriftClass, ...] = ("drift", "pending", "conflict", "missing", "added")


def sample_reports(word: str) -> dict[str, Report]:
    """Return a report of each command by its name."""
    plan = sample_plan(word)
    outcomes = [
        Outcome(
            change,
            _RESULTS[place % len(_RESULTS)],
            word,
            ElementId(word),
            charged=Money(Decimal(1), word, word),
        )
        for place, change in enumerate(plan.changes)
    ]
    document = {"digest": word, "createdAt": word}
    edits = (DriftEdit(word, word, word, word),)
    drifted = tuple(
        DriftItem(Address("Discount", f"a-{name}"), ElementId(word), edits, name, _at(word), word)
        for name in _DRIFTS
    )
    drift = Drift(plan.target, drifted, 9, plan.findings)
    return {
        "plan": PlanReport(
            plan, document, refusals=(word,), consents=(word,), ways=(word,), see=word
        ),
        "drift": DriftReport(drift, {}, apply=word, accept=word, resume=word),
        "apply": OutcomeReport(plan, outcomes, {}),
        "rehearse": RehearsalReport(plan, outcomes, plan, {}, {word: Decimal(3)}, 2),
        "validate": ValidationReport(4, plan.findings, {}),
    }


def sample_plan(word: str) -> Plan:
    """Return a plan of every sort of change."""
    client = Client(word, word, word)
    held = {"domain": word, word: word}
    edits = (
        Edit(word, word, word),
        Edit("client", None, Ref("Client", "email", word)),
        Edit("tariff", None, Choice(word, word)),
        Edit("groups", (Choice(word, "a"),), (Choice(word, "b"),)),
        Edit("password", None, Secret("env", (word,))),
        Edit("addons", cast("dict[str, str]", {word: "1"}), cast("dict[str, str]", {word: "2"})),
    )
    rate = (
        Edit("base", None, Choice(label=word)),
        Edit("rate", None, Decimal("1.5")),
        Edit("date", None, date(2027, 1, 1)),
    )
    alike = tuple(
        _change("Discount", f"alike-{n}", word, edits=(Edit("note", "", word),), action="update")
        for n in range(4)
    )
    changes = (
        _change("Service", "order", word, classes={"charge"}, money=Money(Decimal(5), word, word)),
        _change("Service", "bounded", word, classes={"charge"}, money=_bounded(word)),
        _change("Service", "gone", word, action="delete", classes={"delete", "terminate"}),
        _change("Service", "anew", word, action="update", classes={"reinstall"}),
        _change("CurrencyRate", "rate", word, edits=rate),
        _change("Discount", "all", word, edits=edits, action="update"),
        _change("TaxRule", "kept", word, action="blocked"),
        *alike,
    )
    changes = tuple(
        _with(change, client, held if change.action != "create" else None) for change in changes
    )
    return Plan(
        TargetRef(word, word),
        changes,
        keeps=3,
        findings=(
            Finding("error", "too-large", word, _at(word)),
            Finding("note", "forgotten", word),
        ),
        manifest_digest=word,
        kept={},
        undoes=word,
        impact=_impact(word),
        since=BaseCommit(word, word),
    )


def _at(word: str) -> Source:
    return Source(word, 3, 1)


def _bounded(word: str) -> Money:
    return Money(None, "", at_most=((word, Decimal(9)),))


def _change(kind: str, name: str, word: str, action: str = "create", **more: object) -> Change:
    classes = more.pop("classes", ())
    return Change(
        Address(kind, name),
        action,  # type: ignore[arg-type]
        classes=frozenset(classes),  # type: ignore[call-overload]
        reason=word,
        reason_code=ReasonCode.PROTECTED if action == "blocked" else None,
        depends_on=(Address("Client", "acme"),),
        source=_at(word),
        from_set=word,
        **more,  # type: ignore[arg-type]
    )


def _with(change: Change, client: Client, held: dict[str, str] | None) -> Change:
    from dataclasses import replace

    live = Observed(Scope(change.address.kind), ElementId(client.id), held) if held else None
    why = Explanation(explained=change.action == "create", cause="drift", edits=(client.name,))
    return replace(change, client=client, observed=live, explanation=why)


def _impact(word: str) -> Impact:
    sums = {
        word: Amount(Decimal("-5.5"), "computed", at_least=True),
        NO_CURRENCY: Amount(None, "unknown"),
    }
    money = MoneyImpact(*[sums] * 10)
    messages = (Message(Address("Service", "order"), word, "service-opened"),)
    return Impact(money, (ClientImpact(word, word, money),), 1, messages=messages)
