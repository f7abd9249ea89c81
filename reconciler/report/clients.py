"""Show clients, and the sums of a plan's charges.

Invariant: an amount that the panel does not show is counted beside the sums, not left out.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.model.address import parse_address
from reconciler.model.plan import Money
from reconciler.report.escape import escape
from reconciler.report.layout import counted
from reconciler.report.value import money_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.plan import Change, Client


def client_words(client: Client) -> str:
    """Return a client's name, with its email or id in brackets, as far as known."""
    known = [client.name, client.email or (f"id {client.id}" if client.id else "")]
    first, *more = [escape(each) for each in known if each] or [""]
    return f"{first} ({more[0]})" if more else first


def sums_of(each: Iterable[Money | None]) -> str:
    """Return charges as one sum a currency, with how many amounts no form shows."""
    sums: defaultdict[str, list[Decimal]] = defaultdict(list)
    bounds: defaultdict[str, list[Decimal]] = defaultdict(list)
    untold = 0
    for money in each:
        if money is not None and money.amount is not None:
            sums[money.currency].append(money.amount)
        elif money is not None and money.at_most:
            for currency, amount in money.at_most:
                bounds[currency].append(amount)
        else:
            untold += 1
    words = [
        money_words(Money(sum(found, Decimal(0)), unit)) for unit, found in sorted(sums.items())
    ]
    words += [
        f"at most {money_words(Money(sum(found, Decimal(0)), unit))} yet to be quoted"
        for unit, found in sorted(bounds.items())
    ]
    words += [f"{counted(untold, 'amount')} that the panel does not show"] if untold else []
    return " and ".join(words)


def bare_name(client: str) -> str:
    """Return the name in the address of a client's manifest; any other name as it is."""
    try:
        return parse_address(client).name
    except CodecError:
        return client


def sums_lines(changes: Iterable[Change]) -> list[str]:
    """Return a line with the charges of a plan for each currency, and one for unknown amounts.

    Order: currencies by name, unknown amounts last.
    """
    sums: defaultdict[str, list[Decimal]] = defaultdict(list)
    untold = 0
    bounds: defaultdict[str, list[Decimal]] = defaultdict(list)
    for change in changes:
        if "charge" not in change.classes or change.action == "blocked":
            continue
        if change.money is None or (change.money.amount is None and not change.money.at_most):
            untold += 1
        elif change.money.amount is None:
            for currency, amount in change.money.at_most:
                bounds[currency].append(amount)
        else:
            sums[change.money.currency].append(change.money.amount)
    lines = [
        f"Charges: {money_words(Money(sum(amounts, Decimal(0)), currency))} "
        f"in {counted(len(amounts), 'change')}."
        for currency, amounts in sorted(sums.items())
    ]
    lines += [
        f"Charges: at most {money_words(Money(sum(amounts, Decimal(0)), currency))} "
        f"in {counted(len(amounts), 'change')} yet to be quoted."
        for currency, amounts in sorted(bounds.items())
    ]
    if untold:
        also = "besides, " if lines else ""
        lines.append(
            f"Charges: {also}{counted(untold, 'change')} of an amount that the panel does not show."
        )
    return lines
