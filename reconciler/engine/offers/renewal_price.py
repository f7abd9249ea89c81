"""The price of one more period of a service: from its renewal form, else from its list.

Invariants: the form is opened and never confirmed; a price that no form shows is marked as
computed, and never counts as a quote.
Source: ``service.prolong``, whose confirmation is ``sok``.
Doubt: whether the form of a renewal shows a price. A list's price may leave out add-ons, discounts
and taxes, and a price that was raised since.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from reconciler.errors import AccessError, NotRecordedError, RejectedError
from reconciler.mapping.prices import UNKNOWN, live_price, read_price
from reconciler.planning.impact.facts import RenewalQuote
from reconciler.wire.call import form_call
from reconciler.wire.period import months_of

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Money
    from reconciler.model.resource import Desired, Observed
    from reconciler.ports import Reader


def wants_renewal(kind: ResourceKind, desired: Desired, observed: Observed) -> bool:
    """Return whether an object is declared as paid longer than it is."""
    name = kind.paid_through
    wanted, live = desired.fields.get(name), observed.fields.get(name)
    return isinstance(wanted, date) and isinstance(live, date) and live < wanted


async def renewal_price(
    reader: Reader, kind: ResourceKind, observed: Observed, months: int, *, is_bounded: bool
) -> Money:
    """Return the price of a renewal by some months.

    With a ``maxPrice`` (``is_bounded``), a price that no form shows is unknown: the one in the
    list may be lower than the charge.
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


async def renewal_quote(
    reader: Reader, kind: ResourceKind, observed: Observed
) -> RenewalQuote | None:
    """Return what the form of a renewal shows for the object's own period; None without a price.

    Its amount is None where the price can be read in two ways.
    """
    try:
        form = await reader.form(form_call(kind.renew, observed.row_id))
    except (RejectedError, AccessError, NotRecordedError):
        return None
    code = form.values.get("period", "")
    months = months_of(code, form.options.get("period", {}).get(code, code)) or 0
    months = months or kind.months_of(observed.fields)
    texts = [form.values[name] for name in kind.price if form.values.get(name)]
    quoted = read_price(texts, form.values.get("currency_str", ""), months, form.numbers)
    if (quoted.amount is None and not quoted.unclear) or months < 1:
        return None
    unit = quoted.currency or live_price(kind, observed).currency
    return RenewalQuote(quoted.amount, unit, months)
