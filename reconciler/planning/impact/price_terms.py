"""What a price that is known becomes when the terms that it was made by change.

A quote holds more than a list of tariffs shows, such as add-ons. By some terms a price is a rising
function of what it was before all of them, its full price: the full prices that come to a quote are
found, and the other terms are laid on them.

Doubt: a promotion that the client's list does not show, which may be in the quote; a tax that the
panel adds to its prices: where a rule of the client may apply, a quote that nothing explains is
followed only if it comes to the same with the tax in it and on top of it.
Invariant: where the full prices of one quote lead to more than one answer, there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import product
from typing import TYPE_CHECKING

from reconciler.model.impact import NO_CURRENCY
from reconciler.planning.pricing import PricePart, compute_price, tax_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from reconciler.kinds.money_fields import PaidAction
    from reconciler.planning.pricing import ClientTerms, DiscountTerm, Price, Purchase

LARGE = Decimal(10) ** 9
_CENT = Decimal("0.01")
_MOST = Decimal("0.9")
_MARGIN = 4
_ROUNDING = Decimal("0.000001")
_MANY_UNKNOWN = 4


@dataclass(frozen=True, slots=True)
class FullPriceBounds:
    """Full prices: each amount in cents from ``low`` to ``high``; none where ``low`` is higher."""

    low: Decimal
    high: Decimal

    @property
    def exists(self) -> bool:
        """Whether there is a price in it."""
        return self.low <= self.high

    def holds(self, full: Decimal) -> bool:
        """Return whether a price is in it."""
        return self.low <= full <= self.high


def price_by(purchase: Purchase, terms: ClientTerms) -> Price:
    """Return a price so large that each share and rate of some terms shows in it."""
    return full_price_by(purchase, LARGE, terms)


def full_price_by(purchase: Purchase, full: Decimal, terms: ClientTerms) -> Price:
    """Return what a full price, in the currency of the tariff, comes to by some terms."""
    return compute_price(replace(purchase, parts=(PricePart("", full),)), terms)


def are_alike(purchase: Purchase, then: ClientTerms, now: ClientTerms) -> bool:
    """Return whether a purchase costs the same by two sets of terms."""
    if then is now:
        return True
    known = then.discounts is not None and then.rates is not None
    same_tax = not then.tax_added or then.taxes == now.taxes
    if known and same_tax and _of_the_day(then, purchase.day) == _of_the_day(now, purchase.day):
        return True
    effect = price_by(purchase, then).amount
    return effect is not None and effect == price_by(purchase, now).amount


def _of_the_day(terms: ClientTerms, day: date) -> tuple[object, ...]:
    """Return the discounts and rates that do not only begin after a day."""
    return tuple(
        tuple(each for each in some or () if each.first is None or each.first <= day)
        for some in (terms.discounts, terms.rates)
    )


def repriced(
    purchase: Purchase,
    amount: Decimal,
    then: ClientTerms,
    *,
    after: Purchase,
    now: ClientTerms,
    more: Decimal = Decimal(0),
) -> Decimal | None:
    """Return what a purchase costs ``after``, whose price was an amount by the terms of ``then``.

    ``more`` is what is bought in addition, before any term, in the currency of the tariff.
    """
    if takes_all_off(after, now):
        return Decimal(0)
    found: set[Decimal | None] = set()
    for added in ways_of_taxing(purchase, amount, then, after=(after, now)):
        before, later = (replace(each, tax_added=added) for each in (then, now))
        bought, wanted = purchase, after
        if not is_explained(purchase, amount, before):
            # That a rate converts what is beside the tariff, too, is not known.
            alike = purchase.pays_in == after.pays_in and _converts_alike(purchase, then, now)
            if not alike or (more and _converts(purchase)):
                return None
            bought, wanted = in_paid_currency(purchase), in_paid_currency(after)
        span = full_span(bought, amount, before)
        if span is None:
            return None
        ends = (span.low, span.high) if span.exists else ()
        found |= {full_price_by(wanted, full + more, later).amount for full in ends}
    return found.pop() if len(found) == 1 else None


def ways_of_taxing(
    purchase: Purchase,
    amount: Decimal,
    terms: ClientTerms,
    *,
    after: tuple[Purchase, ClientTerms] | None = None,
) -> tuple[bool, ...]:
    """Return whether taxes may be added to a price; both where nothing says which it is."""
    if terms.tax_added is not None:
        return (terms.tax_added,)
    taxed = (purchase, terms), *((after,) if after else ())
    if all(tax_of(each, some, LARGE) == 0 for each, some in taxed):
        return (False,)
    if is_explained(purchase, amount, replace(terms, tax_added=False)):
        return (False,)
    return (True,) if proof_of_taxing(purchase, amount, terms) else (False, True)


def proof_of_taxing(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> bool | None:
    """Return whether a price shows that taxes are added, or are in it; None where it shows neither.

    That they are added is only believed of a purchase that is known whole: with add-ons beside it
    an untaxed tariff may come to the same.
    """
    if not tax_of(purchase, terms, LARGE):
        return None
    if is_explained(purchase, amount, replace(terms, tax_added=False)):
        return False
    if purchase.whole and is_explained(purchase, amount, replace(terms, tax_added=True)):
        return True
    return None


def discount_within(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> Decimal | None:
    """Return what a discount takes off in an amount; None where more than one answer is left."""
    if ways_of_taxing(purchase, amount, terms) != (False,):
        return None
    span = full_span(in_paid_currency(purchase), amount, replace(terms, tax_added=False))
    return span.low - amount if span and span.low == span.high else None


def settle_actions(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> ClientTerms:
    """Return terms of which a price shows whether discounts count whose action is not known.

    They are returned as they are where the tariff alone explains the price in no case, or in two
    cases that differ.
    """
    unknown = [each for each in terms.discounts or () if each.actions is None]
    if not unknown or len(unknown) > _MANY_UNKNOWN or purchase.action == "change":
        return terms
    counts: frozenset[PaidAction] = frozenset({purchase.action})
    never: frozenset[PaidAction] = frozenset()
    cases = [
        _with_actions(terms, dict(zip(unknown, case, strict=True)))
        for case in product((counts, never), repeat=len(unknown))
    ]
    explaining = [each for each in cases if is_explained(purchase, amount, each)]
    shares = {_share_taken(purchase, each) for each in explaining}
    return explaining[0] if len(shares) == 1 else terms


def _with_actions(
    terms: ClientTerms, actions: Mapping[DiscountTerm, frozenset[PaidAction]]
) -> ClientTerms:
    settled = (
        replace(each, actions=actions.get(each, each.actions)) for each in terms.discounts or ()
    )
    return replace(terms, discounts=tuple(settled))


def full_span(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> FullPriceBounds | None:
    """Return the full prices that come to an amount by some terms; None where they are not known.

    The tariff's own price is the only one where it comes to the amount.
    """
    if is_explained(purchase, amount, terms):
        full = sum((part.amount or Decimal(0) for part in purchase.parts), Decimal(0))
        return FullPriceBounds(full, full)
    whole = price_by(purchase, terms).amount
    if not whole or amount < 0:
        return None

    def effect(full: Decimal) -> Decimal:
        return full_price_by(purchase, full, terms).amount or Decimal(0)

    factor = whole / LARGE
    near, margin = amount / factor, _MARGIN * _CENT * (1 + 1 / factor)
    margin += near * _ROUNDING
    low = max((near - margin).quantize(_CENT, ROUND_FLOOR), Decimal(0))
    high = (near + margin).quantize(_CENT, ROUND_CEILING)
    first = _first(low, high, lambda full: effect(full) >= amount)
    beyond = _first(first, high, lambda full: effect(full) > amount)
    return FullPriceBounds(first, beyond - _CENT)


def _first(low: Decimal, high: Decimal, holds: Callable[[Decimal], bool]) -> Decimal:
    """Return the lowest amount in cents for which a condition holds, that holds for all above."""
    below, above = int(low / _CENT), int(high / _CENT)
    while below < above:
        middle = (below + above) // 2
        if holds(middle * _CENT):
            above = middle
        else:
            below = middle + 1
    return below * _CENT


def is_explained(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> bool:
    """Return whether the tariff alone comes to an amount: then there is nothing beside it.

    Of a discount that takes nearly all off, more than one price comes to the same: then what is
    bought has to be known whole.
    """
    share = _share_taken(purchase, terms)
    if share is None or (share > _MOST and not purchase.whole):
        return False
    return compute_price(purchase, terms).amount == amount


def _share_taken(purchase: Purchase, terms: ClientTerms) -> Decimal | None:
    """Return the share that a discount takes off a purchase; None where that is not known."""
    price = price_by(in_paid_currency(purchase), terms)
    return None if price.discount is None else price.discount / LARGE


def in_paid_currency(purchase: Purchase) -> Purchase:
    """Return a purchase of the same, in the currency that it is paid in, whose parts are lost."""
    unit = purchase.pays_in or purchase.currency or NO_CURRENCY
    return replace(purchase, currency=unit, pays_in=unit, parts=(), whole=False)


def takes_all_off(purchase: Purchase, terms: ClientTerms) -> bool:
    """Return whether nothing is left of a price by some terms, whatever it is."""
    return price_by(in_paid_currency(purchase), terms).amount == 0


def _converts(purchase: Purchase) -> bool:
    return purchase.pays_in not in {"", purchase.currency}


def _converts_alike(purchase: Purchase, then: ClientTerms, now: ClientTerms) -> bool:
    if then.rates == now.rates or not _converts(purchase):
        return True
    bare = (replace(each, discounts=(), tax_added=False) for each in (then, now))
    before, after = (price_by(purchase, each).amount for each in bare)
    return before is not None and before == after
