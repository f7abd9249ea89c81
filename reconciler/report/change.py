"""One change in words: its symbol, its place in the report, what it touches and costs.

Invariant: what charges money is marked so before anything else is said of it.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.model.plan import Money
from reconciler.report.clients import client_words
from reconciler.report.escape import escape
from reconciler.report.value import edit_words, money_words, value_words

if TYPE_CHECKING:
    from reconciler.model.plan import Change

_IRREVERSIBLE = frozenset({"delete", "reinstall", "history"})


def symbol_of(change: Change) -> str:
    """Return the sign that stands before a change."""
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
    """Rank a change for the eye: charges, what cannot be undone, the rest, what is blocked."""
    if change.action == "blocked":
        return 3
    if "charge" in change.classes:
        return 0
    return 1 if change.classes & _IRREVERSIBLE else 2


def touched(change: Change, *, new_id: str | None = None) -> str:
    """Name what is touched, with its id in the panel where there is one."""
    element = new_id or change.id
    return f"{change.address}  (id {escape(element)})" if element else str(change.address)


def overwrites(change: Change) -> bool:
    """Tell whether an adoption changes values, and does not only set our marker."""
    return change.action == "adopt" and any(edit.field != "marker" for edit in change.edits)


def only_marks(change: Change) -> bool:
    """Tell whether a change is an adoption that leaves every value as it is."""
    return change.action == "adopt" and not overwrites(change)


def remark(change: Change) -> str:
    """Say whose a change is, and the one thing to know of it: its cost, its place, its reason."""
    if change.action != "blocked" and "charge" in change.classes:
        return _cost(change)
    # Why something is blocked is never short: it has a line of its own.
    reason = "" if change.action == "blocked" else change.reason
    told = (_whose(change), escape(str(_place(change) or reason)))
    return ", ".join(each for each in told if each)


def details(change: Change) -> list[str]:
    """Say the rest of a change: its place where a cost stands in it, the reason, the edits."""
    lines = []
    place, said = escape(_place(change)), remark(change)
    if place and place not in said:
        lines.append(f"declared at {place}")
    reason = escape(change.reason)
    if reason and (change.action == "blocked" or reason not in said):
        lines.append(_reason(change))
    lines += [words for name, words in _WARNINGS.items() if name in change.classes]
    if change.action == "delete":
        lines += _lost(change)
    elif change.action != "renew":
        arrow = change.action != "create"
        lines += [edit_words(edit, arrow=arrow) for edit in change.edits]
    return lines


def cost_words(change: Change, money: Money | None) -> str:
    """Say how much a change costs, and whose balance pays."""
    parent = change.desired.parent if change.desired else None
    payer = "" if parent is None else f"client {parent.key}" if parent.by == "id" else parent.key
    name = client_words(change.client) if change.client else escape(payer)
    amount = money_words(replace(money or _UNTOLD, payer=""))
    name = name or escape(money.payer if money else "")
    return f"{amount} from the balance of {name}" if name else amount


_UNTOLD = Money(None, "")
_CLIENT = "Client"
_WARNINGS = {
    "reinstall": "reinstalls the machine: its content is lost",
    "terminate": "its content is lost",
    "prune": "never managed by Git",
    "history": "rewrites a row dated in the past",
}


def _whose(change: Change) -> str:
    """Name the client; of a client itself only the email, which is new where it is made."""
    client = change.client
    if client is None:
        return ""
    if client.name == change.address.name and change.address.kind == _CLIENT:
        return "" if change.action == "create" else escape(client.email)
    return f"of {client_words(client)}"


def _lost(change: Change) -> list[str]:
    """Say which values are lost with an object; what is empty is no loss."""
    fields = change.observed.fields if change.observed else {}
    # An empty text, list or map, and a flag that is off; a zero is a value.
    held = {name: value for name, value in fields.items() if value or isinstance(value, Decimal)}
    words = ", ".join(f"{escape(name)} {value_words(value)}" for name, value in held.items())
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
