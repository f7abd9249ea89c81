"""The clients of a plan as a tree: each with its sums, what it gets, and where that is shown.

Invariants: the clients who are charged most come first, then those who lose most, and every client
is there; in a large plan a client's changes are counted here, and listed among the changes.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.report.escape import escape
from reconciler.report.html.change import change_words
from reconciler.report.html.changes import by_client
from reconciler.report.html.element import tag
from reconciler.report.html.impact import loss_of
from reconciler.report.html.money import (
    amount_words,
    by_currency,
    charge_order,
    clients_of,
    currency_label,
    name_of,
)
from reconciler.report.html.page import badge, folded, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.impact import ClientImpact, MoneyImpact
    from reconciler.model.plan import Change, Plan
    from reconciler.report.html.element import Element

_MOST = 40
_MOST_LINKS = 1_000
_SUMS = (
    ("charges_now", "now"),
    ("into_cart", "in the cart"),
    ("monthly_change", "a month"),
    ("credit_left", "left on the balance"),
)


def client_tree(plan: Plan, anchors: Mapping[int, str]) -> tuple[Element, ...]:
    """Return a list of clients, each of which unfolds into its changes by kind."""
    money = {name_of(each): each for each in clients_of(plan)}
    places = by_client(plan.changes)
    names = [name for name in dict.fromkeys((*money, *places)) if name]
    lost = {name: _losses(plan.changes, places.get(name, ())) for name in names}
    names.sort(key=lambda name: (*_order(money.get(name)), -lost[name], name.lower()))
    linked = len(plan.changes) <= _MOST_LINKS
    rows = []
    for name in names:
        of_client = [(plan.changes[place], anchors[place]) for place in places.get(name, ())]
        rows.append(_client(name, money.get(name), of_client, linked=linked))
    tree = tag("div", *folded(rows, _MOST, "{} more clients", list_tag="ul"), class_="tree")
    return (tree,) if rows else ()


def _order(client: ClientImpact | None) -> tuple[Decimal, Decimal]:
    """Return the sort key of a client's sums: the largest charge, then the largest move."""
    if client is None:
        return Decimal(0), Decimal(0)
    moves = [abs(each.amount or Decimal(0)) for each in client.money.monthly_change.values()]
    return charge_order(client)[0], -max(moves, default=Decimal(0))


def _losses(changes: Sequence[Change], places: Sequence[int]) -> int:
    return sum(1 for place in places if loss_of(changes[place]))


def _client(
    name: str,
    impact: ClientImpact | None,
    changes: Sequence[tuple[Change, str]],
    *,
    linked: bool,
) -> Element:
    known = next((change.client for change, _ in changes if change.client), None)
    email = known.email if known else impact.email if impact else ""
    line = tag("summary", tag("strong", escape(name)))
    if email and email != name:
        line.append(tag("small", escape(email)))
    line.append(tag("small", plural(len(changes), "change")))
    if lost := sum(1 for change, _ in changes if loss_of(change)):
        line.append(badge(f"{lost} destroyed", "danger"))
    if impact:
        line.append(_sums(impact.money))
    kinds: defaultdict[str, list[tuple[Change, str]]] = defaultdict(list)
    for change, anchor in changes:
        kinds[change.address.kind].append((change, anchor))
    inner = tag("ul")
    for kind, of_kind in sorted(kinds.items()):
        entry = tag("li", f"{kind} ", tag("span", f"{len(of_kind):,}", class_="count"))
        if linked:
            links = tag("ul")
            links.extend(
                tag("li", tag("a", change_words(change), href=f"#{anchor}"))
                for change, anchor in of_kind
            )
            entry.append(links)
        inner.append(entry)
    return tag("li", tag("details", line, inner))


def _sums(money: MoneyImpact) -> Element:
    made = tag("span", class_="sums")
    for name, words in _SUMS:
        for unit, amount in by_currency(getattr(money, name)):
            signed = name == "monthly_change"
            overdrawn = name == "credit_left" and (amount.amount or 0) < 0
            text = f"{amount_words(amount, unit, signed=signed)} {words}"
            if name == "credit_left" and amount.amount is None:
                text = f"balance in {currency_label(unit)} unknown"
            if overdrawn:
                text = f"{amount_words(amount, unit)}, overdrawn"
            made.append(tag("span", text, class_="sum alarm" if overdrawn else "sum"))
    return made
