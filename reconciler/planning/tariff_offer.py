"""What a tariff costs for a period, by the administrator's list of tariffs.

Invariant: one row of the list has the tariff's id or name, else there is no price; a price is that
of a span of time, and a period costs whole spans.
Doubt: whether an installation's list shows prices, and under which name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.kinds.money_fields import TaxFields
from reconciler.mapping.prices import UNKNOWN, read_price
from reconciler.model.text import fold_text
from reconciler.model.value import Choice
from reconciler.planning.pricing import PricePart, TariffOffer, known_as

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Money
    from reconciler.model.value import Fields
    from reconciler.wire.reply import Row

_NO_ADDON_PRICE = "no list shows its price"


def tariff_offer(
    catalogue: Catalogue,
    kind: ResourceKind,
    fields: Fields,
    tariffs: Iterable[Row],
    *,
    exact: Money = UNKNOWN,
) -> TariffOffer:
    """Return what a tariff costs for a period; ``exact`` is what a step shows for these terms."""
    months = kind.months_of(fields)
    named = str(fields.get(kind.terms.product) or "")
    wanted = [fields.get(f.name) for f in kind.facets if f.wire.options == kind.tariffs]
    rows = [row for row in tariffs if wanted and _is(row, wanted[0])]
    row = rows[0] if len(rows) == 1 else None
    price, why = exact, ""
    if exact.amount is None:
        price = _listed_price(kind, row, months) if row and months else UNKNOWN
        why = "declare its period" if not months else "no list shows its price for this period"
        why = f"its price can be read in two ways ({price.unclear})" if price.unclear else why
    parts = [PricePart(named, price.amount, "" if price.amount is not None else why)]
    addons = fields.get(kind.addons)
    if isinstance(addons, Mapping):
        parts += [PricePart(each, None, _NO_ADDON_PRICE) for each in addons]
    seller, product = (_names(row, columns) for columns in _columns(catalogue))
    # The type alone does not say by which words a tax rule names it.
    product |= known_as(kind.variant_of(fields)) if product else frozenset()
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


def _is(row: Row, choice: object) -> bool:
    if not isinstance(choice, Choice):
        return False
    if choice.id is not None:
        return row.values.get("id") == choice.id
    return fold_text(row.values.get("name", "")) == fold_text(choice.label or "")
