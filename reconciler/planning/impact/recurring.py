"""What the services of a client cost for a month, before and after a plan.

What counts is every service that runs and has a period, whether the panel renews it by itself or
somebody pays for it: one that is suspended, deleted, or not paid yet does not count. A service
costs what the form of its renewal shows for its period; an order counts from its payment on, at the
price of a renewal, and its add-ons at their full price where that is known. Where no form shows a
price, it is that of the list: a changed discount or rate moves that only where the tariff's price
and the client's discounts explain it to the cent; else it is unknown.

Doubt: whether the list shows the price of the next renewal, or what was paid for the order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.mapping.prices import UNKNOWN, live_price, read_price
from reconciler.model.plan import Money
from reconciler.planning.build.decide import is_waiting
from reconciler.planning.impact.price_terms import are_alike, repriced
from reconciler.planning.pricing import PricePart, Purchase, compute_price, round_money
from reconciler.planning.tariff_offer import tariff_offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.price import FullPrices
    from reconciler.model.resource import Observed
    from reconciler.planning.impact.facts import RenewalQuote
    from reconciler.planning.pricing import ClientTerms
    from reconciler.wire.reply import Row

# Any period of up to this many months that a price's own span can be a part of.
_SPANS = (12, 24, 36, 60)
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """What a service costs for a month before and after; zero where it does not count.

    ``moves`` is false where both are the same, known or not.
    """

    currency: str
    before: Decimal | None
    after: Decimal | None
    moves: bool = True


def is_running(kind: ResourceKind, service: Observed) -> bool:
    """Return whether a service counts: it is there, paid and not suspended."""
    if service.state in {"gone", "closing"} or is_waiting(kind, service):
        return False
    return not kind.switch or service.fields.get(kind.switch) is not True


def monthly_price(
    kind: ResourceKind, service: Observed, renewals: Mapping[str, RenewalQuote]
) -> Money:
    """Return what a service costs for a month: by the form of its renewal, else by its list."""
    quote = renewals.get(service.row_id)
    if quote is not None and quote.amount is None:
        return replace(UNKNOWN, currency=quote.currency)
    if quote is not None and quote.amount is not None:
        return Money(quote.amount / quote.months, quote.currency, computed=True)
    months, text = kind.months_of(service.fields), service.notes.get("price", "")
    currency = service.notes.get("currency", "")
    tries = (months,) if months else _SPANS if "/" in text else ()
    for span in tries:
        money = live_price(kind, service) if months else read_price([text], currency, span)
        if money.amount is not None:
            return replace(money, amount=money.amount / span, computed=True)
    return replace(UNKNOWN, currency=currency)


def renewal_of(
    kind: ResourceKind,
    service: Observed,
    quote: RenewalQuote | None,
    *,
    catalogue: Catalogue,
    tariffs: tuple[Row, ...],
    today: date,
    full: FullPrices | None = None,
) -> Purchase:
    """Return what the renewal of a service buys; its add-ons, which no list shows, by ``full``."""
    months = quote.months if quote else kind.months_of(service.fields)
    fields = {name: value for name, value in service.fields.items() if name != kind.addons}
    fields |= {kind.terms.period: months} if quote else {}
    offer = tariff_offer(catalogue, kind, fields, tariffs)
    pays_in = quote.currency if quote else service.notes.get("currency", "")
    # The full price is that of the service's own period.
    whole = full is not None and months == kind.months_of(service.fields)
    parts = (PricePart("", full.live),) if full is not None and whole else offer.parts
    return Purchase(
        action="renewal",
        day=today,
        months=months,
        parts=parts,
        currency=full.currency if full is not None and whole else offer.currency,
        pays_in=pays_in,
        seller=offer.seller,
        product=offer.product,
        whole=whole,
    )


def followed_price(
    purchase: Purchase,
    then: ClientTerms,
    now: ClientTerms,
    *,
    listed: Money,
    quote: RenewalQuote | None,
    more: Decimal | None = Decimal(0),
) -> MonthlyCost:
    """Return what a running service costs for a month by the terms before and after a plan.

    ``more`` is what a plan adds to its period, before all terms; None where that is not known.
    """
    months, unit = purchase.months, listed.currency
    if months and more == 0 and are_alike(purchase, then, now):
        return MonthlyCost(unit, listed.amount, listed.amount, moves=False)
    if not months or listed.amount is None or more is None:
        return MonthlyCost(unit, listed.amount, None)
    if quote is not None and quote.amount is not None:
        after = repriced(purchase, quote.amount, then, after=purchase, now=now, more=more)
        return MonthlyCost(unit, listed.amount, _monthly(after, months))
    if more or not _explains(purchase, (then, now), listed.amount * months):
        return MonthlyCost(unit, listed.amount, None)
    before, after = (compute_price(purchase, terms).amount for terms in (then, now))
    return MonthlyCost(unit, _monthly(before, months), _monthly(after, months))


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
