"""Show one change: its symbol, its rank in the report, its object and its cost.

Invariant: a change that charges money shows that first.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.model.plan import Money
from reconciler.report.clients import client_words
from reconciler.report.escape import escape
from reconciler.report.explanation import explanation_words
from reconciler.report.value import edit_words, money_words, value_words

if TYPE_CHECKING:
    from reconciler.model.plan import Change
    from reconciler.model.value import Value

_IRREVERSIBLE = frozenset({"delete", "reinstall", "history"})


def symbol_of(change: Change) -> str:
    """Return the symbol in front of a change."""
    if change.action != "blocked" and "charge" in change.classes:
        return "!"
    match change.action:
        case "create":
            return "+"
        case "update" | "renew" | "suspend" | "resume":
            return "~"
        case "delete":
            return "-"
        case "adopt":
            return "="
        case "blocked":
            return "x"


def urgency(change: Change) -> int:
    """Return the rank of a change: charges, irreversible changes, others, blocked ones."""
    if change.action == "blocked":
        return 3
    if "charge" in change.classes:
        return 0
    return 1 if change.classes & _IRREVERSIBLE else 2


def touched(change: Change, *, new_id: str | None = None) -> str:
    """Return the address of a change, with the object's id in the panel if there is one."""
    element = new_id or change.id
    return f"{change.address}  (id {escape(element)})" if element else str(change.address)


def overwrites(change: Change) -> bool:
    """Return whether an adoption changes values, not only our marker."""
    return change.action == "adopt" and any(edit.field != "marker" for edit in change.edits)


def only_marks(change: Change) -> bool:
    """Return whether a change is an adoption that changes no value."""
    return change.action == "adopt" and not overwrites(change)


def remark(change: Change) -> str:
    """Return the client of a change, and its cost, its place or its reason."""
    if change.action != "blocked" and "charge" in change.classes:
        return _cost(change)
    # The reason of a blocked change is long: it has a line of its own.
    reason = "" if change.action == "blocked" else change.reason
    parts = (_whose(change), escape(str(_place(change) or reason)))
    return ", ".join(each for each in parts if each)


def details(change: Change) -> list[str]:
    """Return the lines below a change: place, reason and edits that its row does not show."""
    lines = []
    place, shown_above = escape(_place(change)), remark(change)
    if place and place not in shown_above:
        lines.append(f"declared at {place}")
    reason = escape(change.reason)
    if reason and (change.action == "blocked" or reason not in shown_above):
        lines.append(_reason(change))
    why = explanation_words(change)
    lines += [why] if why else []
    lines += warnings(change)
    if change.action == "delete":
        lines += _lost(change)
    elif change.action != "renew":
        arrow, kind = change.action != "create", change.address.kind
        lines += [edit_words(edit, arrow=arrow, kind=kind) for edit in change.edits]
    return lines


def warnings(change: Change) -> list[str]:
    """Return what the classes of a change mean for what is there."""
    return [words for name, words in _WARNINGS.items() if name in change.classes]


def cost_words(change: Change, money: Money | None) -> str:
    """Return the cost of a change and the client whose balance pays it."""
    amount = money_words(replace(money or _UNTOLD, payer=""))
    name = payer_of(change) or escape(money.payer if money else "")
    return f"{amount} from the balance of {name}" if name else amount


def payer_of(change: Change) -> str:
    """Return the client whose balance pays a change, as far as that is known."""
    if change.client:
        return client_words(change.client)
    parent = change.desired.parent if change.desired else None
    return (
        ""
        if parent is None
        else escape(f"client {parent.key}" if parent.by == "id" else parent.key)
    )


_UNTOLD = Money(None, "")
_CLIENT = "Client"
_WARNINGS = {
    "reinstall": "reinstalls the machine: its content is lost",
    "terminate": "its content is lost",
    "prune": "never managed by Git",
    "history": "rewrites a row dated in the past",
}


def _whose(change: Change) -> str:
    """Return the client of a change; for an existing client itself its email."""
    client = change.client
    if client is None:
        return ""
    if client.name == change.address.name and change.address.kind == _CLIENT:
        return "" if change.action == "create" else escape(client.email)
    return f"of {client_words(client)}"


def held_values(change: Change) -> dict[str, Value]:
    """Return the values of the object that a change finds, without empty ones."""
    fields = change.observed.fields if change.observed else {}
    # An empty text, list or map, and a flag that is off; a zero is a value.
    return {name: value for name, value in fields.items() if value or isinstance(value, Decimal)}


def _lost(change: Change) -> list[str]:
    """Return the values that are lost with an object."""
    kind = change.address.kind
    words = ", ".join(
        f"{escape(name)} {value_words(value, kind, name)}"
        for name, value in held_values(change).items()
    )
    return [f"lost: {words}"] if words else []


def _place(change: Change) -> str:
    source = change.source
    if source is None:
        return ""
    return f"{source.file}:{source.line}" if source.line else source.file


def _reason(change: Change) -> str:
    text = escape(change.reason)
    return f"blocked: {text}" if change.action == "blocked" else text


def _cost(change: Change) -> str:
    charges = f"charges {cost_words(change, change.money)}"
    if change.action != "renew":
        return charges
    days = [f"{value_words(e.before)} → {value_words(e.after)}" for e in change.edits]
    return f"renews {', '.join(days)}, {charges}"
