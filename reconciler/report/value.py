"""Field values as a person reads them on one line.

Invariant: no value can pass for two, for an arrow, or for none: what could is put in quotes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.planning.show import shown, shown_money
from reconciler.report.inert import inert

if TYPE_CHECKING:
    from reconciler.model.plan import Edit, Money
    from reconciler.model.value import Value
    from reconciler.planning.show import Json

_AMBIGUOUS = re.compile(r"""(?: .*|.* |none|true|false|.*["→\[\]{},].*|)""")


def value_words(value: Value) -> str:
    """Show one value; None reads ``none``, an empty text reads as quotes around nothing."""
    return json_words(shown(value))


def json_words(value: Json) -> str:
    """Show one value that is written as JSON holds it."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{', '.join(json_words(item) for item in value)}]"
        case dict():
            pairs = (f"{json_words(key)}: {json_words(item)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
        case str() | int():
            return _quoted(inert(str(value)))


def edit_words(edit: Edit, *, arrow: bool) -> str:
    """Show what one field is set to, or from what to what it changes."""
    after = value_words(edit.after)
    change = f"{value_words(edit.before)} → {after}" if arrow else after
    return f"{inert(edit.field)}: {change}"


def money_words(money: Money, payer: str = "") -> str:
    """Show an amount with its currency, in two decimals, and who pays it where known."""
    name = money.payer or payer
    payer = f" from the balance of {inert(name)}" if name else ""
    most = " or ".join(f"{shown_money(amount)} {inert(unit)}" for unit, amount in money.at_most)
    if money.amount is None and most:
        return f"an amount yet to be quoted, at most {most}{payer}"
    if money.amount is None:
        return f"an amount the panel does not show{payer}"
    how = " (computed)" if money.computed else ""
    return f"{shown_money(money.amount)} {inert(money.currency)}{how}{payer}"


def _quoted(text: str) -> str:
    if _AMBIGUOUS.fullmatch(text):
        quoted = text.replace('"', '\\"')
        return f'"{quoted}"'
    return text
