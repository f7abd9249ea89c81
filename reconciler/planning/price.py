"""What a charge costs, as far as the panel tells.

Invariant: a price that is not shown is unknown, never zero.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.model.plan import Money
from reconciler.wire.codec import read_money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.plan import Change
    from reconciler.model.resource import Observed

UNKNOWN = Money(None, "")
_SPAN = re.compile(r"\s*(\d{1,3})?\s*(month|year)s?\s*", re.IGNORECASE)


def read_price(texts: Iterable[str], currency: str, months: int = 0) -> Money:
    """Read what a period of some months costs: the first text that is an amount of money.

    Its own currency outranks ``currency``; a price by another span (``5.00 EUR / Month``) is
    multiplied, and unknown where that does not come out even.

    Shape:  ``416.25 RUB``, ``10.8000``, ``1.80 € / Month``, ``9.00 EUR / 3 months``.
    Source: an order form's and a service list's columns ``item_cost`` and ``cost``.
    Doubt:  under which name an order form shows the price, where it shows one at all.
    """
    best = Money(None, currency)
    for text in texts:
        plain, slash, span = text.partition("/")
        factor = _periods_in(span, months) if slash else Decimal(1)
        try:
            amount, unit = read_money(plain)
        except CodecError:
            continue
        if best.amount is None and factor is not None:
            best = Money(amount * factor, unit or currency)
        elif best.amount is not None and unit and not best.currency:
            best = Money(best.amount, unit)
    return best


def live_price(observed: Observed | None) -> Money:
    """Return what another period of a live object costs, as its list prints it."""
    if observed is None or "price" not in observed.notes:
        return UNKNOWN
    months = observed.fields.get("periodMonths")
    texts = [observed.notes["price"]]
    return read_price(
        texts, observed.notes.get("currency", ""), months if isinstance(months, int) else 0
    )


def _periods_in(span: str, months: int) -> Decimal | None:
    """Tell how often a price is due in a period: ``Month`` is due twelve times in a year's."""
    match = _SPAN.fullmatch(span)
    if not match or months <= 0:
        return None
    unit = int(match[1] or 1) * (12 if match[2].lower() == "year" else 1)
    return Decimal(months) / Decimal(unit) if unit and months % unit == 0 else None


def dearer(now: Money, planned: Money) -> bool:
    """Tell whether a price is more than the one that was planned; one that is not shown may be."""
    if planned.amount is None:
        return False
    if now.amount is None or now.currency != planned.currency:
        return True
    return now.amount > planned.amount


def charged(change: Change, observed: Observed | None) -> Money | None:
    """Return what a change that was sent has charged: as planned, else as the object shows."""
    if "charge" not in change.classes:
        return None
    if change.money is not None and change.money.amount is not None:
        return change.money
    return live_price(observed) if change.action in {"create", "renew"} else UNKNOWN
