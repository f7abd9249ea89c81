"""What a plan comes to for people, as rows that every format lays out: money, clients, emails.

Invariants: currencies stand apart and are never added; an amount that is not known is called so; a
sum with an unknown part says *at least*; what is overdrawn or negative is marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.documents.values import shown_money
from reconciler.model.impact import NO_CURRENCY
from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.layout import counted, padded, shown_width
from reconciler.report.rollup import sampled

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from reconciler.model.impact import (
        Amount,
        ClientImpact,
        Impact,
        MessageKind,
        MoneyImpact,
        Sums,
    )

# Negative credit, and any other negative total, by the name of its quantity.
_OVERDRAWN, _NEGATIVE = "overdrawn", "negative"
_UNKNOWN = "unknown"
# The width of the names of quantities.
_NAME = 16
UNKNOWN_PART = " and an unknown part"
# Of so many clients the charges are shown; of the others only what stands out.
MOST_CLIENTS = 10
# A spread is that of at least so many clients.
_FEWEST_SPREAD = 2
_MESSAGES: dict[MessageKind, str] = {
    "welcome": "welcome",
    "recovery": "password recovery",
    "service-opened": "service opened",
}


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One quantity in one currency: its name, its amount in words, how it is known, its mark.

    ``alarm`` is ``overdrawn`` or ``negative`` where a reader must stop, else empty.
    """

    name: str
    amount: str
    source: str = ""
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class CurrencyImpact:
    """All that a plan comes to in one currency; ``currency`` is empty where it is not known."""

    currency: str
    rows: tuple[MoneyRow, ...]


def amount_words(amount: Amount, *, signed: bool = False) -> str:
    """Show an amount: *unknown* where it is, *at least* where a part of it is.

    The unknown part of a difference may be negative, so a difference names it and is no bound.
    """
    if amount.amount is None:
        return _UNKNOWN
    if signed:
        return f"{signed_money(amount.amount)}{UNKNOWN_PART * amount.at_least}"
    return f"{'at least ' * amount.at_least}{shown_money(amount.amount)}"


def signed_money(amount: Decimal) -> str:
    """Show a difference of money with its sign."""
    return f"{'+' if amount > 0 else ''}{shown_money(amount)}"


def money_blocks(money: MoneyImpact) -> list[CurrencyImpact]:
    """Return what a plan comes to, currency by currency; quantities that are nothing are left out.

    Order: currencies by name, the unknown one last.
    """
    currencies = sorted(
        {currency for _, sums in money.named() for currency in sums},
        key=lambda currency: (currency == NO_CURRENCY, currency),
    )
    return [
        CurrencyImpact("" if each == NO_CURRENCY else escape(each), tuple(_rows(money, each)))
        for each in currencies
    ]


def _rows(money: MoneyImpact, currency: str) -> Iterable[MoneyRow]:
    plain = (
        ("charged now", money.charges_now),
        ("into the cart", money.into_cart),
        ("one-off part", money.one_off),
        ("tax part", money.tax_part),
        ("discount part", money.discount_part),
    )
    for name, sums in plain[:2]:
        if currency in sums:
            yield _row(name, sums[currency])
    yield from _recurring(money, currency)
    for name, sums in plain[2:]:
        if currency in sums:
            yield _row(name, sums[currency], alarm="")
    if currency in money.credit_left:
        yield _row("credit left", money.credit_left[currency], alarm=_OVERDRAWN)


def _row(name: str, amount: Amount, *, alarm: str = _NEGATIVE) -> MoneyRow:
    below = amount.amount is not None and amount.amount < 0
    return MoneyRow(name, amount_words(amount), _source(amount), alarm if below else "")


def _recurring(money: MoneyImpact, currency: str) -> Iterable[MoneyRow]:
    before = money.recurring_before.get(currency)
    after = money.recurring_after.get(currency)
    if before or after:
        words = " → ".join(amount_words(each) if each else _UNKNOWN for each in (before, after))
        least = after or before
        below = bool(after and after.amount is not None and after.amount < 0)
        source = _source(least) if least else ""
        yield MoneyRow("monthly", words, source, _NEGATIVE if below else "")
    for name, sums in (
        ("change a month", money.monthly_change),
        ("change a year", money.yearly_change),
    ):
        if currency in sums:
            each = sums[currency]
            yield MoneyRow(name, amount_words(each, signed=True), _source(each))


def _source(amount: Amount) -> str:
    return "" if amount.source == _UNKNOWN else amount.source


def client_rows(impact: Impact, *, full: bool = False) -> tuple[list[str], int]:
    """Return the clients who pay or are overdrawn as lines, and how many others there are.

    One pays who is charged, or for whom an order is put into the cart. Order: as the impact has
    them, the largest charge first. Those that are overdrawn are all shown.
    """
    charged = [each for each in impact.clients if _pays(each.money) or _is_overdrawn(each)]
    shown = [
        each
        for number, each in enumerate(charged)
        if full or number < MOST_CLIENTS or _is_overdrawn(each)
    ]
    return [_client_line(each) for each in shown], len(charged) - len(shown)


def _client_line(client: ClientImpact) -> str:
    name = client_name(client)
    charges, cart = _sums(client.money.charges_now), _sums(client.money.into_cart)
    left = _sums(client.money.credit_left)
    parts = [f"charged {charges}"] if charges else []
    parts += [f"into the cart {cart}"] if cart else []
    parts += [f"credit left {left}"] if left else []
    parts += [_OVERDRAWN] if _is_overdrawn(client) else []
    return f"{name}: {', '.join(parts)}"


def _pays(money: MoneyImpact) -> bool:
    return bool(money.charges_now or money.into_cart)


def client_name(client: ClientImpact) -> str:
    """Show a client of the impact by the name of its manifest, with its email."""
    name = escape(client.client.removeprefix("Client/"))
    return f"{name} ({escape(client.email)})" if client.email else name


def _is_overdrawn(client: ClientImpact) -> bool:
    sums = client.money.credit_left.values()
    return any(each.amount is not None and each.amount < 0 for each in sums)


def _sums(sums: Sums) -> str:
    each = sorted(sums.items(), key=lambda item: (item[0] == NO_CURRENCY, item[0]))
    return " and ".join(
        f"{amount_words(amount)}{'' if unit == NO_CURRENCY else f' {escape(unit)}'}"
        for unit, amount in each
    )


def spread_lines(impact: Impact) -> list[str]:
    """Return the median and the largest monthly change of one client, by currency.

    Where the money of one client alone moves, the sums say it all.
    """
    lines: list[str] = []
    if len(impact.clients) < _FEWEST_SPREAD:
        return lines
    for currency, largest in sorted(impact.largest_change.items()):
        unit = escape(currency)
        whose = escape(largest.client.removeprefix("Client/"))
        words = f"largest {signed_money(largest.amount)} {unit} ({whose})"
        median = impact.median_change.get(currency)
        start = "" if median is None else f"median {signed_money(median)} {unit}, "
        lines.append(f"change a month of one client: {start}{words}")
    return lines


def message_lines(impact: Impact) -> list[str]:
    """Return how many emails are sent, to how many clients, and of which kinds to whom."""
    if not impact.messages:
        return []
    total = sum(each.count for each in impact.messages)
    people = {each.client for each in impact.messages}
    lines = [f"{counted(total, 'email')} to {counted(len(people), 'client')}"]
    for kind in dict.fromkeys([*_MESSAGES, *(each.kind for each in impact.messages)]):
        words = _MESSAGES.get(kind) or escape(kind)
        of_kind = [each for each in impact.messages if each.kind == kind]
        if of_kind:
            count = sum(each.count for each in of_kind)
            names = dict.fromkeys(escape(each.client.removeprefix("Client/")) for each in of_kind)
            lines.append(f"{count:,} × {words}: {sampled(names)}")
    return lines


def impact_lines(impact: Impact, palette: Colors = PLAIN, *, full: bool = False) -> list[str]:
    """Return what a plan comes to, a block a currency, and the clients who are charged."""
    blocks = money_blocks(impact.money)
    widest = max((shown_width(row.amount) for each in blocks for row in each.rows), default=0)
    lines = [line for block in blocks for line in _block_lines(block, widest, palette)]
    lines += [f"  {line}" for line in spread_lines(impact)]
    clients, more = client_rows(impact, full=full)
    if clients:
        lines += [
            "  Clients who pay, the largest charge first",
            *(f"    {each}" for each in clients),
        ]
    if more:
        lines.append(f"    … and {counted(more, 'more client')}: --full shows each")
    return lines


def email_lines(impact: Impact) -> list[str]:
    """Return which emails are sent to whom."""
    first, *others = message_lines(impact) or [""]
    return [f"  Sends {first}", *(f"    {line}" for line in others)] if first else []


def _block_lines(block: CurrencyImpact, widest: int, palette: Colors) -> list[str]:
    title = (
        f"Money in {block.currency}" if block.currency else "Money in a currency that is unknown"
    )
    lines = [f"  {title}"]
    for row in block.rows:
        mark = palette.paint("!") if row.alarm else " "
        alarm = palette.paint(row.alarm) if row.alarm else ""
        remarks = ", ".join(each for each in (row.source, alarm) if each)
        line = f"    {row.name.ljust(_NAME)} {mark} {padded(row.amount, widest)}  {remarks}"
        lines.append(line.rstrip())
    return lines
