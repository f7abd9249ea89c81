"""What a change takes from a balance or puts into the cart, by the terms in force at its turn.

Invariants: what a form quotes for exactly these terms outranks a computation; where an earlier
change of the same plan moves the terms, the quote is no longer for these terms, and the amount is
computed only where the tariff explains the quote to the cent, or where every price before discounts
that explains it leads to the same amount.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.mapping.prices import UNKNOWN
from reconciler.planning.impact.recurring import price_by
from reconciler.planning.pricing import (
    PricePart,
    Purchase,
    compute_price,
    round_money,
    tax_of,
)
from reconciler.planning.tariff_offer import tariff_offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from reconciler.kinds.kind import ResourceKind
    from reconciler.kinds.money_fields import PaidAction
    from reconciler.model.impact import PriceSource
    from reconciler.model.plan import Change, Money
    from reconciler.planning.build.prices import OrderPrices
    from reconciler.planning.context import PlanContext
    from reconciler.planning.impact.facts import MoneyFacts
    from reconciler.planning.pricing import ClientTerms, PricedAction
    from reconciler.planning.snapshot import Snapshot

# So many cents around a price that is divided back are tried.
_AROUND = 3
_ACTIONS: Mapping[str, PaidAction] = MappingProxyType({"create": "order", "renew": "renewal"})


@dataclass(frozen=True, slots=True)
class ChargeAmount:
    """What a change comes to, and the parts of it; None for each that is not known.

    ``seller`` is who is paid, under all that he is known as. ``renewal`` is what one more period
    costs, ``months`` how long that is.
    """

    amount: Decimal | None
    currency: str
    source: PriceSource
    discount: Decimal | None
    tax: Decimal | None
    seller: frozenset[str]
    renewal: Decimal | None = None
    months: int = 0


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
        self, kind: ResourceKind, change: Change, then: ClientTerms, now: ClientTerms
    ) -> ChargeAmount:
        """Return what a change comes to; ``then`` are the terms that a quote was made by.

        They are the same object as ``now`` where no change before this one moves them.
        """
        paid = _ACTIONS.get(change.action)
        if change.desired is not None and paid is not None:
            new = self._orders.purchase(kind, change.desired, paid)
            if new is not None:
                return self._computed(new, now)
        money = self._money(change)
        purchase = self.purchase(kind, change, paid or "change", money.currency)
        found = self._quoted(purchase, money, then, now)
        return replace(found, renewal=_renewal(purchase, found, now), months=purchase.months)

    def purchase(
        self, kind: ResourceKind, change: Change, action: PricedAction, currency: str
    ) -> Purchase:
        """Return what a change buys, at the price of the administrator's list of tariffs."""
        live = change.observed.fields if change.observed else {}
        wanted = change.desired.fields if change.desired else {}
        fields = {**wanted, **live} if change.observed else wanted
        rows = self._facts.tariffs.get(kind.name, ())
        offer = tariff_offer(self._work.catalogue, kind, fields, rows)
        return Purchase(
            action=action,
            day=self._work.today,
            months=kind.months_of(fields) or kind.months_of(wanted),
            parts=offer.parts,
            currency=offer.currency or currency,
            pays_in=currency,
            seller=offer.seller,
            product=offer.product,
        )

    def _money(self, change: Change) -> Money:
        """Return the amount of a plan; an order into the cart has one that takes no money."""
        if change.money is not None:
            return change.money.before or change.money
        return self._snapshot.prices.get(change.address, UNKNOWN)

    def _computed(self, purchase: Purchase, now: ClientTerms) -> ChargeAmount:
        price = compute_price(purchase, now)
        renewal = compute_price(replace(purchase, action="renewal"), now).amount
        known: PriceSource = "computed" if price.amount is not None else "unknown"
        return ChargeAmount(
            price.amount,
            price.currency,
            known,
            price.discount,
            price.tax,
            purchase.seller,
            renewal=renewal,
            months=purchase.months,
        )

    def _quoted(
        self, purchase: Purchase, money: Money, then: ClientTerms, now: ClientTerms
    ) -> ChargeAmount:
        amount, currency = money.amount, money.currency
        if amount is None:
            return ChargeAmount(None, currency, "unknown", None, None, purchase.seller)
        source: PriceSource = "computed" if money.computed else "quoted"
        before, after = (compute_price(purchase, terms) for terms in (then, now))
        explained = before.amount == amount
        # By the same rates a quote is moved by discounts alone, in its own currency.
        own = replace(purchase, currency=currency, pays_in="")
        own = own if then.rates == now.rates else purchase
        full = _full_prices(own, amount, then) if own is not purchase else []
        if not _are_alike(own, then, now):
            # The quote is by terms that will have changed when the request is sent.
            # An order without a rate was not computed before: nothing speaks against the tariff.
            unrated = purchase.action == "order" and before.amount is None
            moved = after.amount if explained or unrated else None
            moved = _only(_at(own, each, now) for each in full) if moved is None else moved
            if moved is None:
                return ChargeAmount(None, currency, "unknown", None, None, purchase.seller)
            amount, source = moved, "computed"
        is_explained = explained or amount == after.amount
        discount = after.discount if is_explained else _only(each - amount for each in full)
        tax = tax_of(purchase, now, amount)
        return ChargeAmount(amount, currency, source, discount, tax, purchase.seller)


def _full_prices(own: Purchase, quote: Decimal, terms: ClientTerms) -> list[Decimal]:
    """Return each price before a discount that leads to a quote: a cent may be rounded away."""
    large = price_by(own, terms)
    if not large.amount or large.discount is None:
        return []
    near = round_money(quote * (large.amount + large.discount) / large.amount)
    around = [near + Decimal(cents) / 100 for cents in range(-_AROUND, _AROUND + 1)]
    return [each for each in around if _at(own, each, terms) == quote]


def _at(own: Purchase, full: Decimal, terms: ClientTerms) -> Decimal | None:
    return compute_price(replace(own, parts=(PricePart("", full),)), terms).amount


def _only(found: Iterable[Decimal | None]) -> Decimal | None:
    """Return the one amount that all ways lead to; None where they differ, or there is none."""
    amounts = set(found)
    return amounts.pop() if len(amounts) == 1 else None


def _are_alike(purchase: Purchase, then: ClientTerms, now: ClientTerms) -> bool:
    """Return whether a purchase costs the same by two sets of terms."""
    if then is now:
        return True
    known = then.discounts is not None and then.rates is not None
    if known and _of_the_day(then, purchase.day) == _of_the_day(now, purchase.day):
        return True
    effect = price_by(purchase, then).amount
    return effect is not None and effect == price_by(purchase, now).amount


def _of_the_day(terms: ClientTerms, day: date) -> tuple[object, ...]:
    """Return the discounts and rates that do not only begin after a day."""
    return tuple(
        tuple(each for each in some or () if each.first is None or each.first <= day)
        for some in (terms.discounts, terms.rates)
    )


def _renewal(purchase: Purchase, found: ChargeAmount, now: ClientTerms) -> Decimal | None:
    """Return what one more period costs, after an order whose price is known."""
    if purchase.action != "order" or found.amount is None:
        return None
    later = replace(purchase, action="renewal")
    effect = price_by(purchase, now).amount
    if effect is not None and effect == price_by(later, now).amount:
        return found.amount
    if compute_price(purchase, now).amount == found.amount:
        return compute_price(later, now).amount
    return None
