"""What a charge costs, as far as the panel shows it.

Invariant: a price that is not shown is unknown, never zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.documents.values import shown_money
from reconciler.errors import AmbiguousNumberError, CodecError
from reconciler.model.number import PLAIN, UNPROVED, NumberShape
from reconciler.model.plan import Money
from reconciler.wire.codec import read_money
from reconciler.wire.number import ParsedNumber, plain_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired, Observed

UNKNOWN = Money(None, "")
_SPAN = re.compile(r"\s*(\d{1,3})?\s*(month|year)s?\s*", re.IGNORECASE)


def read_price(
    texts: Iterable[str], currency: str, months: int = 0, numbers: NumberShape = UNPROVED
) -> Money:
    """Read what a period of some months costs: the first text that is an amount of money.

    Its own currency outranks ``currency``; a price by another span (``5.00 EUR / Month``) is
    multiplied, and unknown where that does not come out even. An amount that can be read in two
    ways counts as the one that another text shows plainly, else it is unknown.

    Shape:  ``416.25 RUB``, ``10.8000``, ``1.80 € / Month``, ``9.00 EUR / 3 months``.
    Source: an order form's and a service list's columns ``item_cost`` and ``cost``.
    Doubt:  under which name an order form shows the price, where it shows one at all.
    """
    best = Money(None, currency)
    printed = [(text, numbers) for text in texts]
    for text, _ in printed:
        _, slash, span = text.partition("/")
        factor = _periods_in(span, months) if slash else Decimal(1)
        try:
            amount, unit = _settle(text, numbers, printed)
        except AmbiguousNumberError as error:
            if best.amount is None and factor is not None:
                return Money(None, error.unit or currency, unclear=text.strip())
            continue
        except CodecError:
            continue
        if best.amount is None and factor is not None:
            best = Money(amount * factor, unit or currency)
        elif best.amount is not None and unit and not best.currency:
            best = Money(best.amount, unit)
    return best


def plain_price(printed: Sequence[tuple[str, NumberShape]]) -> str:
    """Return the first of some prices without doubtful marks, as far as its amount is known."""
    text, shape = printed[0]
    _, slash, span = text.partition("/")
    try:
        amount, unit = _settle(text, shape, printed)
    except CodecError:
        return text
    return f"{plain_number(ParsedNumber(amount, unit, PLAIN))}{slash}{span}"


def _settle(
    text: str, shape: NumberShape, printed: Iterable[tuple[str, NumberShape]]
) -> tuple[Decimal, str]:
    """Read an amount and its unit; one with two readings is the one that another text shows."""
    try:
        return read_money(text, shape)
    except AmbiguousNumberError as error:
        certain = error.readings & set(_certain(printed))
        if len(certain) != 1:
            raise
        return min(certain), error.unit


def _certain(printed: Iterable[tuple[str, NumberShape]]) -> Iterator[Decimal]:
    for text, shape in printed:
        try:
            yield read_money(text, shape)[0]
        except CodecError:
            continue


def live_price(kind: ResourceKind, observed: Observed | None) -> Money:
    """Return what another period of a live object costs, as its list prints it."""
    if observed is None or "price" not in observed.notes:
        return UNKNOWN
    texts, currency = [observed.notes["price"]], observed.notes.get("currency", "")
    return read_price(texts, currency, kind.months_of(observed.fields))


def _periods_in(span: str, months: int) -> Decimal | None:
    """Return how often a price is due in a period: ``Month`` is due twelve times in a year."""
    match = _SPAN.fullmatch(span)
    if not match or months <= 0:
        return None
    unit = int(match[1] or 1) * (12 if match[2].lower() == "year" else 1)
    return Decimal(months) / Decimal(unit) if unit and months % unit == 0 else None


def bounded(kind: ResourceKind, money: Money | None, desired: Desired | None) -> Money | None:
    """Lay over a price what the author lets it come to, where a manifest says so."""
    wanted = desired.fields.get(kind.terms.max_price) if desired else None
    if not isinstance(wanted, Mapping) or not wanted:
        return money
    at_most = tuple((unit, Decimal(amount)) for unit, amount in sorted(wanted.items()))
    if money is not None and money.amount is None and len(money.at_most) == 1:
        # The amount is one of several: what the highest one is decides.
        (unit, most), *_ = money.at_most
        if dict(at_most).get(unit, most - 1) >= most:
            return money
        money = replace(money, amount=most, currency=unit, computed=True)
    return replace(money or UNKNOWN, at_most=at_most)


def why_above(kind: ResourceKind, money: Money | None) -> str:
    """Return why a known price is above the author's limit; empty where it is within."""
    if money is None or not money.at_most or money.amount is None:
        return ""
    most = dict(money.at_most).get(money.currency)
    price, bound = f"the price is {_shown(money)}", kind.terms.max_price
    if most is None:
        return f"{price}, but {bound} limits only {', '.join(unit for unit, _ in money.at_most)}"
    if money.amount > most:
        return f"{price}, more than {bound} ({shown_money(most)} {money.currency})"
    return ""


def why_costs_more(kind: ResourceKind, now: Money, planned: Money) -> str:
    """Return why a price is above the planned one; empty where it is not.

    One that is not shown may be any: it is refused where a price was shown, or is bounded. What is
    computed is not shown where a form had shown it. A price that the plan itself moves is compared
    with what it moves to, and as it was read where that is not known.
    """
    read = planned.before or planned
    if planned.amount is None and planned.before is not None:
        planned = read
    if now.amount is None and len(now.at_most) == 1:
        # Each of the amounts that it may come to is within the bound, if the highest one is.
        (unit, most), *_ = now.at_most
        now = replace(now, amount=most, currency=unit, computed=True)
    if planned.amount is None and planned.at_most and now.amount is not None:
        return why_above(kind, replace(now, at_most=planned.at_most))
    if now.computed and planned.amount is not None and not read.computed:
        now = replace(now, amount=None)
    if planned.at_most and now.amount is None:
        return f"{_unknown(now)}, so {kind.terms.max_price} cannot be checked"
    if above := why_above(kind, replace(now, at_most=planned.at_most)):
        return above
    if planned.amount is None:
        return ""
    if now.amount is None:
        return f"{_unknown(now)} now, and it was {_shown(planned)} in the plan: plan again"
    if now.currency != planned.currency or now.amount > planned.amount:
        return f"the price is {_shown(now)} now and was {_shown(planned)} in the plan: plan again"
    return ""


def _shown(money: Money) -> str:
    amount = "unknown" if money.amount is None else shown_money(money.amount)
    return f"{amount} {money.currency}".rstrip()


def _unknown(money: Money) -> str:
    if money.unclear:
        return f"the price can be read in two ways ({money.unclear})"
    return "the panel does not show the price"


def planned_charge(change: Change) -> Money | None:
    """Return what a change charges by its plan; None where it charges nothing."""
    if "charge" not in change.classes:
        return None
    return change.money if change.money and change.money.amount is not None else UNKNOWN


def charged_amount(kind: ResourceKind, change: Change, observed: Observed | None) -> Money | None:
    """Return what a change that was sent has charged: as planned, else as the object shows."""
    planned = planned_charge(change)
    if planned is None or planned.amount is not None or change.action not in {"create", "renew"}:
        return planned
    return live_price(kind, observed)
