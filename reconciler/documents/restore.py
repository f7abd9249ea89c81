"""A saved plan, of this version or an older one, as its document and as a value again; and drift.

Invariants: what is restored is shown as the plan was; it holds too little to be applied. A plan
that an older version saved lacks what that version did not save, and is shown without it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast, get_args

from pydantic import TypeAdapter, ValidationError

from reconciler.documents.drift import DriftDocument
from reconciler.documents.impact import impact_document, restore_impact
from reconciler.documents.plan import PlanDocument
from reconciler.documents.values import read_amount
from reconciler.errors import CodecError
from reconciler.model.address import ElementId, parse_address
from reconciler.model.drift import DriftEdit, DriftItem, DriftReport
from reconciler.model.explanation import BaseCommit, Explanation
from reconciler.model.finding import Finding, Source
from reconciler.model.impact import NO_IMPACT
from reconciler.model.plan import Action, Change, Client, Edit, Money, Plan, SnapshotRef, TargetRef
from reconciler.model.resource import Observed, Scope
from reconciler.model.shard import Shard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents.drift import DriftItemDocument
    from reconciler.documents.findings import FindingDocument, LineDocument
    from reconciler.documents.plan import ChangeDocument, MoneyDocument, PlannedChargeDocument
    from reconciler.documents.values import Json
    from reconciler.model.value import Value


def read_plan(saved: Mapping[str, object]) -> PlanDocument:
    """Return a saved plan as this version would have saved it.

    Raises: CodecError for a document that is no plan.
    """
    try:
        return _shape().validate_python(_renewed(saved), strict=True)
    except (ValidationError, TypeError) as error:
        raise CodecError("it is not a plan that reconciler saved") from error


def restore_plan(saved: Mapping[str, object]) -> Plan:
    """Return the plan that a document was made of, as far as it is shown.

    Raises: CodecError for a document that is no plan.
    """
    document = read_plan(saved)
    try:
        charges: dict[str, list[Money]] = {}
        for each in document["impact"]["charges"]:
            charges.setdefault(each["address"], []).append(restore_charge(each))
        return Plan(
            target=TargetRef(document["target"]["name"], document["target"]["url"]),
            changes=tuple(_change(each, charges) for each in document["changes"]),
            keeps=document["summary"]["keep"],
            findings=tuple(map(_finding, document["findings"])),
            manifest_digest=document["manifestDigest"],
            kept={},
            undoes=document.get("undo", ""),
            impact=restore_impact(document["impact"]),
            since=_since(document),
            snapshot=_snapshot(document),
            unchecked=_unchecked(document),
            at=date.fromisoformat(document["at"]) if "at" in document else None,
            shard=_shard(document),
        )
    except ValueError as error:
        raise CodecError("it is not a plan that reconciler saved") from error


def restore_drift(saved: Mapping[str, object]) -> DriftReport:
    """Return the drift that a document was made of, as far as it is shown.

    Raises: CodecError for a document that is no report of drift.
    """
    try:
        document = _drift_shape().validate_python(dict(saved), strict=True)
        return DriftReport(
            TargetRef(document["target"]["name"], document["target"]["url"]),
            tuple(map(_drift_item, document["drifted"])),
            document["summary"]["checked"],
        )
    except (ValidationError, TypeError, ValueError) as error:
        raise CodecError("it is not a report of `reconciler drift --out FILE`") from error


def _drift_item(document: DriftItemDocument) -> DriftItem:
    edits = tuple(
        DriftEdit(
            each["field"], _value(each["applied"]), _value(each["live"]), _value(each["wanted"])
        )
        for each in document["edits"]
    )
    element = ElementId(document["id"]) if document["id"] is not None else None
    return DriftItem(parse_address(document["address"]), element, edits, document["class"])


@cache
def _drift_shape() -> TypeAdapter[DriftDocument]:
    return TypeAdapter(DriftDocument)


@cache
def _shape() -> TypeAdapter[PlanDocument]:
    return TypeAdapter(PlanDocument)


def _renewed(saved: Mapping[str, object]) -> dict[str, object]:
    """Add what older versions did not save; they counted fewer actions, and one more."""
    renewed = dict(saved)
    renewed.pop("answers", None)  # only `plan merge` reads them, and they may be large
    counted: Any = renewed.get("summary")
    if isinstance(counted, dict) and "keep" in counted:
        names = (*get_args(Action), "keep")
        renewed["summary"] = {name: counted.get(name, 0) for name in names}
    changes: Any = renewed.get("changes")
    if isinstance(changes, list):
        renewed["changes"] = [
            {"reasonCode": None, "set": None, **each} if isinstance(each, dict) else each
            for each in changes
        ]
    impact: Any = renewed.get("impact")
    if isinstance(impact, dict):
        renewed["impact"] = {**impact_document(NO_IMPACT), **impact}
    return renewed


def _change(document: ChangeDocument, charges: Mapping[str, list[Money]]) -> Change:
    """Return a change; its money is the next one of ``charges`` that its address has."""
    address = parse_address(document["address"])
    charged = "charge" in document["classes"] and document["action"] != "blocked"
    amounts = charges.get(document["address"]) if charged else None
    client = document.get("client")
    return Change(
        address=address,
        action=document["action"],
        edits=tuple(
            Edit(each["field"], _value(each["before"]), _value(each["after"]))
            for each in document["edits"]
        ),
        observed=_observed(address.kind, document),
        reason=document["reason"],
        reason_code=document["reasonCode"],
        classes=frozenset(document["classes"]),
        depends_on=tuple(map(parse_address, document["dependsOn"])),
        source=_source(document["source"]),
        precondition=document["precondition"],
        money=amounts.pop(0) if amounts else None,
        client=Client(client["name"], client["email"], client["id"]) if client else None,
        from_set=document["set"] or "",
        explanation=_explanation(document),
    )


def _shard(document: PlanDocument) -> Shard | None:
    raw = document.get("shard")
    return Shard(raw["index"], raw["count"]) if raw else None


def _snapshot(document: PlanDocument) -> SnapshotRef | None:
    raw = document.get("snapshot")
    if raw is None:
        return None
    # Read, because it is shown in every format: a text would have to be escaped for each.
    taken = datetime.fromisoformat(raw["takenAt"]).isoformat(timespec="seconds")
    return SnapshotRef(taken, raw["pseudonyms"])


def _unchecked(document: PlanDocument) -> dict[str, int]:
    found = document.get("unchecked", {})
    # Shown in every format, as the moment is: a name of a kind has letters alone.
    if not all(name.isascii() and name.isalpha() for name in found):
        raise ValueError("a kind has a name of letters")
    return dict(found)


def _since(document: PlanDocument) -> BaseCommit | None:
    since = document.get("since")
    return BaseCommit(since["reference"], since["commit"]) if since else None


def _explanation(document: ChangeDocument) -> Explanation | None:
    if "explained" not in document:
        return None
    why = document.get("unexplained")
    if document["explained"] or why is None:
        return Explanation(document["explained"])
    return Explanation(explained=False, cause=why["cause"], edits=tuple(why["edits"]))


def _observed(kind: str, document: ChangeDocument) -> Observed | None:
    if document["id"] is None:
        return None
    lost = {name: _value(value) for name, value in document.get("lost", {}).items()}
    return Observed(Scope(kind), ElementId(document["id"]), lost)


def _value(shown: Json) -> Value:
    """Return a value that is shown as the one was that it was saved from."""
    value: Any = tuple(shown) if isinstance(shown, list) else shown
    return cast("Value", value)


def restore_charge(document: PlannedChargeDocument) -> Money:
    """Return what a charge takes. Raises: ValueError or InvalidOperation for no amount."""
    before = document.get("before")
    return replace(_money(document), before=None if before is None else _money(before))


def _money(document: MoneyDocument) -> Money:
    amount = document["amount"]
    return Money(
        None if amount is None else read_amount(amount),
        document["currency"],
        computed=document.get("source") == "computed",
        at_most=tuple(
            (unit, read_amount(most)) for unit, most in document.get("atMost", {}).items()
        ),
    )


def _finding(document: FindingDocument) -> Finding:
    place = document["source"]
    source = _source(place)
    if source and place:
        source = source._replace(column=place["column"] or 0)
    return Finding(document["severity"], document["code"], document["message"], source)


def _source(document: LineDocument | None) -> Source | None:
    if document is None:
        return None
    return Source(document["file"], document["line"] or 0)
