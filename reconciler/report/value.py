"""Show field values on one line.

Invariant: a value that could be read as two values, an arrow or none is put in quotes.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from reconciler.documents.difference import difference_words
from reconciler.documents.values import in_words, shown, shown_money
from reconciler.kinds.catalogue import discover
from reconciler.kinds.fields import ValueType
from reconciler.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents.values import Json
    from reconciler.kinds.fields import PanelField
    from reconciler.model.plan import Edit, Money
    from reconciler.model.value import Value


# How an option without a label is shown in a document, and a period of months.
_ID_ALONE = re.compile(r"\{id: (.+)\}")
_MONTHS = re.compile(r"([0-9]+) months?")
_EVERY = "all"


def value_words(value: Value, kind: str = "", field: str = "") -> str:
    """Show one value; None as ``none``, an empty text as empty quotes.

    The value of a field of a kind is shown as a manifest has it.
    """
    return json_words(_as_declared(shown(value), kind, field))


def json_words(value: Json) -> str:
    """Show one value of a JSON document."""
    return in_words(value, escape)


def edit_words(edit: Edit, *, arrow: bool, kind: str = "") -> str:
    """Show the new value of one field, or its change from the old value."""
    before, after = (
        _as_declared(shown(each), kind, edit.field) for each in (edit.before, edit.after)
    )
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
    how = "computed" if money.computed else ""
    if money.before is not None:
        how += f"; {money_words(money.before)} by the terms before this plan"
    how = f" ({how})" if how else ""
    return f"{shown_money(money.amount)} {escape(money.currency)}{how}{payer}"


def _as_declared(value: Json, kind: str, field: str) -> Json:
    """Return a shown value as a manifest has it: options by id, months as numbers, all of them.

    A saved plan holds the same words, so it is shown as it was when it was made.
    """
    wire = _facets(kind).get(field)
    if wire is None or wire.shape not in {ValueType.CHOICE, ValueType.CHOICES}:
        return value
    if isinstance(value, list):
        if not value and wire.every:
            return _EVERY
        return [_option(item, months=wire.months) for item in value]
    return _option(value, months=False)


def _option(value: Json, *, months: bool) -> Json:
    if not isinstance(value, str):
        return value
    known = _ID_ALONE.fullmatch(value) or (months and _MONTHS.fullmatch(value))
    return known[1] if known else value


@cache
def _facets(kind: str) -> Mapping[str, PanelField]:
    found = discover().by_name.get(kind)
    return {facet.name: facet.wire for facet in found.facets} if found else {}
