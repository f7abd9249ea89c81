"""One change in words: its symbol, its place in the report, what it touches and costs.

Invariant: what charges money is marked so before anything else is said of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.plan import Money
from reconciler.report.inert import inert
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
            return "±"
        case "forget":
            return "·"


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
    return f"{change.address}  (id {inert(element)})" if element else str(change.address)


def remark(change: Change) -> str:
    """Say the one thing to know of a change: its cost, else its place, else its reason."""
    if change.action != "blocked" and "charge" in change.classes:
        return _cost(change)
    return inert(str(_place(change) or change.reason))


def details(change: Change) -> list[str]:
    """Say the rest of a change: its place where a cost stands in it, the reason, the edits."""
    lines = []
    place = _place(change)
    if place and inert(place) != remark(change):
        lines.append(f"declared at {inert(place)}")
    if change.reason and inert(change.reason) != remark(change):
        lines.append(_reason(change))
    lines += [words for name, words in _WARNINGS.items() if name in change.classes]
    if change.action != "renew":
        arrow = change.action != "create"
        lines += [edit_words(edit, arrow=arrow) for edit in change.edits]
    return lines


def cost_words(change: Change, money: Money | None) -> str:
    """Say how much a change costs, and whose balance pays."""
    parent = change.desired.parent if change.desired else None
    payer = "" if parent is None else f"client {parent.key}" if parent.by == "id" else parent.key
    return money_words(money or _UNTOLD, payer)


_UNTOLD = Money(None, "")
_WARNINGS = {
    "reinstall": "reinstalls the machine: what is on it is lost",
    "history": "rewrites a row dated in the past",
}


def _place(change: Change) -> str:
    source = change.source
    if source is None:
        return ""
    return f"{source.file}:{source.line}" if source.line else source.file


def _reason(change: Change) -> str:
    text = inert(change.reason)
    return f"blocked: {text}" if change.action == "blocked" else text


def _cost(change: Change) -> str:
    charges = f"charges {cost_words(change, change.money)}"
    if change.action != "renew":
        return charges
    days = [f"{value_words(e.before)} → {value_words(e.after)}" for e in change.edits]
    return f"renews {', '.join(days)}, {charges}"
