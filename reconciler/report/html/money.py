"""Money in a page: amounts in words, cells of tables, and the table of a whole plan.

Invariants: no sum is over two currencies; an amount that is not known is called unknown, and what
holds an unknown part *at least*; a negative amount and a balance that is overdrawn say so in words.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.documents.values import shown_money
from reconciler.model.impact import NO_CURRENCY, Amount, ClientImpact, MoneyImpact
from reconciler.report.clients import bare_name
from reconciler.report.escape import escape
from reconciler.report.html.element import tag
from reconciler.report.impact import UNKNOWN_PART

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.model.impact import PriceSource, Sums
    from reconciler.model.plan import Change, Plan
    from reconciler.report.html.element import Element

_SURENESS: tuple[PriceSource, ...] = ("quoted", "computed", "unknown")
# The quantities of an impact, as people name them.
_QUANTITIES = (
    ("charges_now", "Charged by the apply"),
    ("into_cart", "Put into the cart"),
    ("one_off", "Of the orders: due once"),
    ("tax_part", "Of the orders: tax"),
    ("discount_part", "Of the orders: taken off by discounts"),
    ("recurring_before", "Recurring a month, before"),
    ("recurring_after", "Recurring a month, after"),
    ("monthly_change", "Change a month"),
    ("yearly_change", "Change a year"),
    ("credit_left", "Balances after the charges"),
)
_SIGNED = frozenset({"monthly_change", "yearly_change"})


def money_of(plan: Plan) -> MoneyImpact:
    """Return what a plan comes to; for one that was saved without it, the sums of its charges."""
    money = plan.impact.money
    return money if _has_charges(money) else replace(money, charges_now=charges_of(plan.changes))


def clients_of(plan: Plan) -> tuple[ClientImpact, ...]:
    """Return what a plan comes to by client, as ``money_of`` does for all."""
    if any(_has_charges(each.money) for each in plan.impact.clients):
        return plan.impact.clients
    found: defaultdict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in filter(is_charge, plan.changes):
        client = change.client
        found[(client.name or client.id, client.email) if client else ("", "")].append(change)
    known = {name_of(each): each for each in plan.impact.clients}
    for (name, email), changes in found.items():
        entry = known.get(name) or ClientImpact(name, email, MoneyImpact())
        known[name] = replace(entry, money=replace(entry.money, charges_now=charges_of(changes)))
    return tuple(known.values())


def is_charge(change: Change) -> bool:
    """Return whether an apply of a change takes money from a balance."""
    return "charge" in change.classes and change.action != "blocked"


def name_of(client: ClientImpact) -> str:
    """Return the name of a client without the kind of its address."""
    return bare_name(client.client)


def label_of(client: ClientImpact) -> str:
    """Return what a client is called in the page."""
    return escape(name_of(client)) or "client not known"


def added(sums: Iterable[Sums]) -> Sums:
    """Return the sums by currency; a part that is unknown makes a sum *at least* that much."""
    parts: defaultdict[str, list[Amount]] = defaultdict(list)
    for each in sums:
        for unit, amount in each.items():
            parts[unit].append(amount)
    return {unit: _sum(amounts) for unit, amounts in parts.items()}


def by_currency(sums: Sums) -> list[tuple[str, Amount]]:
    """Return sums in the order of their currencies; what has none comes last."""
    return sorted(sums.items(), key=lambda each: (each[0] == NO_CURRENCY, each[0]))


def charge_order(client: ClientImpact) -> tuple[Decimal, str]:
    """Return the sort key of a client: the largest charge first, whatever its currency."""
    sums = (client.money.charges_now, client.money.into_cart)
    amounts = [each.amount or Decimal(0) for one in sums for each in one.values()]
    return -max(amounts, default=Decimal(0)), client.client


def amount_words(amount: Amount, unit: str = "", *, signed: bool = False) -> str:
    """Return an amount in words, with its currency where that is given."""
    part = ""
    if amount.amount is None:
        words = "unknown"
    elif signed:
        # The unknown part of a difference may be negative: the rest of it is no bound.
        words, part = number_words(amount.amount, signed=True), UNKNOWN_PART * amount.at_least
    else:
        words = f"{'at least ' * amount.at_least}{number_words(amount.amount)}"
    return f"{words}{part}" if unit in {"", NO_CURRENCY} else f"{words} {escape(unit)}{part}"


def number_words(amount: Decimal, *, signed: bool = False) -> str:
    """Return a number of money with two decimals; thousands are set apart."""
    whole, point, cents = shown_money(abs(amount)).partition(".")
    sign = "−" if amount < 0 else "+" if signed and amount else ""
    return f"{sign}{int(whole):,}{point}{cents}" if whole.isdigit() else f"{sign}{whole}"


def amount_cell(amount: Amount | None, name: str) -> Element:
    """Return a cell with an amount of one quantity, how it is known, and what is alarming in it."""
    if amount is None:
        return tag("td", "–", class_="number none")
    cell = tag("td", class_="number")
    if amount.amount is not None and amount.source == "computed":
        cell.append(tag("small", "computed "))
    cell.append(tag("span", amount_words(amount, signed=name in _SIGNED)))
    if name == "credit_left" and amount.amount is not None and amount.amount < 0:
        cell.set("class", "number alarm")
        cell.append(tag("strong", " overdrawn"))
    return cell


def currency_label(unit: str) -> str:
    """Return what a column of one currency is called."""
    return "currency unknown" if unit == NO_CURRENCY else escape(unit)


def money_table(money: MoneyImpact) -> Element:
    """Return the table of all quantities by currency."""
    named: Mapping[str, Sums] = dict(money.named())
    units = [unit for unit, _ in by_currency(added(named.values()))]
    head = tag("tr", tag("th", "Amount", scope="col"))
    head.extend(tag("th", currency_label(unit), scope="col", class_="number") for unit in units)
    body = tag("tbody")
    for name, words in _QUANTITIES:
        if named[name]:
            row = tag("tr", tag("th", words, scope="row"))
            row.extend(amount_cell(named[name].get(unit), name) for unit in units)
            body.append(row)
    caption = tag("caption", "All amounts of the plan; no two currencies are added")
    return tag("table", caption, tag("thead", head), body, class_="money")


def _has_charges(money: MoneyImpact) -> bool:
    return bool(money.charges_now or money.into_cart)


def charges_of(changes: Iterable[Change]) -> Sums:
    """Return the sums of what some changes take from balances, from the changes themselves."""
    return added(
        {
            change.money.currency or NO_CURRENCY: Amount(
                change.money.amount, "computed" if change.money.computed else "quoted"
            )
        }
        if change.money and change.money.amount is not None
        else {NO_CURRENCY: Amount(None, "unknown")}
        for change in changes
        if is_charge(change)
    )


def _sum(amounts: Sequence[Amount]) -> Amount:
    known = [each for each in amounts if each.amount is not None]
    if not known:
        return Amount(None, "unknown")
    total = sum((each.amount for each in known if each.amount is not None), Decimal(0))
    source = max((each.source for each in known), key=_SURENESS.index)
    partly = len(known) < len(amounts) or any(each.at_least for each in known)
    return Amount(total, source, at_least=partly)
