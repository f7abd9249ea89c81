"""A saved plan as a value again, to be shown without the panel and without the manifests.

Invariants: what is restored is shown as the plan was; it holds too little to be applied. A plan
that an older version saved lacks what that version did not save, and is shown without it.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, get_args

from reconciler.errors import CodecError
from reconciler.model.address import ElementId, parse_address
from reconciler.model.finding import Finding, Source
from reconciler.model.plan import Action, Change, Client, Edit, Money, Plan, TargetName
from reconciler.model.resource import Observed, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents.values import Json
    from reconciler.model.value import Value

_ACTIONS: dict[str, Action] = {name: name for name in get_args(Action)}


def restore_plan(document: Mapping[str, Json]) -> Plan:
    """Return the plan that a document was made of, as far as it is shown.

    Raises: CodecError for a document that is no plan.
    """
    raw: Any = document
    try:
        charges = {each["address"]: _money(each) for each in raw["impact"]["charges"]}
        return Plan(
            target=TargetName(str(raw["target"]["name"]), str(raw["target"]["url"])),
            changes=tuple(_change(each, charges) for each in raw["changes"]),
            keeps=int(raw["summary"]["keep"]),
            findings=tuple(_finding(each) for each in raw["findings"]),
            manifest_digest=str(raw["manifestDigest"]),
            kept={},
            undoes=str(raw.get("undo", "")),
        )
    except (LookupError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise CodecError("it is not a plan as this program saves them") from error


def _change(raw: Any, charges: Mapping[str, Money]) -> Change:  # noqa: ANN401 - JSON
    address = parse_address(raw["address"])
    whose = raw.get("client")
    return Change(
        address=address,
        action=_ACTIONS[raw["action"]],
        edits=tuple(
            Edit(str(each["field"]), _value(each["before"]), _value(each["after"]))
            for each in raw["edits"]
        ),
        observed=_observed(address.kind, raw),
        reason=str(raw["reason"]),
        classes=frozenset(raw["classes"]),
        depends_on=tuple(parse_address(each) for each in raw["dependsOn"]),
        source=_source(raw["source"]),
        precondition=str(raw["precondition"]),
        money=charges.get(raw["address"]) if "charge" in raw["classes"] else None,
        client=Client(whose["name"], whose["email"], whose["id"]) if whose else None,
    )


def _observed(kind: str, raw: Any) -> Observed | None:  # noqa: ANN401 - JSON
    if raw["id"] is None:
        return None
    lost = {name: _value(value) for name, value in raw.get("lost", {}).items()}
    return Observed(Scope(kind), ElementId(str(raw["id"])), lost)


def _value(raw: Any) -> Value:  # noqa: ANN401 - JSON
    """Return a value that is shown as the one was that it was saved from."""
    value: Value = tuple(raw) if isinstance(raw, list) else raw
    return value


def _money(raw: Any) -> Money:  # noqa: ANN401 - JSON
    amount = raw["amount"]
    most = raw.get("atMost", {}).items()
    return Money(
        None if amount is None else _decimal(amount),
        str(raw["currency"]),
        computed=raw.get("source") == "computed",
        at_most=tuple((str(unit), _decimal(each)) for unit, each in most),
    )


def _decimal(raw: Any) -> Decimal:  # noqa: ANN401 - JSON
    number = Decimal(str(raw))
    if not number.is_finite():
        raise ValueError("no amount of money")
    return number


def _finding(raw: Any) -> Finding:  # noqa: ANN401 - JSON
    return Finding(raw["severity"], raw["code"], raw["message"], _source(raw["source"]))


def _source(raw: Any) -> Source | None:  # noqa: ANN401 - JSON
    return Source(raw["file"], raw["line"] or 0, raw.get("column") or 0) if raw else None
