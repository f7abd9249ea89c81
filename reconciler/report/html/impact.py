"""What stands first in the page of a plan: who is charged what, what is destroyed, who is notified.

Invariants: the totals are whole, and so are the lists, of which the end is folded away; what is not
known is called so, and is never *nobody*.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reconciler.model.impact import NO_CURRENCY, NO_IMPACT
from reconciler.report.change import details
from reconciler.report.clients import bare_name, client_words
from reconciler.report.escape import escape
from reconciler.report.html.element import tag
from reconciler.report.html.money import (
    amount_words,
    by_currency,
    charge_order,
    clients_of,
    label_of,
    money_of,
)
from reconciler.report.html.page import badge, folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.impact import ClientImpact, Message, MessageKind, Sums
    from reconciler.model.plan import Change, Plan
    from reconciler.report.html.element import Element
    from reconciler.report.html.page import Tone

_MOST = 6
_LOSSES = {
    "terminate": "is terminated, its content is lost",
    "reinstall": "is reinstalled, its content is lost",
    "delete": "is deleted",
    "history": "has a row of the past rewritten",
}
_SHORT = {
    "terminate": "terminated",
    "reinstall": "reinstalled",
    "delete": "deleted",
    "history": "rewritten",
}
_EMAILS: dict[MessageKind, tuple[str, str]] = {
    "welcome": ("welcome email", "welcome emails"),
    "recovery": ("email to set a password", "emails to set a password"),
    "service-opened": ("email about an opened service", "emails about opened services"),
}


def impact_cards(plan: Plan, anchors: Mapping[int, str]) -> tuple[Element, ...]:
    """Return the three answers that a reviewer needs first."""
    return (_charged(plan), _destroyed(plan, anchors), _notified(plan))


def loss_of(change: Change) -> str:
    """Return what a change destroys, in words; an empty text where it destroys nothing."""
    if change.action == "blocked":
        return ""
    return next((words for name, words in _LOSSES.items() if name in change.classes), "")


def _card(tone: Tone, heading: str, *content: Element) -> Element:
    made = tag("section", tag("h2", heading), class_=f"card {tone}", aria_label=heading)
    made.extend(content)
    return made


def _figure(words: str, meaning: str, *, tone: str = "") -> Element:
    name = f"figure {tone}".rstrip()
    return tag("p", tag("strong", words), " ", tag("span", meaning), class_=name)


def _money_figures(sums: Sums, meaning: str, *, signed: bool = False) -> list[Element]:
    made = []
    for unit, amount in by_currency(sums):
        if unit == NO_CURRENCY:
            made.append(_figure("unknown amount", f"{meaning}, besides"))
            continue
        loses = signed and (amount.amount or 0) < 0
        tone = "alarm" if loses else "quiet" if signed else ""
        how = ", computed" if amount.amount is not None and amount.source == "computed" else ""
        words = amount_words(amount, unit, signed=signed)
        made.append(_figure(words, f"{meaning}{how}", tone=tone))
    return made


def _charged(plan: Plan) -> Element:
    money = money_of(plan)
    figures = [
        *_money_figures(money.charges_now, "now"),
        *_money_figures(money.into_cart, "in carts"),
        *_money_figures(money.monthly_change, "a month", signed=True),
    ]
    paying = [each for each in clients_of(plan) if each.money.charges_now or each.money.into_cart]
    if overdrawn := sum(1 for each in plan.impact.clients if _overdrawn(each)):
        words = "client is overdrawn" if overdrawn == 1 else "clients are overdrawn"
        figures.append(_figure(f"{overdrawn:,}", words, tone="alarm"))
    if not figures:
        return _card("calm", "Charged", tag("p", "Nobody is charged.", class_="none"))
    rows = [_charged_client(each) for each in sorted(paying, key=charge_order)]
    tone: Tone = "charge" if money.charges_now or money.into_cart else "note"
    more = "{} more clients"
    return _card(tone, "Charged", *figures, *folded(rows, _MOST, more, list_tag="ul"))


def _overdrawn(client: ClientImpact) -> list[str]:
    """Return the balances of a client that the charges overdraw, in words."""
    return [
        f"{amount_words(amount, unit)}, overdrawn"
        for unit, amount in by_currency(client.money.credit_left)
        if amount.amount is not None and amount.amount < 0
    ]


def _charged_client(client: ClientImpact) -> Element:
    sums = tag("span", class_="number")
    for words, each in (("", client.money.charges_now), (" in the cart", client.money.into_cart)):
        for unit, amount in by_currency(each):
            sums.append(tag("span", f"{amount_words(amount, unit)}{words}"))
    email = tag("small", escape(client.email)) if client.email else None
    alarms = (tag("small", words, class_="alarm") for words in _overdrawn(client))
    name = tag("span", label_of(client))
    return tag("li", name, sums, email, *alarms, class_="row wrapped")


def _destroyed(plan: Plan, anchors: Mapping[int, str]) -> Element:
    lost = [
        (change, anchors[place]) for place, change in enumerate(plan.changes) if loss_of(change)
    ]
    if not lost:
        return _card("calm", "Destroyed", tag("p", "Nothing is destroyed.", class_="none"))
    counts: defaultdict[str, int] = defaultdict(int)
    for change, _ in lost:
        counts[loss_of(change)] += 1
    figures = [
        _figure(f"{counts[words]:,}", _many(words, counts[words]))
        for words in _LOSSES.values()
        if counts[words]
    ]
    rows = [_lost_row(change, anchor) for change, anchor in lost]
    more = "{} more objects"
    return _card("danger", "Destroyed", *figures, *folded(rows, _MOST, more, list_tag="ul"))


def _many(words: str, count: int) -> str:
    if count == 1:
        return words
    return words.replace("is ", "are ", 1).replace("has a row", "have rows").replace("its", "their")


def _lost_row(change: Change, anchor: str) -> Element:
    link = tag("a", str(change.address), href=f"#{anchor}")
    short = _SHORT[next(name for name in _LOSSES if name in change.classes)]
    whose = [f"of {client_words(change.client)}"] if change.client else []
    whose += [f"id {escape(change.id)}"] if change.id else []
    about = [" · ".join(whose), *(line for line in details(change) if line.startswith("lost: "))]
    small = (tag("small", words) for words in about if words)
    return tag("li", link, badge(short, "danger"), *small, class_="row wrapped")


def _notified(plan: Plan) -> Element:
    messages = plan.impact.messages
    if plan.impact == NO_IMPACT and any(change.client for change in plan.changes):
        words = "Not known: this plan does not say."
        return _card("note", "Notified", tag("p", words, class_="none"))
    if not messages:
        return _card("calm", "Notified", tag("p", "Nobody gets an email.", class_="none"))
    kinds: defaultdict[MessageKind, int] = defaultdict(int)
    by_client: defaultdict[str, list[Message]] = defaultdict(list)
    for message in messages:
        kinds[message.kind] += message.count
        by_client[message.client].append(message)
    figures = [
        _figure(f"{count:,}", _email_words(kind)[count != 1])
        for kind, count in sorted(kinds.items())
    ]
    rows = [_notified_client(name, each) for name, each in by_client.items()]
    more = "{} more clients"
    return _card("note", "Notified", *figures, *folded(rows, _MOST, more, list_tag="ul"))


def _email_words(kind: MessageKind) -> tuple[str, str]:
    """Return what one and several emails of a kind are called; another version knows more kinds."""
    return _EMAILS.get(kind) or (escape(kind), escape(kind))


def _notified_client(client: str, messages: Sequence[Message]) -> Element:
    total = sum(each.count for each in messages)
    words = ", ".join(dict.fromkeys(_email_words(each.kind)[0] for each in messages))
    label = tag("span", escape(bare_name(client)), tag("small", words))
    return tag("li", label, tag("span", f"{total:,}", class_="number"), class_="row")
