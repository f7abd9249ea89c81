"""What an order costs before a client's own terms, for a client that does not exist yet.

Such a client has no order form. Where orders are a wizard, its first step shows an administrator
the price of each tariff for a period; elsewhere the list of tariffs may show one for a span of
time, and a period of several spans costs that many times the price.

Invariant: a price is found for one tariff and a declared period; an add-on has none, because no
list shows it. The order form is compared with it immediately before the order is sent.
Doubt: whether an installation's list shows prices, and under which name; a price without its span
(``5.00 EUR``) is not read there, because its period is unknown. Whether the price in a step has a
discount off: asked as an administrator there is no client whose it could be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.engine.offers.order_steps import (
    OpenedOrder,
    OrderQuery,
    find_tariff,
    period_name,
    price_in_step,
    with_place,
)
from reconciler.errors import AccessError, RejectedError
from reconciler.kinds.money_fields import TaxFields
from reconciler.mapping.options import resolve_choice
from reconciler.mapping.prices import UNKNOWN, read_price
from reconciler.model.text import fold_text
from reconciler.model.value import Choice
from reconciler.planning.pricing import PricePart, TariffOffer, known_as
from reconciler.wire.call import list_call
from reconciler.wire.period import months_offered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import OrderProtocol, ResourceKind
    from reconciler.model.address import Address
    from reconciler.model.plan import Money
    from reconciler.model.resource import Desired
    from reconciler.ports import Reader
    from reconciler.wire.reply import Row

_NO_ADDON_PRICE = "no list shows its price to a client who does not exist yet"


async def read_tariffs(reader: Reader, kind: ResourceKind) -> tuple[Row, ...]:
    """Read the list of tariffs; empty where this user has no right to it."""
    if not kind.tariffs:
        return ()
    try:
        return await reader.rows(list_call(kind.tariffs))
    except (RejectedError, AccessError):
        return ()


async def read_offers(
    reader: Reader, catalogue: Catalogue, kind: ResourceKind, wanted: Iterable[Desired]
) -> dict[Address, TariffOffer]:
    """Read what the tariffs of some orders cost, as an administrator."""
    listed = tuple(wanted)
    tariffs = await read_tariffs(reader, kind) if listed else ()
    exact: dict[tuple[object, ...], Money] = {}
    offers = {}
    for desired in listed:
        key = _terms_key(kind, desired)
        if key not in exact:
            exact[key] = await _price_in_steps(reader, kind, desired)
        offers[desired.address] = tariff_offer(catalogue, kind, desired, tariffs, exact=exact[key])
    return offers


def tariff_offer(
    catalogue: Catalogue,
    kind: ResourceKind,
    desired: Desired,
    tariffs: Iterable[Row],
    *,
    exact: Money = UNKNOWN,
) -> TariffOffer:
    """Return what a tariff costs for a period; ``exact`` is what a step shows for these terms."""
    months = kind.months_of(desired.fields)
    named = str(desired.fields.get(kind.terms.product) or "")
    wanted = [desired.fields.get(f.name) for f in kind.facets if f.wire.options == kind.tariffs]
    rows = [row for row in tariffs if wanted and _is(row, wanted[0])]
    row = rows[0] if len(rows) == 1 else None
    price, why = exact, ""
    if exact.amount is None:
        price = _listed_price(kind, row, months) if row and months else UNKNOWN
        why = "declare its period" if not months else "no list shows its price for this period"
        why = f"its price can be read in two ways ({price.unclear})" if price.unclear else why
    parts = [PricePart(named, price.amount, "" if price.amount is not None else why)]
    addons = desired.fields.get(kind.addons)
    if isinstance(addons, Mapping):
        parts += [PricePart(each, None, _NO_ADDON_PRICE) for each in addons]
    seller, product = (_names(row, columns) for columns in _columns(catalogue))
    # The type alone does not say by which words a tax rule names it.
    product |= known_as(kind.variant_of(desired.fields)) if product else frozenset()
    return TariffOffer(tuple(parts), price.currency, price.unclear, seller, product)


def _listed_price(kind: ResourceKind, row: Row, months: int) -> Money:
    texts = [text for name in kind.price if "/" in (text := row.values.get(name, ""))]
    return read_price(texts, row.values.get("currency_str", ""), months, row.numbers)


def _columns(catalogue: Catalogue) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that say who sells, and which product it is: taxes name them alike."""
    for kind in catalogue.resources:
        if isinstance(kind.money, TaxFields):
            seller, product = (kind.by_name[n] for n in (kind.money.seller, kind.money.products))
            return seller.wire.columns, product.wire.columns
    return (), ()


def _names(row: Row | None, columns: Iterable[str]) -> frozenset[str]:
    if row is None:
        return frozenset()
    texts = [each.get(name) for name in columns for each in (row.values, row.codes)]
    return known_as(*texts)


def _terms_key(kind: ResourceKind, desired: Desired) -> tuple[object, ...]:
    place, product = (desired.fields.get(n) for n in (kind.terms.place, kind.terms.product))
    return kind.variant_of(desired.fields), product, place, kind.months_of(desired.fields)


async def _price_in_steps(reader: Reader, kind: ResourceKind, desired: Desired) -> Money:
    """Return the price that a step before the order form shows for exactly these terms."""
    query = OrderQuery(reader, kind, kind.variant_of(desired.fields), "")
    tried: set[str] = set()
    for way in kind.orders:
        for step in way.steps:
            if step in tried:
                continue
            tried.add(step)
            try:
                found = await _price_in_step(query, way, step, desired)
            except (RejectedError, AccessError):
                continue
            if found.amount is not None:
                return found
    return UNKNOWN


async def _price_in_step(
    query: OrderQuery, way: OrderProtocol, step: str, desired: Desired
) -> Money:
    kind, product = query.kind, query.kind.terms.product
    first = await query.open(step)
    if isinstance(first, RejectedError):
        return UNKNOWN
    found, tariffs, _ = await find_tariff(query, OpenedOrder(way), desired, step=step, first=first)
    wanted = desired.fields.get(product)
    if not isinstance(wanted, Choice) or not tariffs:
        return UNKNOWN
    tariff = resolve_choice(kind.by_name[product], wanted, tariffs)
    placed, why = with_place(kind, desired, found)
    period = period_name(way, found)
    months = kind.months_of(desired.fields)
    code = months_offered(found.options.get(period, {})).get(months)
    if not isinstance(tariff, Choice) or not tariff.id or why or code is None:
        return UNKNOWN
    place = placed.fields.get(kind.terms.place)
    params = [(kind.param(product), tariff.id), (period, code)]
    if isinstance(place, Choice) and place.id:
        params.append((kind.param(kind.terms.place), place.id))
    shown = await query.open(step, tuple(params))
    if isinstance(shown, RejectedError) or shown.values.get(period, code) != code:
        return UNKNOWN
    return price_in_step(kind, shown, tariff.id, months)


def _is(row: Row, choice: object) -> bool:
    if not isinstance(choice, Choice):
        return False
    if choice.id is not None:
        return row.values.get("id") == choice.id
    return fold_text(row.values.get("name", "")) == fold_text(choice.label or "")
