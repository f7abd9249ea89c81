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
from reconciler.mapping.options import resolve_choice
from reconciler.mapping.prices import UNKNOWN
from reconciler.model.value import Choice
from reconciler.planning.tariff_offer import tariff_offer
from reconciler.wire.call import list_call
from reconciler.wire.period import months_offered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import OrderProtocol, ResourceKind
    from reconciler.model.address import Address
    from reconciler.model.plan import Money
    from reconciler.model.resource import Desired
    from reconciler.planning.pricing import TariffOffer
    from reconciler.ports import Reader
    from reconciler.wire.reply import Row


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
            exact[key] = await price_in_steps(reader, kind, desired)
        offers[desired.address] = tariff_offer(
            catalogue, kind, desired.fields, tariffs, exact=exact[key]
        )
    return offers


def _terms_key(kind: ResourceKind, desired: Desired) -> tuple[object, ...]:
    place, product = (desired.fields.get(n) for n in (kind.terms.place, kind.terms.product))
    return kind.variant_of(desired.fields), product, place, kind.months_of(desired.fields)


async def price_in_steps(reader: Reader, kind: ResourceKind, desired: Desired) -> Money:
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
