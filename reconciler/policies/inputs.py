"""What a policy's expression sees of a plan: plain values, in the shapes of ``VARIABLES``.

Invariants: numbers are numbers, so that they can be compared; dates, choices and references are
the texts that reports print; a secret shows where it comes from, never itself.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from reconciler.documents.values import shown
from reconciler.model.plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.model.plan import Change, Plan
    from reconciler.model.value import Value

Facts = dict[str, Any]


def change_facts(change: Change) -> Facts:
    """Return what there is to know of one change."""
    before = dict(change.observed.fields) if change.observed else {}
    source = change.source
    return {
        "address": str(change.address),
        "kind": change.address.kind,
        "name": change.address.name,
        "action": change.action,
        "id": change.id or "",
        "parent": _parent(change),
        "reason": change.reason,
        "classes": sorted(change.classes),
        "labels": dict(change.desired.labels) if change.desired else {},
        "edits": {
            edit.field: {"before": _plain(edit.before), "after": _plain(edit.after)}
            for edit in change.edits
        },
        "before": _plain_map(before),
        "after": _plain_map(_after(change, before)),
        "charge": _charge(change),
        "source": {"file": source.file if source else "", "line": source.line if source else 0},
    }


def plan_facts(plan: Plan, changes: Iterable[Change]) -> Facts:
    """Return what there is to know of those changes of a plan that a policy is about."""
    listed = list(changes)
    actions = Counter(str(change.action) for change in listed)
    charges: dict[str, Decimal] = {}
    unknown = 0
    for change in listed:
        if "charge" not in change.classes:
            continue
        if change.money is None or change.money.amount is None:
            unknown += 1
        else:
            currency = change.money.currency
            charges[currency] = charges.get(currency, Decimal(0)) + change.money.amount
    return {
        "changes": [change_facts(change) for change in listed],
        "counts": {name: actions[name] for name in get_args(Action)},
        "charges": {currency: float(amount) for currency, amount in sorted(charges.items())},
        "unknownCharges": unknown,
        "resources": plan.declared,
    }


def _parent(change: Change) -> str:
    if change.desired and change.desired.parent:
        return str(change.desired.parent)
    return (change.observed.scope.parent if change.observed else None) or ""


def _after(change: Change, before: Mapping[str, Value]) -> dict[str, Value]:
    """Lay the edits over what is there; what is as declared shows as the author wrote it."""
    if change.action == "delete":
        return {}
    after = dict(before)
    if change.desired:
        left_alone = {ignore.field for ignore in change.desired.lifecycle.ignore}
        after |= {
            name: value
            for name, value in change.desired.fields.items()
            if name in before and name not in left_alone
        }
    return after | {edit.field: edit.after for edit in change.edits}


def _charge(change: Change) -> Facts:
    if "charge" not in change.classes:
        return {}
    money = change.money
    facts: Facts = {"currency": money.currency if money else ""}
    if money is not None and money.amount is not None:
        facts["amount"] = float(money.amount)
    return facts


def _plain_map(fields: Mapping[str, Value]) -> Facts:
    return {name: _plain(value) for name, value in sorted(fields.items())}


def _plain(value: Value) -> Any:  # noqa: ANN401 - JSON
    """Return a value as an expression compares it.

    Doubt: a decimal becomes the nearest double. That keeps its order among decimals of up to 15
    digits, so comparing with a number is exact; sums of a plan are made before.
    """
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, int) else shown(value)
