"""The price of changed add-ons of an existing service, from the order form of its tariff.

The form of an existing service shows no price for other add-ons. The order form for the same
tariff, place and period shows what the service would cost with the add-ons as they are and as
they shall be; the difference is what a period of the change costs. A discount on orders lowers both
prices and not the change, so the difference is that of the prices before the discount. Where the
rounding of a discount, a rate or a tax leaves more than one of these, the form is opened for other
numbers of the add-ons, and the form of the renewal is: one price of a unit may fit them all.

Invariants: forms are opened and never confirmed; a difference is computed only of prices that the
panel shows in one currency for exactly these terms, and where the tariff's own price is shown, the
form without add-ons must come to it; else the price is unknown. Where more than one difference is
left, the price is unknown, and at most the largest of them.
Doubt: what a panel takes in the middle of a period: a part of it, all of it, or a fee besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import read_list, read_object_forms
from reconciler.engine.offers.order_form import Offer, read_offer, reread_offer
from reconciler.engine.offers.renewal_price import renewal_quote
from reconciler.engine.offers.tariff_price import price_in_steps, read_tariffs
from reconciler.errors import NotRecordedError
from reconciler.kinds.fields import Mode
from reconciler.kinds.money_fields import DiscountFields, RateFields, TaxFields
from reconciler.mapping.prices import UNKNOWN
from reconciler.model.address import Address
from reconciler.model.finding import Source
from reconciler.model.plan import Money
from reconciler.model.resource import Desired, Scope
from reconciler.planning.client_terms import TermRow, find_terms
from reconciler.planning.diff import same
from reconciler.planning.impact.full_prices import (
    AddonQuote,
    extreme_prices,
    fitted_prices,
    numbers_beyond,
)
from reconciler.planning.impact.price_terms import (
    full_price_by,
    in_paid_currency,
    is_explained,
    settle_actions,
    ways_of_taxing,
)
from reconciler.planning.pricing import Purchase, compute_price
from reconciler.planning.tariff_offer import tariff_offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from reconciler.engine.offers.order_steps import Ways
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.price import FullPrices
    from reconciler.model.resource import Observed
    from reconciler.model.value import Fields, Value
    from reconciler.planning.impact.full_prices import Numbers
    from reconciler.planning.pricing import ClientTerms
    from reconciler.ports import Reader

_CENT = Decimal("0.01")
# The order form is opened for so many other numbers of one add-on.
_NUMBERS = 4


@dataclass(frozen=True, slots=True)
class AddonPrice:
    """What a change of add-ons takes for one period, and what the service costs with them."""

    money: Money
    full: FullPrices | None = None


def changes_addons(kind: ResourceKind, desired: Desired, observed: Observed) -> bool:
    """Return whether a resource declares other paid add-ons than its object has."""
    if not kind.charges(desired.fields) or kind.addons not in desired.fields:
        return False
    wanted, live = desired.fields[kind.addons], observed.fields.get(kind.addons)
    return same(kind.by_name[kind.addons], wanted, live) is False


async def addon_price(
    reader: Reader,
    catalogue: Catalogue,
    desired: Desired,
    observed: Observed,
    *,
    login: str,
    ways: Ways,
    today: date,
) -> AddonPrice:
    """Return the additional price of a service's new add-ons for one period.

    Raises: RejectedError when the panel itself has a fault.
    """
    kind = catalogue.by_name[desired.address.kind]
    live = _as_map(observed.fields.get(kind.addons))
    wanted = {**live, **_as_map(desired.fields.get(kind.addons))}
    order = desired._replace(fields={**_fixed(kind, desired, observed), kind.addons: wanted})
    terms = await _terms(reader, catalogue, observed, today)
    return await find_full_prices(
        reader, catalogue, order, observed, login=login, ways=ways, today=today, terms=terms
    )


async def find_full_prices(
    reader: Reader,
    catalogue: Catalogue,
    order: Desired,
    observed: Observed | None,
    *,
    login: str,
    ways: Ways,
    today: date,
    terms: ClientTerms,
) -> AddonPrice:
    """Return what a service costs before the terms of its client, ordered anew or as it is.

    Without an ``observed`` service, what it has by now is the tariff without further add-ons.
    Raises: RejectedError when the panel itself has a fault.
    """
    kind = catalogue.by_name[order.address.kind]
    offer = await read_offer(reader, kind, order, login=login, ways=ways)
    if offer.form is None or offer.obstacle or offer.missing or offer.findings:
        return AddonPrice(UNKNOWN)
    forms = _OrderForms(reader, kind, offer, login)
    try:
        return await _full_prices(forms, catalogue, observed, terms, today=today)
    except NotRecordedError:
        return AddonPrice(UNKNOWN)


async def _full_prices(
    forms: _OrderForms,
    catalogue: Catalogue,
    observed: Observed | None,
    terms: ClientTerms,
    *,
    today: date,
) -> AddonPrice:
    addons = forms.kind.addons
    live = _as_map(observed.fields.get(addons)) if observed else {}
    wanted = _as_map(forms.desired.fields.get(addons))
    proposed = await forms.proposed()
    base = proposed | {name: text for name, text in live.items() if not text.isdecimal()}
    shown = [await forms.price(each) for each in (base, {**base, **live}, wanted)]
    currency = shown[0].currency
    if any(each.amount is None or each.currency != currency for each in shown):
        return AddonPrice(UNKNOWN)
    purchase = await _purchase(forms, catalogue, today, currency)
    asked = _AddonQuotes(forms, purchase, base, live=live, wanted=wanted)
    amounts = [each.amount or Decimal(0) for each in shown]
    return await asked.price(amounts, terms, observed, is_tariff=base == proposed)


class _OrderForms:
    """Opens the order form of one tariff with other add-ons."""

    def __init__(self, reader: Reader, kind: ResourceKind, offer: Offer, login: str) -> None:
        self.reader = reader
        self.kind = kind
        self.login = login
        self.desired = offer.desired
        self._offer = offer
        wanted = _as_map(offer.desired.fields.get(kind.addons))
        self._known = {tuple(sorted(wanted.items())): offer.price(kind)}

    async def proposed(self) -> dict[str, str]:
        """Return the add-ons that the form itself proposes for the tariff."""
        offer = await self._opened({})
        return offer.addons(self.kind)

    async def price(self, addons: Mapping[str, str]) -> Money:
        """Return what the form shows with some add-ons; unknown where it does not open for them."""
        key = tuple(sorted(addons.items()))
        if key not in self._known:
            self._known[key] = (await self._opened(addons)).price(self.kind)
        return self._known[key]

    async def _opened(self, addons: Mapping[str, str]) -> Offer:
        fields = {**self.desired.fields, self.kind.addons: dict(addons)}
        wanted = replace(self._offer, desired=self.desired._replace(fields=fields))
        return await reread_offer(self.reader, self.kind, wanted, login=self.login)


class _AddonQuotes:
    """What the forms show for a change of add-ons, and what follows from it."""

    def __init__(
        self,
        forms: _OrderForms,
        order: Purchase,
        base: Mapping[str, str],
        *,
        live: Mapping[str, str],
        wanted: Mapping[str, str],
    ) -> None:
        self._forms = forms
        self._order = order
        self._base = base
        self._live = numbers_beyond(base, live)
        self._wanted = numbers_beyond(base, wanted)
        self._quotes: list[AddonQuote] = []

    async def price(
        self,
        amounts: Sequence[Decimal],
        terms: ClientTerms,
        observed: Observed | None,
        *,
        is_tariff: bool,
    ) -> AddonPrice:
        """Return what the change costs, by three prices: as proposed, as it is, as it shall be."""
        order, bare = self._order, amounts[0]
        terms = settle_actions(order, bare, terms)
        explained = is_tariff and _is_explained(order, bare, terms)
        priced = compute_price(order, replace(terms, tax_added=False)).amount
        if is_tariff and order.whole and priced is not None and not explained:
            # Something that the client's lists do not show is in the price.
            return AddonPrice(UNKNOWN)
        # That the client's rate converts what is beside the tariff, too, is not known.
        certain = explained or order.pays_in == order.currency
        if not certain:
            order = in_paid_currency(order)
        elif not explained:
            order = replace(order, parts=(), whole=False)
        other = replace(order, parts=(), whole=False)
        purchases = (order, *(other if each else order for each in (self._live, self._wanted)))
        numbers: tuple[Numbers, ...] = ({}, self._live, self._wanted)
        self._quotes = [AddonQuote(*each) for each in zip(purchases, numbers, amounts, strict=True)]
        found = extreme_prices(self._quotes, terms, self._live, self._wanted) or set()
        if certain and len(found) > 1:
            await self._ask_more(other, observed)
            found = fitted_prices(self._quotes, terms, self._live, self._wanted) or found
        return _priced(order, terms, found, is_certain=certain)

    async def _ask_more(self, order: Purchase, observed: Observed | None) -> None:
        """Ask for other numbers of each add-on of the service, and for a renewal as it is."""
        for name in sorted({*self._live, *self._wanted} & self._base.keys()):
            base = int(self._base[name])
            numbers = [each.get(name, 0) for each in (self._live, self._wanted)]
            for number in _further(base, [base + each for each in numbers]):
                shown = await self._forms.price({**self._base, name: str(number)})
                if shown.amount is None or shown.currency != order.pays_in:
                    break
                self._quotes.append(AddonQuote(order, {name: number - base}, shown.amount))
        renewal = None
        if observed is not None:
            renewal = await renewal_quote(self._forms.reader, self._forms.kind, observed)
        if (
            renewal
            and renewal.amount is not None
            and (renewal.currency, renewal.months) == (order.pays_in, order.months)
        ):
            later = replace(order, action="renewal")
            self._quotes.append(AddonQuote(later, self._live, renewal.amount))


def _further(base: int, numbers: Iterable[int]) -> Iterator[int]:
    """Return numbers of an add-on, each beyond the last: the first is one that is known to do."""
    number = max(*numbers, base + 1)
    for _ in range(_NUMBERS):
        yield number
        number += max(number - base, 1)


def _is_explained(order: Purchase, amount: Decimal, terms: ClientTerms) -> bool:
    ways = ways_of_taxing(order, amount, terms)
    return any(is_explained(order, amount, replace(terms, tax_added=each)) for each in ways)


def _priced(
    order: Purchase, terms: ClientTerms, found: Iterable[FullPrices], *, is_certain: bool
) -> AddonPrice:
    """Return what a change costs, by the full prices that it may have."""
    listed = list(found)
    change = replace(order, action="change")
    amounts = set()
    for each in listed:
        more = max(each.wanted - each.live, Decimal(0))
        taxed = replace(terms, tax_added=each.tax_added)
        amounts.add(full_price_by(change, more, taxed).amount)
    known = sorted(each for each in amounts if each is not None)
    full = listed[0] if len(listed) == 1 and is_certain else None
    if not known or len(known) < len(amounts):
        return AddonPrice(UNKNOWN)
    if len(known) == 1 and is_certain:
        return AddonPrice(Money(known[0], order.pays_in, computed=True), full)
    most = known[-1] + (0 if is_certain else _CENT)
    return AddonPrice(Money(None, "", at_most=((order.pays_in, most),)))


async def _purchase(
    forms: _OrderForms, catalogue: Catalogue, today: date, currency: str
) -> Purchase:
    """Return what an order of the tariff without add-ons buys, at the price that the panel shows.

    A price of a step before the form is that of exactly this period; a list's may not be.
    """
    kind, desired = forms.kind, forms.desired
    rows = await read_tariffs(forms.reader, kind)
    exact = await price_in_steps(forms.reader, kind, desired)
    fields = {name: value for name, value in desired.fields.items() if name != kind.addons}
    tariff = tariff_offer(catalogue, kind, fields, rows, exact=exact)
    return Purchase(
        action="order",
        day=today,
        months=kind.months_of(fields),
        parts=tariff.parts,
        currency=tariff.currency,
        pays_in=currency,
        seller=tariff.seller,
        product=tariff.product,
        whole=exact.amount is not None,
    )


async def _terms(
    reader: Reader, catalogue: Catalogue, observed: Observed, today: date
) -> ClientTerms:
    """Read the terms of a client; unknown where one of them may not be read."""
    rows: dict[str, list[TermRow] | None] = {}
    for kind in catalogue.resources:
        if not isinstance(kind.money, DiscountFields | RateFields | TaxFields):
            continue
        listed = await read_list(reader, kind, Scope(kind.name, "", observed.scope.parent))
        opened = await read_object_forms(reader, kind, listed, why="a price depends on it")
        forms = [each.observed.fields for each in opened.forms.values()]
        rows[kind.name] = None if opened.denied else [TermRow("", f, live=True) for f in forms]
    return find_terms(catalogue, rows, today)


def order_of(kind: ResourceKind, service: Observed, name: str) -> Desired:
    """Return an order of the same as a service; ``name`` stands for a manifest that it lacks."""
    fields: Fields = {kind.variant: service.scope.variant} if kind.variant else {}
    bare = Desired(Address(kind.name, name), fields, Source(""))
    addons = service.fields.get(kind.addons)
    return bare._replace(fields={**_fixed(kind, bare, service), kind.addons: addons})


def _fixed(kind: ResourceKind, desired: Desired, observed: Observed) -> dict[str, Value]:
    """Return the live values that decide the price of a service beside its add-ons."""
    fields: dict[str, Value] = {}
    for facet in kind.facets:
        live = observed.fields.get(facet.name)
        if facet.wire.mode is Mode.CREATE_ONLY and live is not None and not facet.wire.free:
            fields[facet.name] = live
    declared = {name: desired.fields[name] for name in (kind.variant,) if name in desired.fields}
    return {**fields, **declared}


def _as_map(value: Value) -> dict[str, str]:
    return dict(value) if isinstance(value, Mapping) else {}
