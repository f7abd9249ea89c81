"""What the objects of a kind say of a client's prices, by the fields that say it.

Invariant: planning asks these roles, and never a kind or a field by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

# What a client pays for.
PaidAction = Literal["order", "renewal"]


def no_actions(_label: str) -> frozenset[PaidAction] | None:
    """Return that the words of an option do not name an action."""
    return None


def no_promotion(_label: str) -> bool | None:
    """Return that the words of an option do not name a promotion."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountFields:
    """The fields of a discount.

    ``share`` is what it takes off, in per cent; ``action`` an option whose words ``actions_of``
    reads, ``sort`` one whose words ``is_promotion`` reads. ``periods`` are those that it is given
    for, all where it names none; ``first`` and ``last`` its days.
    """

    share: str
    action: str
    periods: str
    priority: str
    first: str
    last: str
    sort: str
    actions_of: Callable[[str], frozenset[PaidAction] | None] = field(default=no_actions)
    is_promotion: Callable[[str], bool | None] = field(default=no_promotion)

    @property
    def named(self) -> tuple[str, ...]:
        """The fields, by name."""
        return (
            *(self.share, self.action, self.periods, self.priority),
            *(self.first, self.last, self.sort),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxFields:
    """The fields of a tax: its rate in per cent, who sells, and which products it is limited to."""

    rate: str
    seller: str
    products: str

    @property
    def named(self) -> tuple[str, ...]:
        """The fields, by name."""
        return (self.rate, self.seller, self.products)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFields:
    """The fields of a currency rate: ``rate`` units of ``relate`` for ``amount`` of ``base``."""

    base: str
    relate: str
    rate: str
    amount: str
    first: str

    @property
    def named(self) -> tuple[str, ...]:
        """The fields, by name."""
        return (self.base, self.relate, self.rate, self.amount, self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFields:
    """The fields of a client's account: with whom, in which currency, and its credit limit.

    ``balance`` and ``limit`` are the columns of its list that show both.
    """

    seller: str
    currency: str
    credit: str
    active: str
    balance: tuple[str, ...] = ()
    limit: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The fields, by name."""
        return (self.seller, self.currency, self.credit, self.active)


MoneyFields = DiscountFields | TaxFields | RateFields | AccountFields
