"""Sums of amounts by currency, of which some may be unknown.

Invariants: no two currencies are added; an unknown part makes a sum at least what the known parts
come to, and never zero; amounts are rounded once, when the sum is complete.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.model.impact import NO_CURRENCY, Amount
from reconciler.planning.pricing import round_money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.impact import PriceSource, Sums

_SURENESS: tuple[PriceSource, ...] = ("quoted", "computed", "unknown")


class CurrencySums:
    """Adds amounts by currency; lives only while a sum is made."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._parts: dict[str, list[Amount]] = {}

    def add(self, currency: str, amount: Decimal | None, source: PriceSource) -> None:
        """Add an amount; None for one that is not known."""
        known: PriceSource = source if amount is not None else "unknown"
        self.include(currency, Amount(amount, known))

    def include(self, currency: str, amount: Amount) -> None:
        """Add a sum that was made elsewhere."""
        self._parts.setdefault(currency or NO_CURRENCY, []).append(amount)

    def include_all(self, sums: Sums) -> None:
        """Add sums of several currencies."""
        for currency, amount in sums.items():
            self.include(currency, amount)

    def sums(self) -> Sums:
        """Return each currency's sum, rounded."""
        return {currency: _total(parts) for currency, parts in sorted(self._parts.items())}


def scaled(sums: Sums, factor: int) -> Sums:
    """Return so many times each sum."""
    return {
        currency: Amount(
            None if each.amount is None else each.amount * factor, each.source, each.at_least
        )
        for currency, each in sums.items()
    }


def _total(parts: Iterable[Amount]) -> Amount:
    listed = list(parts)
    known = [each for each in listed if each.amount is not None]
    if not known:
        return Amount(None, "unknown")
    total = sum((each.amount for each in known if each.amount is not None), Decimal(0))
    source = max((each.source for each in known), key=_SURENESS.index)
    lacking = len(known) < len(listed) or any(each.at_least for each in known)
    return Amount(round_money(total), source, at_least=lacking)
