"""A plan as a JSON document of a fixed, versioned shape.

Invariant: the digest of a plan covers everything in it but the time of its making, a
signature, why it was refused then, and the approvals that it is printed with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NotRequired, cast

from typing_extensions import TypedDict

from reconciler.documents.answers import (
    AnswersDocument,  # noqa: TC001 - pydantic reads it
)
from reconciler.documents.approval import (
    ApprovalDocument,  # noqa: TC001 - pydantic reads it
)
from reconciler.documents.findings import (
    FindingsDocument,
    LineDocument,
    findings_document,
    line_document,
)
from reconciler.documents.impact import PlanImpactDocument, impact_document
from reconciler.documents.shard import (
    ShardDocument,  # noqa: TC001 - pydantic reads it
)
from reconciler.documents.types import (
    FORMAT_VERSION,
    OPEN_WORD,
    AddressText,
    Count,
    DayText,
    DigestText,
    FormatVersion,
    IdText,
    MomentText,
    RunText,
    SignatureText,
    TargetDocument,
    count_words,
    target_document,
)
from reconciler.documents.values import Json, digest, money_text, shown
from reconciler.model.explanation import UnexplainedCause
from reconciler.model.plan import Action, ChangeClass
from reconciler.model.reason import ReasonCode
from reconciler.model.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.documents.shard import ShardTermsDocument
    from reconciler.model.plan import Change, Edit, Money, Plan

# A plan against a snapshot of the panel has the digest of the same plan against the panel.
_UNDIGESTED = frozenset(
    {"digest", "createdAt", "signature", "snapshot", "approvals", "refusals", "answers"}
)
Counted = Literal[Action, "keep"]
# A code that another version wrote is read as it is.
ReasonText = Annotated[ReasonCode, OPEN_WORD]
PriceSource = Literal["quoted", "computed"]


class EditDocument(TypedDict):
    """One field that changes; ``before`` is null where nothing is known, or nothing was."""

    field: str
    before: Json
    after: Json


class ClientDocument(TypedDict):
    """Whose a change is, as far as that is known."""

    name: str
    email: str
    id: str


class UnexplainedDocument(TypedDict):
    """What a change is from that no line of a branch explains, and which of its edits are."""

    cause: UnexplainedCause
    edits: list[str]


class BaseCommitDocument(TypedDict):
    """The commit that a branch was compared with, and the reference that named it."""

    reference: str
    commit: str


class SnapshotRefDocument(TypedDict):
    """The snapshot that stood in for the panel; `pseudonyms`: people's data was replaced in it."""

    takenAt: MomentText
    pseudonyms: bool


class ChangeDocument(TypedDict):
    """One change; ``client`` where it is known whose, ``lost`` what a delete loses.

    ``set`` names the ResourceSet that declares the resource. ``explained`` is there where the plan
    was made with ``--since``, and ``unexplained`` where it is false.
    """

    address: AddressText
    action: Action
    id: IdText | None
    parent: str | None
    edits: list[EditDocument]
    reason: str
    reasonCode: ReasonText | None
    classes: list[ChangeClass]
    dependsOn: list[AddressText]
    source: LineDocument | None
    set: str | None
    precondition: str
    client: NotRequired[ClientDocument]
    lost: NotRequired[dict[str, Json]]
    explained: NotRequired[bool]
    unexplained: NotRequired[UnexplainedDocument]


class MoneyDocument(TypedDict):
    """An amount, null where it is not known; how it is known, and what the manifest allows."""

    amount: str | None
    currency: str
    source: NotRequired[PriceSource]
    atMost: NotRequired[dict[str, str]]


class ChargeDocument(MoneyDocument):
    """What a change takes from a balance."""

    address: AddressText


class PlannedChargeDocument(ChargeDocument, total=False):
    """What a change of a plan takes from a balance.

    `before` is the price as the panel shows it, where changes of the same plan move it.
    """

    before: MoneyDocument


class RefusalDocument(TypedDict):
    """A reason why a plan was not to be applied when it was made, or a consent that it lacked."""

    code: Annotated[RefusalCode, OPEN_WORD]
    message: str


class ImpactDocument(PlanImpactDocument):
    """What a plan comes to; `charges` lists each change that takes money from a balance."""

    charges: list[PlannedChargeDocument]


class PlanDocument(FindingsDocument):
    """A plan, printed or saved; `undo` names the run that it takes back.

    `since` and `unexplained`, the addresses of changes that no line of the branch explains, are
    there where the plan was made with `--since`, and `at` where it was made for a day to come: such
    a plan cannot be applied. `snapshot` is there where a snapshot stood in for the panel: the
    digest does not cover it, and `createdAt` is the moment of the snapshot. `approvals` is printed
    where the project has rules for them, never saved, and never believed. `refusals` holds why the
    guards and the policies refused the plan when it was made, and the consents (`consent-missing`)
    that it lacked: the digest does not cover them, and every apply judges anew. `unchecked` counts,
    by kind, the declared resources that `--only` or `-l` left out, where there are any. `shard` is
    there where the plan is one of several parts; `answers` is what the panel answered for it, in
    the file alone, and the digest in `shard` covers it.
    """

    formatVersion: FormatVersion
    target: TargetDocument
    digest: DigestText
    createdAt: MomentText
    manifestDigest: DigestText
    summary: dict[Counted, Count]
    changes: list[ChangeDocument]
    impact: ImpactDocument
    undo: NotRequired[RunText]
    since: NotRequired[BaseCommitDocument]
    unexplained: NotRequired[list[AddressText]]
    at: NotRequired[DayText]
    snapshot: NotRequired[SnapshotRefDocument]
    unchecked: NotRequired[dict[str, Count]]
    signature: NotRequired[SignatureText]
    approvals: NotRequired[list[ApprovalDocument]]
    refusals: NotRequired[list[RefusalDocument]]
    shard: NotRequired[ShardDocument]
    answers: NotRequired[AnswersDocument]


def with_terms(document: PlanDocument, terms: ShardTermsDocument, answers: str) -> PlanDocument:
    """Return the plan of a shard with what it was made from, and the digest of the answers."""
    found: PlanDocument = {**document}
    found["shard"] = {**document["shard"], "terms": terms, "answers": answers}
    found["digest"] = content_digest(found)
    return found


def with_refusals(document: PlanDocument, refusals: Iterable[Refusal]) -> PlanDocument:
    """Return a plan document with why the plan is not to be applied as it is, if anything."""
    listed: list[RefusalDocument] = [{"code": each.code, "message": str(each)} for each in refusals]
    return {**document, "refusals": listed} if listed else document


def refusals_of(document: PlanDocument) -> tuple[list[Refusal], list[Refusal]]:
    """Return why a plan was refused when it was made, and the consents that it lacked."""
    found = [Refusal(each["code"], each["message"]) for each in document.get("refusals", ())]
    return (
        [each for each in found if each.code != "consent-missing"],
        [each for each in found if each.code == "consent-missing"],
    )


def plan_document(plan: Plan, created_at: str) -> PlanDocument:
    """Return a plan as JSON; ``created_at`` is an ISO time in UTC."""
    listed = findings_document(plan.findings)
    document: PlanDocument = {
        "formatVersion": FORMAT_VERSION,
        "target": target_document(plan.target),
        "digest": "",
        "createdAt": created_at,
        "manifestDigest": plan.manifest_digest,
        "summary": summary(plan),
        "changes": [change_document(change) for change in plan.changes],
        "findings": listed["findings"],
        "impact": {"charges": charge_documents(plan), **impact_document(plan.impact)},
    }
    if "omitted" in listed:
        document["omitted"] = listed["omitted"]
    if plan.undoes:
        document["undo"] = plan.undoes
    if plan.since:
        document["since"] = {"reference": plan.since.reference, "commit": plan.since.commit}
        document["unexplained"] = [str(address) for address in plan.unexplained]
    if plan.at:
        document["at"] = plan.at.isoformat()
    if plan.snapshot:
        taken, hidden = plan.snapshot.taken_at, plan.snapshot.pseudonyms
        document["snapshot"] = {"takenAt": taken, "pseudonyms": hidden}
    if plan.unchecked:
        document["unchecked"] = dict(plan.unchecked)
    if plan.shard:
        document["shard"] = {"index": plan.shard.index, "count": plan.shard.count}
    document["digest"] = content_digest(document)
    return document


def plan_digest(plan: Plan) -> str:
    """Return the digest that identifies a plan's content."""
    return plan_document(plan, "")["digest"]


def content_digest(document: Mapping[str, object]) -> str:
    """Return the digest of what a plan document says, whichever version wrote it."""
    return digest({key: value for key, value in document.items() if key not in _UNDIGESTED})


def summary(plan: Plan) -> dict[Counted, int]:
    """Count a plan's changes by their action, every action named, and what is kept."""
    counts: dict[Counted, int] = count_words((change.action for change in plan.changes), Counted)
    return counts | {"keep": plan.keeps}


def count_actions(changes: Iterable[Change]) -> dict[Action, int]:
    """Count changes by their action, those that none of them has included."""
    return count_words((change.action for change in changes), Action)


def change_document(change: Change) -> ChangeDocument:
    """Return one change as JSON."""
    parent = change.observed.scope.parent if change.observed else None
    document: ChangeDocument = {
        "address": str(change.address),
        "action": change.action,
        "id": change.id,
        "parent": str(change.desired.parent)
        if change.desired and change.desired.parent
        else parent,
        "edits": edit_documents(change.edits),
        "reason": change.reason,
        "reasonCode": change.reason_code,
        "classes": sorted(change.classes),
        "dependsOn": [str(address) for address in change.depends_on],
        "source": line_document(change.source),
        "set": change.from_set or None,
        "precondition": change.precondition,
    }
    client, live = change.client, change.observed
    if client is not None:
        document["client"] = {"name": client.name, "email": client.email, "id": client.id}
    if change.action == "delete" and live is not None:
        document["lost"] = {name: shown(value) for name, value in sorted(live.fields.items())}
    return _with_explanation(document, change)


def _with_explanation(document: ChangeDocument, change: Change) -> ChangeDocument:
    explanation = change.explanation
    if explanation is None:
        return document
    document["explained"] = explanation.explained
    if explanation.cause:
        document["unexplained"] = {"cause": explanation.cause, "edits": list(explanation.edits)}
    return document


def edit_documents(edits: Iterable[Edit]) -> list[EditDocument]:
    """Return edits as JSON."""
    return [
        {"field": edit.field, "before": shown(edit.before), "after": shown(edit.after)}
        for edit in edits
    ]


def charge_documents(plan: Plan) -> list[PlannedChargeDocument]:
    """Return what each charge of a plan takes as JSON."""
    return [
        charge_document(change)
        for change in plan.changes
        if "charge" in change.classes and change.action != "blocked"
    ]


def charge_document(change: Change) -> PlannedChargeDocument:
    """Return what one charge takes as JSON."""
    charge: ChargeDocument = {"address": str(change.address), **money_document(change.money)}
    document = cast("PlannedChargeDocument", charge)
    if change.money is not None and change.money.before is not None:
        document["before"] = money_document(change.money.before)
    return document


def money_document(money: Money | None) -> MoneyDocument:
    """Return an amount as JSON, with how it is known."""
    if money is None:
        return {"amount": None, "currency": ""}
    amount = None if money.amount is None else money_text(money.amount)
    document: MoneyDocument = {"amount": amount, "currency": money.currency}
    if money.amount is not None:
        document["source"] = "computed" if money.computed else "quoted"
    if money.at_most:
        document["atMost"] = {unit: money_text(most) for unit, most in money.at_most}
    return document
