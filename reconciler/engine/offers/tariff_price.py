"""The price of an order by the list of tariffs, for a client that does not exist yet.

Such a client has no order form. The administrator's list of tariffs may show the price of each
tariff for a span of time; a period of several spans costs that many times the price.

Invariant: a price is computed for one tariff, a declared period and no add-ons; else it is unknown.
The order form is compared with it immediately before the order is sent.
Doubt: whether an installation's list shows prices, and under which name; a price without its span
(``5.00 EUR``) is not read, because its period is unknown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import AccessError, RejectedError
from reconciler.mapping.prices import UNKNOWN, read_price
from reconciler.model.text import fold_text
from reconciler.model.value import Choice
from reconciler.wire.call import list_call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Money
    from reconciler.model.resource import Desired
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


def tariff_price(kind: ResourceKind, desired: Desired, tariffs: Iterable[Row]) -> Money:
    """Compute the price of an order before discounts and taxes; unknown instead of a guess."""
    months = kind.months_of(desired.fields)
    wanted = [desired.fields.get(f.name) for f in kind.facets if f.wire.options == kind.tariffs]
    rows = [row for row in tariffs if wanted and _is(row, wanted[0])]
    if len(rows) != 1 or not months or desired.fields.get(kind.addons):
        return UNKNOWN
    (row,) = rows
    texts = [text for name in kind.price if "/" in (text := row.values.get(name, ""))]
    price = read_price(texts, row.values.get("currency_str", ""), months, row.numbers)
    return replace(price, computed=True) if price.amount is not None else price


def _is(row: Row, choice: object) -> bool:
    if not isinstance(choice, Choice):
        return False
    if choice.id is not None:
        return row.values.get("id") == choice.id
    return fold_text(row.values.get("name", "")) == fold_text(choice.label or "")
