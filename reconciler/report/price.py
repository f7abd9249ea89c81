"""Show how the prices of one resource come about.

Order: what the plan buys, then the next renewal; in each the lines of the sum, as they are taken.
Invariants: an amount that is not known says so; a discount or a tax that does not count stands
there with the reason, and without an amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.values import shown_money
from reconciler.report.clients import client_words
from reconciler.report.escape import escape
from reconciler.report.layout import INDENT, counted, joined, table

if TYPE_CHECKING:
    from decimal import Decimal

    from reconciler.model.price import ExplainedPrice, PriceExplanation, PriceStep

_NAMES = {"addon": "add-on"}
_PURCHASES = {"order": "Order", "renewal": "Renewal", "change": "Change of add-ons"}
_ROUNDED = "Each amount is rounded to two decimals, half up. Of several discounts one is given."


def price_text(explained: PriceExplanation) -> str:
    """Show each price of a resource with the lines of its sum."""
    whose = f" of {client_words(explained.client)}" if explained.client else ""
    head = f"Price of {explained.address}{whose}"
    if not explained.prices:
        none = "The plan buys nothing for it, and it has no period that is renewed."
        return joined([[head], [none]])
    blocks = [_block(each) for each in explained.prices]
    return joined([[head], *blocks, [_ROUNDED]])


def _block(each: ExplainedPrice) -> list[str]:
    """Show one price: what is bought, the amount and how it is known, and the lines below."""
    span = f" for {counted(each.months, 'month')}" if each.months else ""
    turn = "" if each.planned else ", the next one"
    row = f"{_PURCHASES[each.purchased]}{span}{turn}: {_amount(each.amount, each.currency)}"
    row += f" ({each.source})" if each.amount is not None else ""
    lines = table(("", "", "", ""), [_cells(step) for step in each.steps])[1:] if each.steps else []
    why = [f"{INDENT}{escape(each.why)}"] if each.why else []
    return [row, *(f"{INDENT}{line}" for line in lines), *why]


def _cells(step: PriceStep) -> tuple[str, str, str, str]:
    """Return one line of a sum: what it is, its name, its amount, and why it counts or not."""
    amount = "" if step.effect == "loses" else _amount(step.amount, step.currency)
    words = escape(step.why)
    if step.effect == "loses":
        words = f"does not count: {words}"
    elif step.effect == "unknown":
        words = f"unknown: {words}" if words else "unknown"
    return _NAMES.get(step.kind, step.kind), escape(step.name), amount, words


def _amount(amount: Decimal | None, currency: str) -> str:
    return "unknown" if amount is None else f"{shown_money(amount)} {escape(currency)}"
