"""The price of one purchase: the tariff, its add-ons, the rate, the discounts and the tax in it.

Order: the tariff and its add-ons; in the currency of the account that pays, by the client's own
rate of the day; less one discount; the tax is a part of what is left. Each amount is rounded to two
decimals, half up, when it comes about. Where prices prove that the panel adds its taxes, the tax is
added to what is left.

Invariants: a part that is not known makes the price unknown, never zero and never a guess; each
step is returned, with the reason why it counts or does not.
Source: the vendor's description of ``account.discount.edit``: of the discounts that suit, that of
the highest priority is given, a personal one before that of a promotion, and a negative one only
where no promotion suits; of two alike the larger one. A discount on renewals is not given on
tariffs that are charged by the day. ``subaccount.expense.edit``: the tax is included in the amount.
Doubt: a promotion that the client's list does not show, an installation that adds the tax to its
prices, and whether a change of add-ons has a discount at all: here it has none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from reconciler.documents.values import decimal_text
from reconciler.model.price import PriceStep
from reconciler.model.text import fold_text
from reconciler.wire.period import count_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from reconciler.kinds.money_fields import PaidAction
    from reconciler.model.price import Purchased, StepEffect, StepKind

_CENT = Decimal("0.01")
_WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountTerm:
    """A discount, as far as it is known; ``name`` is shown to people.

    ``share`` is in per cent; None where it, or another value, is not known. ``actions`` is None
    where the words of the panel name neither. ``periods`` are in months, all where there are none.
    """

    name: str
    share: Decimal | None
    actions: frozenset[PaidAction] | None
    periods: frozenset[int] | None = frozenset()
    priority: int | None = 0
    first: date | None = None
    last: date | None = None
    promotion: bool | None = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTerm:
    """A tax rule: its rate in per cent, who sells, and the product types that it is limited to.

    ``seller`` and each of ``products`` is an option under all that it is known as: id and label.
    """

    name: str
    rate: Decimal | None
    seller: frozenset[str]
    products: tuple[frozenset[str], ...] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTerm:
    """A currency rate: a unit of ``base`` is worth ``worth`` units of ``relate`` from a day on."""

    name: str
    base: str
    relate: str
    worth: Decimal | None
    first: date | None


@dataclass(frozen=True, slots=True)
class ClientTerms:
    """The terms of one client; each is None where it was not read.

    ``tax_added``: prices of the panel prove that its taxes are added to its prices, or a part of
    them; None where nothing shows which.
    """

    discounts: tuple[DiscountTerm, ...] | None = ()
    taxes: tuple[TaxTerm, ...] | None = ()
    rates: tuple[RateTerm, ...] | None = ()
    tax_added: bool | None = None


@dataclass(frozen=True, slots=True)
class PricePart:
    """What a tariff or an add-on costs for the whole period; None where nothing shows it."""

    name: str
    amount: Decimal | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class TariffOffer:
    """What a tariff and its add-ons cost for a period, before the terms of any client.

    ``seller`` and ``product`` are options under all that they are known as; ``unclear`` is a price
    that can be read in two ways.
    """

    parts: tuple[PricePart, ...]
    currency: str
    unclear: str = ""
    seller: frozenset[str] = frozenset()
    product: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What is bought, on which day, and from whom.

    ``parts`` are the tariff and its add-ons, in ``currency``. ``pays_in`` is the currency of the
    account, an empty text where it is that of the tariff. ``seller`` and ``product`` are options
    under all that they are known as. ``whole``: nothing is bought beside the parts.
    """

    action: Purchased
    day: date
    months: int
    parts: tuple[PricePart, ...]
    currency: str
    pays_in: str = ""
    seller: frozenset[str] = frozenset()
    product: frozenset[str] = frozenset()
    daily: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """What a purchase costs, and how that comes about; ``why`` says why it is not known.

    ``discount`` is what a discount takes off, ``tax`` the part of the amount that is tax.
    """

    amount: Decimal | None
    currency: str
    discount: Decimal | None
    tax: Decimal | None
    steps: tuple[PriceStep, ...]
    why: str = ""


def compute_price(purchase: Purchase, terms: ClientTerms) -> Price:
    """Return the price of a purchase by a client's terms, with all of its steps."""
    steps = [_part_step(purchase, each) for each in purchase.parts]
    lacking = next((part for part in purchase.parts if part.amount is None), None)
    if lacking is not None or not purchase.parts:
        why = (lacking.why if lacking else "") or "the panel shows no price of the tariff"
        return _unknown(purchase, steps, f"{lacking.name}: {why}" if lacking else why)
    full = round_money(sum((part.amount or Decimal(0) for part in purchase.parts), Decimal(0)))
    paid_in = purchase.pays_in or purchase.currency
    if paid_in != purchase.currency:
        rate = _find_rate(purchase, terms.rates)
        if isinstance(rate, str):
            return _unknown(purchase, steps, rate)
        name, worth = rate
        full = round_money(full * worth)
        words = f"1 {purchase.currency} = {worth.normalize():f} {paid_in}"
        steps.append(PriceStep("conversion", name, full, paid_in, "counts", words))
    taken, lines, doubt = _discount(purchase, terms.discounts, full, paid_in)
    steps += lines
    if taken is None:
        return _unknown(purchase, steps, doubt)
    due = full - taken
    tax, lines = _tax(purchase, terms, due, paid_in)
    steps += lines
    if terms.tax_added:
        if tax is None:
            return _unknown(purchase, steps, "a tax is added to the price, and it is not known")
        due += tax
    steps.append(PriceStep("total", "", due, paid_in, "counts"))
    return Price(due, paid_in, taken, tax, tuple(steps))


def round_money(amount: Decimal, places: Decimal = _CENT) -> Decimal:
    """Round an amount as the panel does: half up, to two decimals (four in ``item_cost``)."""
    return amount.quantize(places, ROUND_HALF_UP)


def tax_within(amount: Decimal, rate: Decimal) -> Decimal:
    """Return the tax that an amount holds, at a rate in per cent."""
    return round_money(amount - amount / ((_WHOLE + rate) / _WHOLE))


def tax_of(purchase: Purchase, terms: ClientTerms, amount: Decimal) -> Decimal | None:
    """Return the tax within an amount that is known otherwise; None where no rule is certain."""
    within = _tax(purchase, replace(terms, tax_added=False), amount, purchase.currency)[0]
    if not terms.tax_added or not within:
        return within
    near = (within + _CENT * each for each in (0, -1, 1))
    found = (each for each in near if _tax(purchase, terms, amount - each, "")[0] == each)
    return next(found, None)


def _unknown(purchase: Purchase, steps: Iterable[PriceStep], why: str) -> Price:
    currency = purchase.pays_in or purchase.currency
    total = PriceStep("total", "", None, currency, "unknown", why)
    return Price(None, currency, None, None, (*steps, total), why)


def _part_step(purchase: Purchase, part: PricePart) -> PriceStep:
    first = part is purchase.parts[0]
    effect: StepEffect = "unknown" if part.amount is None else "counts"
    why = part.why or (f"for {count_months(purchase.months)}" if purchase.months else "")
    kind: StepKind = "product" if first else "addon"
    return PriceStep(kind, part.name, part.amount, purchase.currency, effect, why)


def _find_rate(purchase: Purchase, rates: Sequence[RateTerm] | None) -> tuple[str, Decimal] | str:
    """Return the rate that converts the tariff's currency, or why there is none."""
    pair = (purchase.currency, purchase.pays_in)
    lacking = f"the tariff costs {pair[0]}, the account is in {pair[1]}"
    if rates is None:
        return f"{lacking}, and the client's rates were not read"
    mine = [each for each in rates if {each.base, each.relate} == {*pair}]
    if any(each.first is None for each in mine):
        return f"{lacking}, and a rate of the client has no day that can be read"
    due = [each for each in mine if each.first is not None and each.first <= purchase.day]
    if not due:
        return f"{lacking}, and the client has no rate between them"
    latest = max(each.first for each in due if each.first is not None)
    found = [each for each in due if each.first == latest]
    worths = {_worth(each, pair[0]) for each in found}
    worth = worths.pop() if len(worths) == 1 else None
    if worth is None:
        return f"{lacking}, and the client's rate of {latest} is not known"
    return found[0].name, worth


def _worth(rate: RateTerm, currency: str) -> Decimal | None:
    if not rate.worth or rate.worth < 0:
        return None
    return rate.worth if rate.base == currency else 1 / rate.worth


def _discount(
    purchase: Purchase, discounts: Sequence[DiscountTerm] | None, full: Decimal, currency: str
) -> tuple[Decimal | None, list[PriceStep], str]:
    """Return what a discount takes off, a step for each of them, and why it is not known."""
    if purchase.action == "change":
        return Decimal(0), [], ""
    if discounts is None:
        return None, [], "the client's discounts were not read"
    judged = [(each, _suits(purchase, each)) for each in discounts]
    promoted = any(yes and each.promotion for each, (yes, _) in judged)
    suiting = [each for each, (yes, _) in judged if yes]
    winner = max(suiting, key=lambda each: _rank(each, promoted=promoted), default=None)
    steps: list[PriceStep] = []
    doubt = ""
    taken: Decimal | None = Decimal(0)
    for each, (yes, why) in judged:
        if each is winner:
            known = each.share is not None and each.priority is not None
            taken = round_money(full * (each.share or Decimal(0)) / _WHOLE) if known else None
            doubt = doubt or (
                "" if known else f"{each.name}: its percentage or priority is unknown"
            )
            effect: StepEffect = "counts" if known else "unknown"
            amount = None if taken is None else -taken
            words = _share_words(each)
            steps.append(PriceStep("discount", each.name, amount, currency, effect, words))
        elif yes is False:
            steps.append(PriceStep("discount", each.name, None, currency, "loses", why))
        elif winner is not None and _outranks(winner, each, promoted=promoted):
            words = _lost_to(winner, each)
            steps.append(PriceStep("discount", each.name, None, currency, "loses", words))
        else:
            doubt = doubt or f"{each.name}: {why or 'its percentage or priority is unknown'}"
            steps.append(PriceStep("discount", each.name, None, currency, "unknown", why))
    return (None if doubt else taken), steps, doubt


def _suits(purchase: Purchase, term: DiscountTerm) -> tuple[bool | None, str]:
    """Return whether a discount is for a purchase, and why not; None where that is unknown."""
    if term.first is not None and purchase.day < term.first:
        return False, f"it begins on {term.first}"
    if term.last is not None and purchase.day > term.last:
        return False, f"it ended on {term.last}"
    if term.periods and purchase.months not in term.periods:
        named = ", ".join(str(each) for each in sorted(term.periods))
        return False, f"it is for periods of {named} months"
    if term.actions is not None and purchase.action not in term.actions:
        return False, f"it is not for {purchase.action}s"
    if purchase.daily and purchase.action == "renewal":
        return False, "no discount on renewals is given on a tariff that is charged by the day"
    if term.share is not None and not term.share:
        return False, "it takes nothing off"
    if term.actions is None:
        return None, "it is not known whether it is for orders, for renewals, or for both"
    if term.periods is None:
        return None, "its periods are not known"
    return True, ""


def _rank(term: DiscountTerm, *, promoted: bool) -> tuple[bool, int, bool, Decimal]:
    """Return the precedence of a discount; what is not known of it counts as the most."""
    priority = term.priority if term.priority is not None else 10**9
    share = term.share if term.share is not None else _WHOLE
    held = promoted and priority < 0 and term.promotion is not True
    return (not held, priority, term.promotion is not True, share)


def _outranks(winner: DiscountTerm, other: DiscountTerm, *, promoted: bool) -> bool:
    # Two whose sort is left out are of one sort, the panel's own.
    sorts = {winner.promotion, other.promotion}
    unsure = len(sorts) > 1 and None in sorts and other.priority == winner.priority
    mine, others = (_rank(each, promoted=promoted) for each in (winner, other))
    if mine == others and other.share is not None:
        return True  # both take the same off
    return mine > others and not unsure


def _lost_to(winner: DiscountTerm, term: DiscountTerm) -> str:
    if term.priority is not None and term.priority < 0 and winner.promotion:
        return f"its priority is negative, and {winner.name} is of a promotion"
    if winner.priority != term.priority:
        return f"{winner.name} has a higher priority"
    if winner.promotion != term.promotion:
        return f"{winner.name} is personal, and this one is of a promotion"
    return (
        f"{winner.name} takes more off"
        if winner.share != term.share
        else (f"{winner.name} takes as much off, and discounts are not added up")
    )


def _share_words(term: DiscountTerm) -> str:
    return f"{decimal_text(term.share)} %" if term.share is not None else ""


def _tax(
    purchase: Purchase, terms: ClientTerms, due: Decimal, currency: str
) -> tuple[Decimal | None, list[PriceStep]]:
    """Return the tax within an amount or to be added to it, and a step for each rule."""
    taxes, added = terms.taxes, terms.tax_added
    if taxes is None:
        words = "the client's tax rules were not read"
        return None, [PriceStep("tax", "", None, currency, "unknown", words)]
    judged = [(each, _taxes(purchase, each)) for each in taxes]
    suiting = [each for each, (yes, _) in judged if yes is not False]
    # A rule for some product types is more special than one for all.
    special = any(each.products for each in suiting)
    first = [each for each in suiting if bool(each.products) == special]
    rates = {each.rate for each in first}
    unsure = any(yes is None for each, (yes, _) in judged) or len(rates) > 1 or None in rates
    rate = rates.pop() if len(rates) == 1 else None
    share = rate or Decimal(0)
    part = round_money(due * share / _WHOLE) if added else tax_within(due, share)
    tax = None if unsure else part
    steps = []
    for each, (yes, why) in judged:
        if yes is False:
            steps.append(PriceStep("tax", each.name, None, currency, "loses", why))
        elif each not in first:
            words = "a rule for this product type comes first"
            steps.append(PriceStep("tax", each.name, None, currency, "loses", words))
        else:
            known: StepEffect = "unknown" if tax is None else "counts" if added else "included"
            words = why or (
                "another rule of the client has another rate"
                if tax is None
                else f"{decimal_text(share)} %, {'added to' if added else 'included in'} the price"
            )
            steps.append(PriceStep("tax", each.name, tax, currency, known, words))
    return tax, steps


def _taxes(purchase: Purchase, term: TaxTerm) -> tuple[bool | None, str]:
    if purchase.seller and term.seller and not purchase.seller & term.seller:
        return False, "it is for another provider"
    if term.products is None or (term.products and not purchase.product):
        return None, "it is not known whether it is for this product type"
    if term.products and not any(each & purchase.product for each in term.products):
        return False, "it is for other product types"
    if not purchase.seller or not term.seller:
        return None, "it is not known whether it is for this provider"
    return True, ""


def known_as(*texts: str | None) -> frozenset[str]:
    """Return what an option is known as: its id and its label, in any letter case."""
    return frozenset(fold_text(text) for text in texts if text)
