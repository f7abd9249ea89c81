"""What a charge costs, as far as the panel tells.

Invariant: a price that is not shown is unknown, never zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.model.plan import Money
from reconciler.wire.codec import read_money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.plan import Change
    from reconciler.model.resource import Observed

UNKNOWN = Money(None, "")


def read_price(texts: Iterable[str], currency: str) -> Money:
    """Read the first text that is an amount of money; its own unit outranks ``currency``.

    Source: an order form's and a service list's columns ``item_cost`` and ``cost``.
    Doubt:  under which name an order form shows the price, where it shows one at all.
    """
    best = Money(None, currency)
    for text in texts:
        try:
            amount, unit = read_money(text)
        except CodecError:
            continue
        if best.amount is None or (unit and not best.currency):
            best = Money(amount if best.amount is None else best.amount, unit or currency)
    return best


def live_price(observed: Observed | None) -> Money:
    """Return what another period of a live object costs, as its list prints it."""
    if observed is None or "price" not in observed.notes:
        return UNKNOWN
    return read_price([observed.notes["price"]], observed.notes.get("currency", ""))


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
