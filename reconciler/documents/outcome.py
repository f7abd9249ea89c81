"""What became of a plan, or of what an earlier run left open, as one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired

from typing_extensions import TypedDict

from reconciler.documents.findings import ErrorDetail
from reconciler.documents.plan import (
    ChargeDocument,
    ReasonText,
    count_actions,
    money_document,
    plan_digest,
)
from reconciler.documents.types import (
    FORMAT_VERSION,
    AddressText,
    Count,
    DigestText,
    FormatVersion,
    IdText,
    count_words,
)
from reconciler.model.outcome import Result
from reconciler.model.plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.journal import Resolution, SettledResult
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan

# What was open ends as an outcome does. What the next plan looks after has no end of its own.
_AS_OUTCOME: dict[SettledResult, Result] = {
    "verified": "verified",
    "diverged": "diverged",
    "in-doubt": "in-doubt",
    "superseded": "skipped",
    "waiting": "skipped",
    "absent": "failed",
    "unseen": "diverged",
}


class MovedDocument(TypedDict):
    """A parameter of a form that a write moved though it did not carry it."""

    param: str
    before: str
    after: str


class OutcomeDocument(TypedDict):
    """The end of one change; ``requests`` counts the writes that were sent for it."""

    address: AddressText
    action: Action
    result: Result
    id: IdText | None
    message: str
    reasonCode: ReasonText | None
    requests: Count
    moved: NotRequired[list[MovedDocument]]


class TakenDocument(ChargeDocument):
    """Money that is known to be taken, or feared to be: then it is not certain."""

    certain: bool


class ApplyBody(TypedDict):
    """What an apply, a resume or a rehearsal did; the digest is null where no plan was applied."""

    formatVersion: FormatVersion
    planDigest: DigestText | None
    outcomes: list[OutcomeDocument]
    summary: dict[Result, Count]
    actions: dict[Action, Count]
    charges: list[TakenDocument]


class ApplyDocument(ApplyBody):
    """What an apply did; ``error`` is why that could not be written down, where it could not."""

    error: NotRequired[ErrorDetail]


def outcome_document(plan: Plan, outcomes: Iterable[Outcome]) -> ApplyBody:
    """Return what became of a plan as JSON."""
    ended = list(outcomes)
    return {
        "formatVersion": FORMAT_VERSION,
        "planDigest": plan_digest(plan),
        "outcomes": [_outcome(each) for each in ended],
        "summary": count_words((each.result for each in ended), Result),
        "actions": count_actions(each.change for each in ended),
        "charges": [
            {
                "address": str(each.change.address),
                "certain": each.result == "verified" and each.from_expenses,
                **money_document(each.charged),
            }
            for each in ended
            if each.charged
        ],
    }


def resolution_document(settled: Sequence[Resolution]) -> ApplyBody:
    """Return what looking said about open intents as JSON, in the shape of an apply's report."""
    return {
        "formatVersion": FORMAT_VERSION,
        "planDigest": None,
        "outcomes": [_resolved(item) for item in settled],
        "summary": count_words((_AS_OUTCOME[item.result] for item in settled), Result),
        "actions": count_words((item.open_intent.intent.action for item in settled), Action),
        "charges": [
            {
                "address": item.open_intent.intent.address,
                "amount": None,
                "currency": "",
                "certain": item.result == "verified",
            }
            for item in settled
            if item.open_intent.charges and item.result in {"verified", "in-doubt"}
        ],
    }


def _outcome(outcome: Outcome) -> OutcomeDocument:
    document: OutcomeDocument = {
        "address": str(outcome.change.address),
        "action": outcome.change.action,
        "result": outcome.result,
        "id": outcome.id,
        "message": outcome.message,
        "reasonCode": outcome.cause,
        "requests": outcome.requests,
    }
    if outcome.moved:
        document["moved"] = [
            {"param": each.param, "before": each.before, "after": each.after}
            for each in outcome.moved
        ]
    return document


def _resolved(item: Resolution) -> OutcomeDocument:
    return {
        "address": item.open_intent.intent.address,
        "action": item.open_intent.intent.action,
        "result": _AS_OUTCOME[item.result],
        "id": item.element or None,
        "message": item.message,
        "reasonCode": item.code,
        "requests": 0,
    }
