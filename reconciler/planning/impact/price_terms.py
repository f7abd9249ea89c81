"""What a price that is known becomes when the terms that it was made by change.

A quote holds more than a list of tariffs shows, such as add-ons. What it was before a discount is
found from the discount, and the new discount is taken off that.

Doubt: a promotion that the client's list does not show, which may be in the quote; a tax that the
panel adds to its prices: where a rule of the client may apply, a quote that nothing explains is
followed only if it comes to the same with the tax in it and on top of it.
Invariant: where the cents that a discount was rounded by leave more than one answer, there is none.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import product
from typing import TYPE_CHECKING

from reconciler.model.impact import NO_CURRENCY
from reconciler.planning.pricing import PricePart, compute_price, round_money, tax_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from reconciler.kinds.money_fields import PaidAction
    from reconciler.planning.pricing import ClientTerms, DiscountTerm, Price, Purchase

_LARGE = Decimal(10) ** 9
_CENT = Decimal("0.01")
_MILLIONTH = Decimal("0.000001")
_MOST = Decimal("0.9")
_MANY = 1000
_MANY_UNKNOWN = 4


def price_by(purchase: Purchase, terms: ClientTerms) -> Price:
    """Return a price so large that each share and rate of some terms shows in it."""
    return compute_price(replace(purchase, parts=(PricePart("", _LARGE),)), terms)


def are_alike(purchase: Purchase, then: ClientTerms, now: ClientTerms) -> bool:
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

    ``more`` is what is bought in addition, before any discount.
    """
    if not _converts_alike(purchase, then, now):
        explained = _is_explained(purchase, amount, then) and not more
        return compute_price(after, now).amount if explained else None
    share = _share_taken(after, now)
    taxes = (_tax_share(purchase, then), _tax_share(after, now))
    if share is None:
        return None
    found = {_lowered(full + more, share) for full in _full_prices(purchase, amount, then)}
    if not _is_tax_included(purchase, amount, then):
        # Whether the panel adds its tax is not known: what it comes to must be the same then, too.
        if taxes[0] is None or taxes[1] is None:
            return None
        for net in _before_tax(amount, taxes[0]):
            fulls = _full_prices(purchase, net, then)
            found |= {_with_tax(_lowered(full + more, share), taxes[1]) for full in fulls}
    return found.pop() if len(found) == 1 else None


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
    explaining = [each for each in cases if _is_explained(purchase, amount, each)]
    shares = {_share_taken(purchase, each) for each in explaining}
    return explaining[0] if len(shares) == 1 else terms


def _with_actions(
    terms: ClientTerms, actions: Mapping[DiscountTerm, frozenset[PaidAction]]
) -> ClientTerms:
    settled = (
        replace(each, actions=actions.get(each, each.actions)) for each in terms.discounts or ()
    )
    return replace(terms, discounts=tuple(settled))


def full_prices(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> tuple[Decimal, ...]:
    """Return the prices before a discount that come to an amount by some terms.

    There are none where a tax that the panel may add would stand in the amount.
    """
    if _is_tax_included(purchase, amount, terms):
        return _full_prices(purchase, amount, terms)
    return ()


def _full_prices(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> tuple[Decimal, ...]:
    if _is_explained(purchase, amount, terms):
        return (amount + (compute_price(purchase, terms).discount or Decimal(0)),)
    share = _share_taken(purchase, terms)
    if share is None or share >= 1:
        return ()
    return _before(amount, 1 - share, lambda full: _lowered(full, share))


def _is_tax_included(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> bool:
    if terms.tax_included or _is_explained(purchase, amount, terms):
        return True
    return tax_of(purchase, terms, amount) == 0


def _tax_share(purchase: Purchase, terms: ClientTerms) -> Decimal | None:
    """Return what a panel that adds taxes would add to a price, as a share of it."""
    within = tax_of(purchase, terms, _LARGE)
    return None if within is None else (within / (_LARGE - within)).quantize(_MILLIONTH)


def _before_tax(amount: Decimal, share: Decimal) -> tuple[Decimal, ...]:
    """Return the prices that come to an amount once a tax is added."""
    return _before(amount, 1 + share, lambda net: _with_tax(net, share))


def _before(
    amount: Decimal, factor: Decimal, effect: Callable[[Decimal], Decimal]
) -> tuple[Decimal, ...]:
    """Return the amounts in cents that an effect, which is about a factor, turns into an amount."""
    low = ((amount - _CENT) / factor).quantize(_CENT, ROUND_FLOOR)
    high = ((amount + _CENT) / factor).quantize(_CENT, ROUND_CEILING)
    tried = (low + _CENT * each for each in range(int((high - low) / _CENT) + 1))
    return tuple(each for each in tried if effect(each) == amount)


def _lowered(full: Decimal, share: Decimal) -> Decimal:
    return full - round_money(full * share)


def _with_tax(net: Decimal, share: Decimal) -> Decimal:
    return net + round_money(net * share)


def _is_explained(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> bool:
    """Return whether the tariff alone comes to an amount: then there is nothing beside it.

    Of a discount that takes nearly all off, more than one price comes to the same.
    """
    share = _share_taken(purchase, terms)
    return share is not None and share <= _MOST and compute_price(purchase, terms).amount == amount


def proves_tax_included(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> bool:
    """Return whether a price is exactly that of the tariff, although the client is taxed."""
    return bool(tax_of(purchase, terms, amount)) and _is_explained(purchase, amount, terms)


def _share_taken(purchase: Purchase, terms: ClientTerms) -> Decimal | None:
    """Return the share that a discount takes off a purchase; None where that is not known."""
    unit = purchase.pays_in or purchase.currency or NO_CURRENCY
    price = price_by(replace(purchase, currency=unit, pays_in=unit), terms)
    return None if price.discount is None else price.discount / _LARGE


def _converts_alike(purchase: Purchase, then: ClientTerms, now: ClientTerms) -> bool:
    if then.rates == now.rates or purchase.currency == purchase.pays_in:
        return True
    before, after = (price_by(purchase, replace(t, discounts=())).amount for t in (then, now))
    return before is not None and before == after


def converted_differences(
    purchase: Purchase, terms: ClientTerms, old: Decimal, new: Decimal
) -> tuple[Decimal, ...]:
    """Return what the difference of two prices may come to in the currency that it is paid in.

    A tariff in another currency is converted and rounded as a whole, and so is what is added to it.
    """
    if purchase.currency == purchase.pays_in:
        return (new - old,)
    whole = price_by(purchase, replace(terms, discounts=())).amount
    near = (new - old - _CENT, new - old, new - old + _CENT)
    if not whole:
        return near
    rate = whole / _LARGE
    lows, highs = (_before_conversion(each, rate) for each in (old, new))
    return tuple({round_money((high - low) * rate) for low in lows for high in highs}) or near


def _before_conversion(amount: Decimal, rate: Decimal) -> tuple[Decimal, ...]:
    """Return the amounts in cents that a rate converts to an amount."""
    first = ((amount - _CENT) / rate).quantize(_CENT, ROUND_FLOOR)
    count = int(2 * _CENT / rate / _CENT) + 2
    tried = (first + _CENT * each for each in range(min(count, _MANY)))
    return tuple(each for each in tried if round_money(each * rate) == amount)
