"""Plans, outcomes and drift as JSON documents of a fixed, versioned shape.

Invariant: the digest of a plan covers everything in it but the time of its making.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

from reconciler.documents.values import Json, digest, shown
from reconciler.model.drift import DriftClass
from reconciler.model.finding import IN_DOCUMENTS
from reconciler.model.outcome import Result
from reconciler.model.plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.drift import Drifted, DriftReport
    from reconciler.model.finding import Finding, Source
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Change, Money, Plan

FORMAT_VERSION = "1"


def plan_document(plan: Plan, created_at: str) -> dict[str, Json]:
    """Return a plan as JSON; ``created_at`` is an ISO time in UTC."""
    document = _plan_body(plan)
    return document | {"digest": digest(document), "createdAt": created_at}


def plan_digest(plan: Plan) -> str:
    """Return the digest that identifies a plan's content."""
    return digest(_plan_body(plan))


def outcome_document(plan: Plan, outcomes: Iterable[Outcome]) -> dict[str, Json]:
    """Return what became of a plan as JSON."""
    listed = list(outcomes)
    counts = Counter(str(outcome.result) for outcome in listed)
    return {
        "formatVersion": FORMAT_VERSION,
        "planDigest": plan_digest(plan),
        "outcomes": [
            {
                "address": str(outcome.change.address),
                "action": outcome.change.action,
                "result": outcome.result,
                "id": outcome.id,
                "message": outcome.message,
                "requests": outcome.requests,
                **_moved(outcome),
            }
            for outcome in listed
        ],
        "summary": {result: counts[result] for result in get_args(Result)},
        "actions": dict(count_actions(outcome.change for outcome in listed)),
        "charges": [
            {
                "address": str(o.change.address),
                "certain": o.result == "verified" and o.booked,
                **_money(o.charged),
            }
            for o in listed
            if o.charged
        ],
    }


def _moved(outcome: Outcome) -> dict[str, Json]:
    listed: list[Json] = [
        {"param": each.param, "before": each.before, "after": each.after} for each in outcome.moved
    ]
    return {"moved": listed} if listed else {}


def drift_document(report: DriftReport) -> dict[str, Json]:
    """Return what moved, as JSON."""
    counts = Counter(str(item.drift_class) for item in report.drifted)
    return {
        "formatVersion": FORMAT_VERSION,
        "target": {"name": report.target.name, "url": report.target.url},
        "drifted": [_drifted(item) for item in report.drifted],
        "summary": {
            **{name: counts[name] for name in get_args(DriftClass)},
            "checked": report.checked,
        },
    }


def finding_document(finding: Finding) -> dict[str, Json]:
    """Return a finding as JSON."""
    return {
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "source": _source(finding.source, column=True),
    }


def findings_document(findings: Sequence[Finding]) -> dict[str, Json]:
    """Return findings as JSON, as many as a program is given, and how many were left out."""
    kept = IN_DOCUMENTS.keep(findings)
    left: dict[str, Json] = {"omitted": len(findings) - len(kept)}
    told: dict[str, Json] = {"findings": [finding_document(finding) for finding in kept]}
    return told | left if left["omitted"] else told


def summary(plan: Plan) -> dict[str, int]:
    """Count a plan's changes by their action, every action named, and what is kept."""
    return count_actions(plan.changes) | {"keep": plan.keeps}


def count_actions(changes: Iterable[Change]) -> dict[str, int]:
    """Count changes by their action, those that none of them has included."""
    actions = Counter(str(change.action) for change in changes)
    return {name: actions[name] for name in get_args(Action)}


def _plan_body(plan: Plan) -> dict[str, Json]:
    undo: dict[str, Json] = {"undo": plan.undoes} if plan.undoes else {}
    return undo | {
        "formatVersion": FORMAT_VERSION,
        "target": {"name": plan.target.name, "url": plan.target.url},
        "manifestDigest": plan.manifest_digest,
        "summary": dict(summary(plan)),
        "changes": [change_document(change) for change in plan.changes],
        **findings_document(plan.findings),
        "impact": _impact(plan),
    }


def change_document(change: Change) -> dict[str, Json]:
    """Return one change as JSON."""
    parent = change.observed.scope.parent if change.observed else None
    return {
        "address": str(change.address),
        "action": change.action,
        "id": change.id,
        "parent": str(change.desired.parent)
        if change.desired and change.desired.parent
        else parent,
        "edits": [
            {"field": edit.field, "before": shown(edit.before), "after": shown(edit.after)}
            for edit in change.edits
        ],
        "reason": change.reason,
        "classes": list[Json](sorted(change.classes)),
        "dependsOn": [str(address) for address in change.depends_on],
        "source": _source(change.source),
        "precondition": change.precondition,
        **_whose(change),
    }


def _whose(change: Change) -> dict[str, Json]:
    """Return whose a change is, and the values that a delete loses, where these are known."""
    client, live = change.client, change.observed
    told: dict[str, Json] = {}
    if client is not None:
        told["client"] = {"name": client.name, "email": client.email, "id": client.id}
    if change.action == "delete" and live is not None:
        told["lost"] = {name: shown(value) for name, value in sorted(live.fields.items())}
    return told


def charge_documents(plan: Plan) -> list[dict[str, Json]]:
    """Return what each charge of a plan takes as JSON."""
    return [
        {"address": str(change.address), **_money(change.money)}
        for change in plan.changes
        if "charge" in change.classes and change.action != "blocked"
    ]


def _impact(plan: Plan) -> dict[str, Json]:
    return {"charges": list(charge_documents(plan))}


def _money(money: Money | None) -> dict[str, Json]:
    amount = shown(money.amount) if money and money.amount is not None else None
    told: dict[str, Json] = {"amount": amount, "currency": money.currency if money else ""}
    if money is not None and money.amount is not None:
        told["source"] = "computed" if money.computed else "quoted"
    if money is not None and money.at_most:
        told["atMost"] = {unit: shown(most) for unit, most in money.at_most}
    return told


def _drifted(item: Drifted) -> dict[str, Json]:
    return {
        "address": str(item.address),
        "id": item.id,
        "edits": [
            {
                "field": edit.field,
                "applied": shown(edit.applied),
                "live": shown(edit.live),
                "wanted": shown(edit.wanted),
            }
            for edit in item.edits
        ],
        "class": item.drift_class,
        "by": {},
    }


def _source(source: Source | None, *, column: bool = False) -> Json:
    if source is None:
        return None
    # A finding about a whole file has no line.
    place: dict[str, Json] = {"file": source.file, "line": source.line or None}
    return place | {"column": source.column or None} if column else place
