"""What another period of a service costs: by the form of its renewal, else as its list prints it.

Invariants: the form is opened and never confirmed; a price that no form shows is marked as
computed, and never stands for a quote.
Source: ``service.prolong``, whose confirmation is ``sok``.
Doubt: whether the form of a renewal shows a price. A list's price may leave out add-ons, discounts
and taxes, and a price that was raised since.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from reconciler.errors import AccessError, RejectedError
from reconciler.mapping.prices import UNKNOWN, live_price, read_price
from reconciler.wire.call import form_call

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Money
    from reconciler.model.resource import Desired, Observed
    from reconciler.ports import Reader


def wants_renewal(kind: ResourceKind, desired: Desired, observed: Observed) -> bool:
    """Tell whether an object is to be paid for longer than it is."""
    name = kind.paid_through
    wanted, live = desired.fields.get(name), observed.fields.get(name)
    return isinstance(wanted, date) and isinstance(live, date) and live < wanted


async def renewal_price(
    reader: Reader, kind: ResourceKind, observed: Observed, months: int, *, is_bounded: bool
) -> Money:
    """Return what a renewal by a period of some months costs.

    Where its author bounds it (``is_bounded``), a price that no form shows is unknown: the list's
    may be less than what is taken.
    """
    listed = live_price(kind, observed)
    unquoted = UNKNOWN if is_bounded else replace(listed, computed=True)
    call = form_call(kind.renew, observed.row_id)
    if months:
        call = replace(call, params=(*call.params, ("period", str(months))))
    try:
        form = await reader.form(call)
    except (RejectedError, AccessError):
        return unquoted
    texts = [form.values[name] for name in kind.price if form.values.get(name)]
    quoted = read_price(texts, form.values.get("currency_str", ""), months, form.numbers)
    if quoted.amount is None and not quoted.unclear:
        return unquoted
    return quoted if quoted.currency else replace(quoted, currency=listed.currency)
