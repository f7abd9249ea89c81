"""The price of changed add-ons of an existing service, from the order form of its tariff.

The form of an existing service shows no price for other add-ons. The order form for the same
tariff, place and period shows what the service would cost with the add-ons as they are and as
they shall be; the difference is what a period of the change costs. A discount on orders may lower
both prices and not the change, so the difference is taken as it would be without any.

Invariant: a difference is computed only of two prices that the panel shows in one currency for
exactly these terms; else the price is unknown.
Doubt: what a panel takes in the middle of a period: a part of it, all of it, or a fee besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import read_list, read_object_forms
from reconciler.engine.offers.order_form import read_offer
from reconciler.kinds.fields import Mode
from reconciler.kinds.money_fields import DiscountFields
from reconciler.mapping.prices import UNKNOWN
from reconciler.model.resource import Scope
from reconciler.planning.diff import same

if TYPE_CHECKING:
    from reconciler.engine.offers.order_steps import Ways
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Money
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Value
    from reconciler.ports import Reader

_WHOLE = Decimal(100)
_CENT = Decimal("0.01")


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
) -> Money:
    """Return the highest additional price of a service's new add-ons for one period.

    Raises: RejectedError when the panel itself has a fault.
    """
    kind = catalogue.by_name[desired.address.kind]
    prices = []
    live = _as_map(observed.fields.get(kind.addons))
    for addons in (live, {**live, **_as_map(desired.fields.get(kind.addons))}):
        terms = {**_fixed(kind, desired, observed), kind.addons: addons}
        wanted = replace(desired, fields=terms)
        offer = await read_offer(reader, kind, wanted, login=login, ways=ways)
        if offer.form is None or offer.obstacle or offer.missing or offer.findings:
            return UNKNOWN
        prices.append(offer.price(kind))
    before, after = prices
    if before.amount is None or after.amount is None or before.currency != after.currency:
        return UNKNOWN
    lowered = await _lowered_by(reader, catalogue, observed)
    if lowered is None:
        return UNKNOWN
    more = max(after.amount - before.amount, Decimal(0)) / (1 - lowered)
    return replace(after, amount=more.quantize(_CENT, ROUND_HALF_UP), computed=True)


async def _lowered_by(reader: Reader, catalogue: Catalogue, observed: Observed) -> Decimal | None:
    """Return the largest discount of a client, as a share; None where one does not show it."""
    shares = [Decimal(0)]
    for kind in catalogue.resources:
        if not isinstance(kind.money, DiscountFields):
            continue
        listed = await read_list(reader, kind, Scope(kind.name, "", observed.scope.parent))
        opened = await read_object_forms(reader, kind, listed)
        if opened.denied:
            return None
        for each in opened.forms.values():
            share = each.observed.fields.get(kind.money.share)
            if not isinstance(share, Decimal) or not 0 <= share < _WHOLE:
                return None
            shares.append(share / _WHOLE)
    return max(shares)


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
