"""Money by client and currency, as bars beside their amounts.

Invariants: a bar repeats the number beside it, and says nothing alone; bars of two currencies stand
in two tables, each with a scale of its own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.model.impact import NO_CURRENCY, MoneyImpact
from reconciler.report.escape import escape
from reconciler.report.html.element import tag
from reconciler.report.html.money import added, amount_cell, by_currency, label_of
from reconciler.report.html.page import plural, scrolled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.impact import Amount, ClientImpact
    from reconciler.report.html.element import Element

_MOST = 12
_DRAWN = {
    "charges_now": "Charged now",
    "into_cart": "Into the cart",
    "monthly_change": "Change a month",
}


def money_bars(clients: Sequence[ClientImpact]) -> list[Element]:
    """Return a table with bars for each currency, the clients with the largest amounts first."""
    units = added(getattr(each.money, name) for each in clients for name in _DRAWN)
    return [
        _table(unit, [each for each in clients if _amounts(each.money, unit)])
        for unit, _ in by_currency(units)
        if unit != NO_CURRENCY
    ]


def _table(unit: str, clients: Sequence[ClientImpact]) -> Element:
    ordered = sorted(clients, key=lambda each: _weight(each, unit))
    most = _MOST if len(ordered) > _MOST + 1 else len(ordered)
    names = [name for name in _DRAWN if any(unit in getattr(each.money, name) for each in clients)]
    scale = max((_largest(each.money, unit) for each in ordered), default=Decimal(0))
    head = tag("tr", tag("th", "Client", scope="col"))
    for name in names:
        head.append(tag("th", _DRAWN[name], scope="colgroup", colspan=2, class_="number"))
    body = tag("tbody")
    for each in ordered[:most]:
        body.append(_row(label_of(each), each.money, unit=unit, names=names, scale=scale))
    if rest := ordered[most:]:
        sums = {name: added(getattr(each.money, name) for each in rest) for name in names}
        # The sum of many would dwarf all others: it has no bar.
        label = plural(len(rest), "more client")
        body.append(_row(label, MoneyImpact(**sums), unit=unit, names=names, scale=Decimal(0)))
    count = plural(len(ordered), "client")
    caption = tag("caption", tag("strong", escape(unit)), f", {count}, the largest first")
    table = tag("table", caption, tag("thead", head), body, class_="bars")
    return scrolled(f"Amounts in {escape(unit)} by client", table)


def _row(
    label: str, money: MoneyImpact, *, unit: str, names: Sequence[str], scale: Decimal
) -> Element:
    row = tag("tr", tag("th", label, scope="row"))
    for name in names:
        amount: Amount | None = getattr(money, name).get(unit)
        row.append(amount_cell(amount, name))
        row.append(tag("td", _bar(amount, name, scale), class_="bar"))
    return row


def _bar(amount: Amount | None, name: str, scale: Decimal) -> Element | None:
    if amount is None or not amount.amount or not scale:
        return None
    share = min(abs(amount.amount) / scale * 100, Decimal(100))
    tone = "less" if amount.amount < 0 else name.replace("_", "-")
    rect = tag("rect", class_=tone, width=f"{share:.2f}%", height="100%", rx=2)
    return tag("svg", rect, aria_hidden="true", focusable="false")


def _amounts(money: MoneyImpact, unit: str) -> list[Amount]:
    found = (getattr(money, name).get(unit) for name in _DRAWN)
    return [each for each in found if each is not None]


def _largest(money: MoneyImpact, unit: str) -> Decimal:
    return max(
        (abs(each.amount or Decimal(0)) for each in _amounts(money, unit)), default=Decimal(0)
    )


def _weight(client: ClientImpact, unit: str) -> tuple[Decimal, Decimal, str]:
    """Return the sort key of a client: what is charged or ordered, then what changes, then name."""
    now = added((client.money.charges_now, client.money.into_cart)).get(unit)
    monthly = client.money.monthly_change.get(unit)
    charged, moved = ((each.amount if each else None) or Decimal(0) for each in (now, monthly))
    return -charged, -abs(moved), client.client
