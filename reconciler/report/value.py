"""Show field values on one line.

Invariant: a value that could be read as two values, an arrow or none is put in quotes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.difference import difference_words
from reconciler.documents.values import in_words, shown, shown_money
from reconciler.report.escape import escape

if TYPE_CHECKING:
    from reconciler.documents.values import Json
    from reconciler.model.plan import Edit, Money
    from reconciler.model.value import Value


def value_words(value: Value) -> str:
    """Show one value; None as ``none``, an empty text as empty quotes."""
    return json_words(shown(value))


def json_words(value: Json) -> str:
    """Show one value of a JSON document."""
    return in_words(value, escape)


def edit_words(edit: Edit, *, arrow: bool) -> str:
    """Show the new value of one field, or its change from the old value."""
    before, after = shown(edit.before), shown(edit.after)
    change = difference_words(before, after, json_words) if arrow else json_words(after)
    return f"{escape(edit.field)}: {change}"


def money_words(money: Money, payer: str = "") -> str:
    """Show an amount with its currency, in two decimals, and its payer if known."""
    name = money.payer or payer
    payer = f" from the balance of {escape(name)}" if name else ""
    most = " or ".join(f"{shown_money(amount)} {escape(unit)}" for unit, amount in money.at_most)
    if money.amount is None and most:
        return f"an amount yet to be quoted, at most {most}{payer}"
    if money.amount is None:
        return f"an amount the panel does not show{payer}"
    how = " (computed)" if money.computed else ""
    return f"{shown_money(money.amount)} {escape(money.currency)}{how}{payer}"
