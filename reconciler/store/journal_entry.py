"""An intent as a line of the journal, and back.

Shape: plain values under the names of ``model.journal.Intent``; ``params`` as pairs, in order.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reconciler.documents.plan import money_document
from reconciler.model.address import ElementId
from reconciler.model.journal import Charged, Intent
from reconciler.model.plan import Money
from reconciler.model.resource import Lifecycle, Scope
from reconciler.store.inventory_entry import encode_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.documents.journal import ChargedDocument, IntentContent, IntentLine
    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry


def encode_intent(intent: Intent) -> IntentContent:
    """Return what is written down of an intent, apart from what every line has."""
    scope = intent.scope
    content: IntentContent = {
        "address": intent.address,
        "action": intent.action,
        "func": intent.func,
        "effect": intent.effect,
        "params": [list(pair) for pair in intent.params],
        "scope": {"kind": scope.kind, "variant": scope.variant, "parent": scope.parent},
        "login": intent.login,
        "element": intent.element,
        "marker": intent.marker,
        "expects": dict(intent.expects or {}),
        "known": list(intent.known),
        "booked": None if intent.expenses_before is None else list(intent.expenses_before),
    }
    if intent.lifecycle is not None:
        content["onRemove"] = intent.lifecycle.on_remove
        content["protect"] = intent.lifecycle.protect
    if intent.before:
        content["before"] = dict(intent.before)
    if intent.values:
        content["values"] = {name: list(pair) for name, pair in intent.values.items()}
    if intent.forecast is not None:
        content["forecast"] = money_document(intent.forecast)
    return content


def encode_charged(charged: Charged) -> ChargedDocument:
    """Return what is written down of a charge."""
    money = money_document(charged.money)
    return {
        "amount": money["amount"],
        "currency": money["currency"],
        "fromExpenses": charged.from_expenses,
    }


def read_charged(charged: ChargedDocument) -> Charged:
    """Return the charge that was written down. Raises: InvalidOperation."""
    amount = charged["amount"]
    money = Money(None if amount is None else Decimal(amount), charged["currency"])
    return Charged(money, charged["fromExpenses"])


def read_forecast(line: IntentLine) -> Money | None:
    """Return what the plan said that a charge takes; None where its version wrote nothing."""
    noted = line.get("forecast")
    if noted is None:
        return None
    amount = None if noted["amount"] is None else Decimal(noted["amount"])
    return Money(amount, noted["currency"], computed=noted.get("source") == "computed")


def read_lifecycle(line: IntentLine) -> Lifecycle | None:
    """Return how a line's object may end; None where nothing was said of it."""
    return Lifecycle(line["onRemove"], line["protect"]) if line.get("onRemove") else None


def read_intent(line: IntentLine) -> Intent:
    """Return the intent of a line."""
    scope, expenses = line["scope"], line.get("booked")
    parent = ElementId(scope["parent"]) if scope["parent"] else None
    return Intent(
        address=line["address"],
        action=line["action"],
        func=line["func"],
        effect=line["effect"],
        params=tuple((name, value) for name, value in line["params"]),
        scope=Scope(scope["kind"], scope["variant"], parent),
        login=line["login"],
        element=line["element"],
        marker=line["marker"],
        expects=line["expects"],
        known=tuple(line["known"]),
        expenses_before=None if expenses is None else tuple(expenses),
        lifecycle=read_lifecycle(line),
        before=line.get("before"),
        values={name: (was, now) for name, (was, now) in line.get("values", {}).items()} or None,
    )


def operation_key(line: IntentLine) -> str:
    """Return the key that all lines of one operation have, each time it is sent.

    An object with a marker is the same, whatever else its manifest says now.
    """
    terms = [] if line["marker"] else line["params"]
    what = [line["address"], line["action"], line["func"], line["element"], line["marker"]]
    return json.dumps([*what, line["expects"], terms], sort_keys=True)


def intent_line(intent: Intent) -> dict[str, Any]:
    """Return what is written of an intent."""
    return {"type": "intent", **encode_intent(intent)}


def outcome_line(
    numbers: Iterable[int],
    result: str,
    message: str,
    element: str,
    *,
    managed: Mapping[Address, InventoryEntry | None] | None = None,
    charged: Charged | None = None,
) -> dict[str, Any]:
    """Return what is written of the end of intents, in the words of ``Journal.conclude``."""
    content: dict[str, Any] = {"result": result, "message": message, "element": element}
    if managed:
        content["managed"] = {
            str(address): encode_entry(entry) if entry else None
            for address, entry in managed.items()
        }
    if charged:
        content["charged"] = encode_charged(charged)
    return {"type": "outcome", "intents": list(numbers), **content}
