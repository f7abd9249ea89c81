"""What a change takes from a balance or puts into the cart, by the terms in force at its turn.

Invariants: what a form quotes for exactly these terms outranks a computation; where an earlier
change of the same plan moves the terms, the quote is no longer for these terms, and the amount is
computed only where the tariff explains the quote to the cent, or where every price before discounts
that explains it leads to the same amount.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.mapping.prices import UNKNOWN
from reconciler.planning.impact.price_terms import are_alike, discount_within, repriced
from reconciler.planning.pricing import PricePart, Purchase, compute_price, tax_of
from reconciler.planning.tariff_offer import tariff_offer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.kinds.money_fields import PaidAction
    from reconciler.model.impact import PriceSource
    from reconciler.model.plan import Change, Money
    from reconciler.model.price import FullPrices, Purchased
    from reconciler.planning.build.prices import OrderPrices
    from reconciler.planning.context import PlanContext
    from reconciler.planning.impact.facts import MoneyFacts
    from reconciler.planning.pricing import ClientTerms
    from reconciler.planning.snapshot import Snapshot

_ACTIONS: Mapping[str, PaidAction] = MappingProxyType({"create": "order", "renew": "renewal"})


# The currency of the account that pays a seller, where that is not the quoted one; a word that is
# none where it is not known.
Paying = Callable[[frozenset[str], str], "str | None"]


@dataclass(frozen=True, slots=True)
class ChargeAmount:
    """What a change comes to, and the parts of it; None for each that is not known.

    ``seller`` is who is paid, under all that he is known as, ``purchase`` what is bought.
    """

    amount: Decimal | None
    currency: str
    source: PriceSource
    discount: Decimal | None
    tax: Decimal | None
    seller: frozenset[str]
    purchase: Purchase | None = None


class ChargeAmounts:
    """Finds what the charges and orders of a plan come to; lives only while an impact is built."""

    def __init__(
        self, work: PlanContext, snapshot: Snapshot, facts: MoneyFacts, orders: OrderPrices
    ) -> None:
        """Work with what was read."""
        self._work = work
        self._snapshot = snapshot
        self._facts = facts
        self._orders = orders

    def of(
        self,
        kind: ResourceKind,
        change: Change,
        then: ClientTerms,
        now: ClientTerms,
        *,
        paying: Paying,
        more: Decimal | None = Decimal(0),
        full: FullPrices | None = None,
    ) -> ChargeAmount:
        """Return what a change comes to; ``then`` are the terms that a quote was made by.

        They are the same object as ``now`` where no change before this one moves them. ``more`` is
        what earlier changes add to the object's period before all terms, ``full`` what the object
        costs before them. ``paying`` finds the currency of the account that pays.
        """
        paid = _ACTIONS.get(change.action)
        if change.desired is not None and paid is not None:
            new = self._orders.purchase(kind, change.desired, paid)
            if new is not None:
                return self._computed(new, now)
        money = self._money(change)
        purchase = self.purchase(kind, change, paid or "change", money.currency, full=full)
        pays_in = paying(purchase.seller, money.currency) if change.action == "create" else None
        after = purchase if pays_in is None else replace(purchase, pays_in=pays_in)
        found = self._quoted(purchase, money, then, now, more=more, after=after)
        return replace(found, purchase=after)

    def purchase(
        self,
        kind: ResourceKind,
        change: Change,
        action: Purchased,
        currency: str,
        *,
        full: FullPrices | None = None,
    ) -> Purchase:
        """Return what a change buys, at the price of the administrator's list of tariffs."""
        live = change.observed.fields if change.observed else {}
        wanted = change.desired.fields if change.desired else {}
        fields = {**wanted, **live} if change.observed else wanted
        if action == "renewal":
            # Where the tariff comes to the quote, nothing is renewed beside it.
            fields = {name: value for name, value in fields.items() if name != kind.addons}
        rows = self._facts.tariffs.get(kind.name, ())
        offer = tariff_offer(self._work.catalogue, kind, fields, rows)
        parts = offer.parts
        if full is not None:
            added = max(full.wanted - full.live, Decimal(0))
            by_action = {"order": full.wanted, "renewal": full.live, "change": added}
            parts = (PricePart("", by_action[action]),)
        return Purchase(
            action=action,
            day=self._work.today,
            months=kind.months_of(fields) or kind.months_of(wanted),
            parts=parts,
            currency=full.currency if full else offer.currency,
            pays_in=currency,
            seller=offer.seller,
            product=offer.product,
            whole=full is not None,
        )

    def full_prices(self, change: Change) -> FullPrices | None:
        """Return what a service costs before all terms, as it is and with its changed add-ons."""
        found = self._snapshot.full_prices.get(change.address)
        return found or self._facts.orders.get(change.address)

    def _money(self, change: Change) -> Money:
        """Return the amount of a plan; an order into the cart has one that takes no money."""
        if change.money is not None:
            return change.money.before or change.money
        return self._snapshot.prices.get(change.address, UNKNOWN)

    def _computed(self, purchase: Purchase, now: ClientTerms) -> ChargeAmount:
        price = compute_price(purchase, now)
        known: PriceSource = "computed" if price.amount is not None else "unknown"
        return ChargeAmount(
            price.amount,
            price.currency,
            known,
            price.discount,
            price.tax,
            purchase.seller,
            purchase=purchase,
        )

    def _quoted(
        self,
        purchase: Purchase,
        money: Money,
        then: ClientTerms,
        now: ClientTerms,
        *,
        more: Decimal | None,
        after: Purchase,
    ) -> ChargeAmount:
        amount, currency = money.amount, after.pays_in
        if amount is None:
            return ChargeAmount(None, currency, "unknown", None, None, purchase.seller)
        source: PriceSource = "computed" if money.computed else "quoted"
        before, price = compute_price(purchase, then), compute_price(after, now)
        explained = before.amount == amount and not more
        if more != 0 or purchase != after or not are_alike(purchase, then, now):
            # The quote is by terms that will have changed when the request is sent.
            moved = None
            if more is not None:
                moved = repriced(purchase, amount, then, after=after, now=now, more=more)
            if purchase.action == "order" and before.amount is None and not more:
                # It was not computed without a rate: nothing speaks against the tariff.
                moved = price.amount if moved is None else moved
            if moved is None:
                return ChargeAmount(None, currency, "unknown", None, None, purchase.seller)
            amount, source = moved, "computed"
        is_sum = explained or amount == price.amount
        discount = price.discount if is_sum else discount_within(after, amount, now)
        tax = tax_of(after, now, amount)
        return ChargeAmount(amount, currency, source, discount, tax, purchase.seller)


def renewal_after(found: ChargeAmount, then: ClientTerms, now: ClientTerms) -> Decimal | None:
    """Return what one more period costs by some terms, after an order by others."""
    purchase = found.purchase
    if purchase is None or purchase.action != "order" or found.amount is None:
        return None
    order = replace(purchase, pays_in=found.currency)
    return repriced(order, found.amount, then, after=replace(order, action="renewal"), now=now)
