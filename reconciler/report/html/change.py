"""One change in a page: its sign, what is done to what, its client and place, its fields.

Invariant: each has an anchor, and says to the filters what it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.documents.values import shown
from reconciler.model.plan import Money
from reconciler.report.change import held_values, symbol_of, warnings
from reconciler.report.clients import client_words
from reconciler.report.escape import escape
from reconciler.report.explanation import explanation_words
from reconciler.report.html.element import extend, tag
from reconciler.report.html.impact import loss_of
from reconciler.report.html.money import is_charge, number_words
from reconciler.report.html.page import badge
from reconciler.report.value import edit_words, money_words, value_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.plan import Action, Change, Edit
    from reconciler.model.value import Value
    from reconciler.report.html.element import Child, Element
    from reconciler.report.html.page import Tone

_MOST_FIELDS = 8
_SIGNS: dict[str, tuple[str, Tone]] = {
    "!": ("charge", "charge"),
    "-": ("delete", "danger"),
    "+": ("create", "calm"),
    "~": ("update", "calm"),
    "=": ("adopt", "calm"),
    "x": ("blocked", "warning"),
}
VERBS: dict[Action, str] = {
    "create": "create",
    "adopt": "adopt",
    "update": "update",
    "delete": "delete",
    "renew": "renew",
    "suspend": "suspend",
    "resume": "resume",
    "blocked": "blocked",
}


def change_words(change: Change) -> Element:
    """Return a change in one line: its sign, what is done, and to what."""
    return tag("span", *sign_words(change), " ", tag("code", str(change.address)))


def change_entry(change: Change, anchor: str) -> Element:
    """Return a change that stands alone, as an entry of the list."""
    head = tag("p", *sign_words(change), " ", tag("code", str(change.address), class_="address"))
    if change.id:
        head.append(tag("small", f" id {escape(change.id)}"))
    amount = _amount(change)
    where = tag("p", *place_words(change), class_="where")
    made = tag("li", head, amount, where, class_="change", **filter_marks(change, anchor))
    return extend(made, change_body(change))


def filter_marks(change: Change, anchor: str) -> dict[str, str]:
    """Return the attributes that the filters look at."""
    return {
        "id": anchor,
        "data_kind": change.address.kind,
        "data_action": change.action,
        "data_class": " ".join(classes_of(change)),
        "data_client": client_words(change.client) if change.client else "",
    }


def classes_of(change: Change) -> list[str]:
    """Return the classes of a change, and whether no line of the branch explains it."""
    return sorted({*change.classes, *(["unexplained"] if change.explained is False else [])})


def sign_words(change: Change) -> tuple[Element, ...]:
    """Return the sign of a change, and what is done, in a frame."""
    symbol = symbol_of(change)
    label, tone = _SIGNS[symbol]
    sign = tag("span", "−" if symbol == "-" else symbol, class_=f"sign {tone}", aria_hidden="true")
    words = VERBS[change.action]
    if is_charge(change):
        words = f"{words}, charges"
    elif loss_of(change):
        tone = "danger"
    elif tone == "calm":
        tone = "note" if label == "create" else "calm"
    return (sign, badge(words, tone))


def place_words(change: Change) -> list[Child]:
    """Return the client of a change and the place of its manifest."""
    parts: list[Child] = []
    if change.client:
        parts += ["of ", client_words(change.client)]
    if change.source:
        line = f":{change.source.line}" if change.source.line else ""
        parts += [" · " if parts else "", tag("code", f"{escape(change.source.file)}{line}")]
    return parts


def charge_words(change: Change) -> str:
    """Return what a change charges; an empty text where it charges nothing."""
    if not is_charge(change):
        return ""
    return money_words(replace(change.money or Money(None, ""), payer=""))


def _amount(change: Change) -> Element | None:
    if not is_charge(change):
        return None
    money = change.money
    if money is None or money.amount is None:
        return tag("p", charge_words(change), class_="amount unknown")
    before = f"; {money_words(money.before)} by the terms before this plan" if money.before else ""
    how = tag("small", f" computed{before}") if money.computed else None
    number = tag("strong", number_words(money.amount), " ", escape(money.currency))
    return tag("p", number, how, class_="amount number")


def change_body(change: Change) -> list[Element]:
    """Return what stands below the line of a change: reason, warnings and fields."""
    lines = []
    reason = escape(change.reason)
    if reason:
        tone = "warning" if change.action == "blocked" else "calm"
        lines.append(tag("p", reason, class_=f"reason {tone}"))
    if why := explanation_words(change):
        lines.append(tag("p", why, class_="reason warning"))
    lines += [tag("p", words, class_="reason danger") for words in warnings(change)]
    fields = _lost(change) if change.action == "delete" else _fields(change)
    if fields:
        lines += _field_lists(fields)
    return lines


def _fields(change: Change) -> list[Element]:
    """Return each edit as a field and its values."""
    new = change.action == "create"
    made = [_field(edit, change.address.kind, new=new) for edit in shown_edits(change)]
    if len(change.edits) > len(shown_edits(change)) and not made and change.action != "adopt":
        made.append(tag("div", tag("dt", "marker"), tag("dd", "takes the new name")))
    return made


def _field(edit: Edit, kind: str, *, new: bool) -> Element:
    name = tag("dt", escape(edit.field))
    before, after = (value_words(each, kind, edit.field) for each in (edit.before, edit.after))
    if new:
        return tag("div", name, tag("dd", after))
    if _is_plain(edit.before) and _is_plain(edit.after):
        return tag("div", name, tag("dd", tag("del", before), " → ", tag("ins", after)))
    words = edit_words(edit, arrow=True, kind=kind).removeprefix(f"{escape(edit.field)}: ")
    return tag("div", name, tag("dd", words))


def _is_plain(value: Value) -> bool:
    return not isinstance(shown(value), list | dict)


def _lost(change: Change) -> list[Element]:
    """Return what a delete loses, without what is empty."""
    kind = change.address.kind
    return [
        tag("div", tag("dt", f"lost: {escape(name)}"), tag("dd", value_words(value, kind, name)))
        for name, value in held_values(change).items()
    ]


def _field_lists(fields: Sequence[Element]) -> list[Element]:
    most = _MOST_FIELDS if len(fields) > _MOST_FIELDS + 1 else len(fields)
    shown_first = tag("dl", class_="fields")
    shown_first.extend(fields[:most])
    if len(fields) == most:
        return [shown_first]
    rest = tag("dl", class_="fields")
    rest.extend(fields[most:])
    words = f"{len(fields) - most} more fields"
    return [shown_first, tag("details", tag("summary", words), rest)]


def shown_edits(change: Change) -> tuple[Edit, ...]:
    """Return the edits without our marker, which differs by the name of the resource."""
    return tuple(edit for edit in change.edits if edit.field != "marker")
