"""What a plan comes to for people: money by client and currency, and messages that are sent.

Invariants: no two currencies are ever added; an amount that is not known is None, never zero; a sum
with an unknown part says that it is *at least* that much. What an object costs for a month counts
as recurring; what is due once does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from reconciler.model.address import Address

# From the surest to the least sure: a form shows it, it is calculated, nothing shows it.
PriceSource = Literal["quoted", "computed", "unknown"]
MessageKind = Literal["welcome", "recovery", "service-opened"]
# Stands for the currency of an amount of which not even that is known.
NO_CURRENCY = "unknown"


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum in one currency.

    ``amount`` is None where nothing of it is known. ``source`` is the least sure one of its known
    parts; ``at_least`` means that a part of it is unknown.
    """

    amount: Decimal | None
    source: PriceSource
    at_least: bool = False


# By the ISO code of a currency.
Sums = Mapping[str, Amount]


@dataclass(frozen=True, slots=True)
class MoneyImpact:
    """What a plan, or one client of it, comes to, by currency.

    ``charges_now`` is taken from balances by the apply, ``into_cart`` waits for somebody to pay it.
    ``recurring_before`` and ``recurring_after`` are per month, as are ``monthly_change`` and, for
    twelve of them, ``yearly_change``. ``one_off`` is the part of what is ordered that does not
    recur. ``tax_part`` and ``discount_part`` are what taxes add to the orders and discounts take
    off them; ``credit_left`` is what the balances of the clients come to after the charges.
    """

    charges_now: Sums = field(default_factory=dict)
    into_cart: Sums = field(default_factory=dict)
    recurring_before: Sums = field(default_factory=dict)
    recurring_after: Sums = field(default_factory=dict)
    monthly_change: Sums = field(default_factory=dict)
    yearly_change: Sums = field(default_factory=dict)
    one_off: Sums = field(default_factory=dict)
    tax_part: Sums = field(default_factory=dict)
    discount_part: Sums = field(default_factory=dict)
    credit_left: Sums = field(default_factory=dict)

    def named(self) -> Iterator[tuple[str, Sums]]:
        """Yield each quantity by its name, in the order of the fields."""
        for each in fields(MoneyImpact):
            yield each.name, getattr(self, each.name)

    @property
    def empty(self) -> bool:
        """Return whether nothing is charged, ordered or moved."""
        return not any(sums for _, sums in self.named())


@dataclass(frozen=True, slots=True)
class ClientImpact:
    """What a plan comes to for one client.

    ``client`` is the address of its manifest, or the name as the panel has it.
    """

    client: str
    email: str
    money: MoneyImpact


@dataclass(frozen=True, slots=True)
class Message:
    """Emails that a change makes the panel send, to its client."""

    address: Address
    client: str
    kind: MessageKind
    count: int = 1


@dataclass(frozen=True, slots=True)
class LargestChange:
    """The largest monthly change of one client, and whose it is."""

    amount: Decimal
    client: str


@dataclass(frozen=True, slots=True)
class Impact:
    """What a plan comes to: in all, for each client, and the messages.

    ``clients`` holds those with money in the plan, the largest charge first; ``client_count`` all
    that a change belongs to. ``median_change`` and ``largest_change`` are monthly and by currency,
    over the clients whose change is known.
    """

    money: MoneyImpact = MoneyImpact()
    clients: tuple[ClientImpact, ...] = ()
    client_count: int = 0
    median_change: Mapping[str, Decimal] = field(default_factory=dict)
    largest_change: Mapping[str, LargestChange] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()


NO_IMPACT = Impact()
