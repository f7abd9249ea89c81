"""The price of changed add-ons of an existing service, from the order form of its tariff.

The form of an existing service shows no price for other add-ons. The order form for the same
tariff, place and period shows what the service would cost with the add-ons as they are and as
they shall be; the difference is what a period of the change costs. A discount on orders lowers both
prices and not the change, so the difference is that of the prices before the discount.

Invariants: a difference is computed only of two prices that the panel shows in one currency for
exactly these terms; else the price is unknown. Where the cents that a discount was rounded by leave
more than one difference, the price is unknown, and at most the largest of them.
Doubt: what a panel takes in the middle of a period: a part of it, all of it, or a fee besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import read_list, read_object_forms
from reconciler.engine.offers.order_form import read_offer
from reconciler.engine.offers.tariff_price import read_tariffs
from reconciler.kinds.fields import Mode
from reconciler.kinds.money_fields import DiscountFields, RateFields
from reconciler.mapping.prices import UNKNOWN
from reconciler.model.plan import Money
from reconciler.model.resource import Scope
from reconciler.planning.client_terms import TermRow, find_terms
from reconciler.planning.diff import same
from reconciler.planning.impact.price_terms import (
    converted_differences,
    full_prices,
    settle_actions,
)
from reconciler.planning.pricing import Purchase
from reconciler.planning.tariff_offer import tariff_offer

if TYPE_CHECKING:
    from datetime import date

    from reconciler.engine.offers.order_steps import Ways
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Value
    from reconciler.planning.pricing import ClientTerms
    from reconciler.ports import Reader


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
) -> Money:
    """Return the additional price of a service's new add-ons for one period.

    Raises: RejectedError when the panel itself has a fault.
    """
    kind = catalogue.by_name[desired.address.kind]
    prices = []
    fixed = _fixed(kind, desired, observed)
    live = _as_map(observed.fields.get(kind.addons))
    for addons in (live, {**live, **_as_map(desired.fields.get(kind.addons))}):
        wanted = desired._replace(fields={**fixed, kind.addons: addons})
        offer = await read_offer(reader, kind, wanted, login=login, ways=ways)
        if offer.form is None or offer.obstacle or offer.missing or offer.findings:
            return UNKNOWN
        prices.append(offer.price(kind))
    before, after = prices
    if before.amount is None or after.amount is None or before.currency != after.currency:
        return UNKNOWN
    terms = await _terms(reader, catalogue, observed, today)
    tariff = tariff_offer(catalogue, kind, fixed, await read_tariffs(reader, kind))
    order = Purchase(
        action="order",
        day=today,
        months=kind.months_of(fixed),
        parts=tariff.parts,
        currency=tariff.currency,
        pays_in=after.currency,
    )
    terms = settle_actions(order, before.amount, terms)
    found = {
        max(more, Decimal(0))
        for old in full_prices(order, before.amount, terms)
        for new in full_prices(replace(order, parts=()), after.amount, terms)
        for more in converted_differences(order, terms, old, new)
    }
    if len(found) == 1:
        return replace(after, amount=found.pop(), computed=True)
    most = max(found, default=None)
    return UNKNOWN if most is None else Money(None, "", at_most=((after.currency, most),))


async def _terms(
    reader: Reader, catalogue: Catalogue, observed: Observed, today: date
) -> ClientTerms:
    """Read the discounts and rates of a client; unknown where one of them may not be read."""
    rows: dict[str, list[TermRow] | None] = {}
    for kind in catalogue.resources:
        if not isinstance(kind.money, DiscountFields | RateFields):
            continue
        listed = await read_list(reader, kind, Scope(kind.name, "", observed.scope.parent))
        opened = await read_object_forms(reader, kind, listed)
        forms = [each.observed.fields for each in opened.forms.values()]
        rows[kind.name] = None if opened.denied else [TermRow("", f, live=True) for f in forms]
    return find_terms(catalogue, rows, today)


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
