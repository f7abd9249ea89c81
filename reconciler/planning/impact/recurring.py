"""What the services of a client cost for a month, before and after a plan.

What counts is every service that runs and has a period, whether the panel renews it by itself or
somebody pays for it: one that is suspended, deleted, or not paid yet does not count. A service
costs what its list shows for its period; an order counts from its payment on, at the price of a
renewal. A changed discount or rate moves what a service costs only where the tariff's price and the
client's discounts explain the price in the list to the cent; else it is unknown.

Doubt: whether the list shows the price of the next renewal, or what was paid for the order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.mapping.prices import UNKNOWN, live_price, read_price
from reconciler.planning.build.decide import is_waiting
from reconciler.planning.pricing import (
    PricePart,
    Purchase,
    compute_price,
    round_money,
)
from reconciler.planning.tariff_offer import tariff_offer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Money
    from reconciler.model.resource import Observed
    from reconciler.planning.pricing import ClientTerms, Price
    from reconciler.wire.reply import Row

# Any period of up to this many months that a price's own span can be a part of.
_SPANS = (12, 24, 36, 60)
_HUNDRED = Decimal(100)
_LARGE = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """What a service costs for a month before and after; zero where it does not count.

    ``moves`` is false where both are the same, known or not.
    """

    currency: str
    before: Decimal | None
    after: Decimal | None
    moves: bool = True


def price_by(purchase: Purchase, terms: ClientTerms) -> Price:
    """Return a price so large that each share and rate of some terms shows in it."""
    return compute_price(replace(purchase, parts=(PricePart("", _LARGE),)), terms)


def is_running(kind: ResourceKind, service: Observed) -> bool:
    """Return whether a service counts: it is there, paid and not suspended."""
    if service.state in {"gone", "closing"} or is_waiting(kind, service):
        return False
    return not kind.switch or service.fields.get(kind.switch) is not True


def monthly_price(kind: ResourceKind, service: Observed) -> Money:
    """Return what a service costs for a month, as its list shows it for its period."""
    months, text = kind.months_of(service.fields), service.notes.get("price", "")
    currency = service.notes.get("currency", "")
    tries = (months,) if months else _SPANS if "/" in text else ()
    for span in tries:
        money = live_price(kind, service) if months else read_price([text], currency, span)
        if money.amount is not None:
            return replace(money, amount=money.amount / span, computed=True)
    return replace(UNKNOWN, currency=currency)


def followed_price(
    kind: ResourceKind,
    service: Observed,
    then: ClientTerms,
    now: ClientTerms,
    *,
    catalogue: Catalogue,
    tariffs: tuple[Row, ...],
    today: date,
) -> MonthlyCost:
    """Return what a running service costs for a month by the terms before and after a plan."""
    listed = monthly_price(kind, service)
    months = kind.months_of(service.fields)
    fields = {name: value for name, value in service.fields.items() if name != kind.addons}
    offer = tariff_offer(catalogue, kind, fields, tariffs)
    purchase = Purchase(
        action="renewal",
        day=today,
        months=months,
        parts=offer.parts,
        currency=offer.currency or listed.currency,
        pays_in=listed.currency,
        seller=offer.seller,
        product=offer.product,
    )
    effect = price_by(purchase, then).amount
    if months and effect is not None and effect == price_by(purchase, now).amount:
        return MonthlyCost(listed.currency, listed.amount, listed.amount, moves=False)
    if (
        not months
        or listed.amount is None
        or not _explains(purchase, (then, now), listed.amount * months)
    ):
        return MonthlyCost(listed.currency, listed.amount, None)
    before, after = (compute_price(purchase, terms).amount for terms in (then, now))
    return MonthlyCost(listed.currency, _monthly(before, months), _monthly(after, months))


def _explains(purchase: Purchase, known: Iterable[ClientTerms], listed: Decimal) -> bool:
    """Return whether a tariff explains a service's price: whole, or less a discount of the client.

    Then the service has no paid add-ons, and the tariff's price is what a discount is taken off.
    The discount may be one that the plan puts back: the price is as old as the order.
    """
    for terms in known:
        full = compute_price(purchase, replace(terms, discounts=())).amount
        if full is None:
            continue
        shares = {each.share for each in terms.discounts or () if each.share is not None}
        prices = {full - round_money(full * share / _HUNDRED) for share in shares | {Decimal(0)}}
        if round_money(listed) in prices:
            return True
    return False


def _monthly(amount: Decimal | None, months: int) -> Decimal | None:
    return None if amount is None else amount / months
