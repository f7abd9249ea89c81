"""How a price comes about: the lines of its sum, and what is known of it.

Invariant: an amount that is not known is None, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from decimal import Decimal

    from reconciler.model.address import Address
    from reconciler.model.impact import PriceSource
    from reconciler.model.plan import Client, TargetRef

StepKind = Literal["product", "addon", "conversion", "discount", "tax", "total"]
StepEffect = Literal["counts", "loses", "included", "unknown"]
Purchased = Literal["order", "renewal", "change"]


@dataclass(frozen=True, slots=True)
class PriceStep:
    """One line of a sum; ``amount`` is what it adds, or takes off, or holds of tax."""

    kind: StepKind
    name: str
    amount: Decimal | None
    currency: str
    effect: StepEffect
    why: str = ""


@dataclass(frozen=True, slots=True)
class ExplainedPrice:
    """What one purchase of a resource costs, and the sum that leads to it.

    ``months`` is 0 for what has no period. ``planned``: the plan charges or orders it; else it is
    the next renewal. ``why`` says how the sum and the amount differ, or why there is no sum.
    """

    purchased: Purchased
    months: int
    amount: Decimal | None
    currency: str
    source: PriceSource
    steps: tuple[PriceStep, ...]
    planned: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class PriceExplanation:
    """The prices of one resource, by the terms that its client has at their turn."""

    target: TargetRef
    address: Address
    client: Client | None
    prices: tuple[ExplainedPrice, ...]


@dataclass(frozen=True, slots=True)
class FullPrices:
    """What a period of a service costs before all terms of its client, in the tariff's currency.

    ``live`` is with the add-ons as they are, ``wanted`` as they shall be. ``tax_added``: whether
    the client's tax is added to that.
    """

    currency: str
    live: Decimal
    wanted: Decimal
    tax_added: bool
