"""What a service with add-ons costs before all terms of its client, from several quotes of a panel.

One quote leaves a few full prices, as its discount, its rate and its tax were rounded. An add-on of
which a number is bought costs whole cents a unit for a period: the quotes for several numbers of it
leave one price of a unit, or they contradict that, and then there is no answer.

Invariants: a price of a unit fits every quote, and is found only from two numbers beside the one
that the tariff proposes; an answer is given where all prices that fit lead to it.
Doubt: whether a unit of an add-on costs whole cents, and the same for each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import product
from typing import TYPE_CHECKING

from reconciler.model.price import FullPrices
from reconciler.planning.impact.price_terms import (
    LARGE,
    FullPriceBounds,
    full_span,
    is_explained,
    price_by,
    ways_of_taxing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.planning.pricing import ClientTerms, Purchase

Numbers = dict[str, int]

_CENT = Decimal("0.01")
# So many prices of a tariff, and of its add-ons together, are tried.
_MOST_FULL = 60
_MOST_UNITS = 400
_FEWEST_NUMBERS = 2


@dataclass(frozen=True, slots=True)
class AddonQuote:
    """What the panel asks for a purchase with some add-ons.

    ``numbers`` are how many of each are bought beyond those of the first quote.
    """

    purchase: Purchase
    numbers: Numbers
    amount: Decimal


def is_hidden(purchase: Purchase, amount: Decimal, terms: ClientTerms) -> bool:
    """Return whether a price may come of several full prices, and the tariff does not say which."""
    ways = ways_of_taxing(purchase, amount, terms)
    if any(is_explained(purchase, amount, replace(terms, tax_added=each)) for each in ways):
        return False
    return ways != (False,) or price_by(purchase, replace(terms, tax_added=False)).amount != LARGE


def numbers_beyond(proposed: Mapping[str, str], values: Mapping[str, str]) -> Numbers:
    """Return what add-ons have beyond others; a word in place of another counts as one of it."""
    found: Numbers = {}
    for name, text in values.items():
        base = proposed.get(name, "0")
        if _is_number(text) and _is_number(base):
            found[name] = int(text) - int(base)
        elif text != base:
            found[f"{name}={text}"] = 1
    return {name: number for name, number in found.items() if number}


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii()


def extreme_prices(
    quotes: Sequence[AddonQuote], terms: ClientTerms, live: Numbers, wanted: Numbers
) -> set[FullPrices] | None:
    """Return full prices of the smallest and of the largest difference that two quotes leave.

    None where terms are unknown, and nothing where no price fits.
    """
    unit = quotes[0].purchase.currency
    found: set[FullPrices] = set()
    for added in ways_of_taxing(quotes[0].purchase, quotes[0].amount, terms):
        spans = _spans(quotes, replace(terms, tax_added=added))
        if spans is None:
            return None
        old, new = (_meeting(s for n, s in spans if n == each) for each in (live, wanted))
        if old.exists and new.exists:
            found |= {
                FullPrices(unit, old.high, new.low, added),
                FullPrices(unit, old.low, new.high, added),
            }
    return found


def fitted_prices(
    quotes: Sequence[AddonQuote], terms: ClientTerms, live: Numbers, wanted: Numbers
) -> set[FullPrices] | None:
    """Return all full prices that fit some quotes; None where too many do, or terms are unknown.

    The first quote is that of the tariff as it is proposed.
    """
    unit = quotes[0].purchase.currency
    found: set[FullPrices] = set()
    for added in ways_of_taxing(quotes[0].purchase, quotes[0].amount, terms):
        spans = _spans(quotes, replace(terms, tax_added=added))
        fitting = None if spans is None else _fitting(spans, live, wanted)
        if fitting is None:
            return None
        found |= {FullPrices(unit, *each, tax_added=added) for each in fitting}
    return found


def _spans(
    quotes: Iterable[AddonQuote], terms: ClientTerms
) -> list[tuple[Numbers, FullPriceBounds]] | None:
    found = []
    for quote in quotes:
        span = full_span(quote.purchase, quote.amount, terms)
        if span is None:
            return None
        found.append((quote.numbers, span))
    return found


def _fitting(
    spans: Sequence[tuple[Numbers, FullPriceBounds]], live: Numbers, wanted: Numbers
) -> set[tuple[Decimal, Decimal]] | None:
    bases = _meeting(span for numbers, span in spans if not numbers)
    names = sorted({*live, *wanted})
    if (bases.high - bases.low) / _CENT > _MOST_FULL or not all(_is_shown(n, spans) for n in names):
        return None
    found: set[tuple[Decimal, Decimal]] = set()
    base = bases.low
    while base <= bases.high:
        units = [list(_units(name, base, spans)) for name in names]
        count = 1
        for each in units:
            count *= len(each)
        if count > _MOST_UNITS:
            return None
        for chosen in product(*units):
            prices = dict(zip(names, chosen, strict=True))
            if all(span.holds(_sum(base, prices, numbers)) for numbers, span in spans):
                found.add((_sum(base, prices, live), _sum(base, prices, wanted)))
        base += _CENT
    return found


def _is_shown(name: str, spans: Iterable[tuple[Numbers, FullPriceBounds]]) -> bool:
    numbers = {alone for each, _ in spans if (alone := _alone(name, each))}
    return len(numbers) >= _FEWEST_NUMBERS


def _alone(name: str, numbers: Numbers) -> int:
    """Return how many of an add-on are bought, where no other one is; else 0."""
    return numbers[name] if numbers.keys() == {name} else 0


def _units(
    name: str, base: Decimal, spans: Iterable[tuple[Numbers, FullPriceBounds]]
) -> Iterator[Decimal]:
    """Return the prices of a unit, in whole cents, that fit the quotes for an add-on alone."""
    low, high = None, None
    for numbers, span in spans:
        number = _alone(name, numbers)
        if not number:
            continue
        ends = sorted(((span.low - base) / number, (span.high - base) / number))
        first, last = ends[0].quantize(_CENT, ROUND_CEILING), ends[1].quantize(_CENT, ROUND_FLOOR)
        low = first if low is None else max(low, first)
        high = last if high is None else min(high, last)
    if low is None or high is None or (high - low) / _CENT > _MOST_UNITS:
        # As many as are too many.
        yield from [Decimal(0)] * (_MOST_UNITS + 1)
        return
    while low <= high:
        yield low
        low += _CENT


def _sum(base: Decimal, prices: Mapping[str, Decimal], numbers: Numbers) -> Decimal:
    zero = Decimal(0)
    return base + sum((prices.get(name, zero) * each for name, each in numbers.items()), zero)


def _meeting(spans: Iterable[FullPriceBounds]) -> FullPriceBounds:
    """Return the full prices that are in all of some spans."""
    listed = list(spans)
    return FullPriceBounds(max(each.low for each in listed), min(each.high for each in listed))
