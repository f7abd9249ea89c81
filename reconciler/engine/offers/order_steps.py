"""Find out how a panel takes orders: by a form that opens bare, or by the steps of a wizard.

Invariant: forms are only opened, nothing is ordered; a refusal is reported in the panel's words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice, product
from typing import TYPE_CHECKING

from reconciler.errors import RejectedError
from reconciler.mapping.options import OptionNotFound, resolve_choice
from reconciler.mapping.prices import UNKNOWN, read_price
from reconciler.model.value import Choice
from reconciler.wire.call import create_form_call
from reconciler.wire.period import months_offered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.kinds.kind import OrderProtocol, ResourceKind
    from reconciler.model.plan import Money
    from reconciler.model.resource import Desired
    from reconciler.ports import Reader
    from reconciler.wire.call import Params
    from reconciler.wire.reply import Form, Row

# For a tariff that a step does not list at first, so many places and periods are tried.
_READINGS = 24


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """Opens order forms of a panel, as one client, for one type of service.

    Without a ``login`` the administrator asks, who is shown all that is sold.
    """

    reader: Reader
    kind: ResourceKind
    variant: str
    login: str

    async def open(
        self, func: str, params: Params = (), *, labels: bool = False
    ) -> Form | RejectedError:
        """Open a form, or return the panel's refusal.

        Raises: RejectedError when the panel itself has a fault.
        """
        call = create_form_call(
            self.kind.func(func, self.variant), su=self.login or None, params=params
        )
        try:
            return await self.reader.form(replace(call, labels=labels))
        except RejectedError as refusal:
            if refusal.is_trouble:
                raise
            return refusal


@dataclass(frozen=True, slots=True)
class OpenedOrder:
    """The way in which a panel takes orders, and its order form if it opens bare."""

    way: OrderProtocol | None
    form: Form | None = None
    is_bare: bool = False
    reason: str = ""


async def open_order(query: OrderQuery) -> OpenedOrder:
    """Find out how a panel takes orders: a function that it lacks belongs to another way."""
    ways = query.kind.orders
    for way in ways:
        found = await query.open(way.func)
        if not isinstance(found, RejectedError):
            return OpenedOrder(way, found, is_bare=True)
        if not found.is_missed:
            # The last step of a wizard is refused until the steps before it are done.
            return OpenedOrder(way, reason=refused_order(query, way.func, found))
    names = " or ".join(query.kind.func(way.func, query.variant) for way in ways)
    return OpenedOrder(None, reason=f"the panel has no order form {names}")


def refused_order(query: OrderQuery, func: str, refusal: RejectedError) -> str:
    """Return why the panel does not open a function, in its own words."""
    name = query.kind.func(func, query.variant)
    return f"the panel does not open {name}: {refusal.message or refusal.code!r}"


def tariffs_of(kind: ResourceKind, form: Form) -> dict[str, str]:
    """Return the tariffs that a step offers, by id.

    Source: a list ``tariflist`` with ``pricelist``, ``desc``, ``order_available``; or options.
    """
    listed = _listed_tariffs(kind, form)
    offered = {key: name for key, name, row in listed if not _is_sold_out(row)}
    return offered if listed else dict(form.options.get(kind.menu(kind.terms.product), {}))


def sold_out(kind: ResourceKind, form: Form) -> dict[str, str]:
    """Return the tariffs that a step lists but that cannot be ordered now, by id."""
    return {key: name for key, name, row in _listed_tariffs(kind, form) if _is_sold_out(row)}


def _listed_tariffs(kind: ResourceKind, form: Form) -> list[tuple[str, str, Row]]:
    """Return the id, the name and the row of each tariff that a step lists."""
    param = kind.param(kind.terms.product)
    named = ("desc", "name", param)
    return [
        (key, next(filter(None, map(row.values.get, named)), ""), row)
        for rows in form.lists.values()
        for row in rows
        if (key := row.code(param))
    ]


def price_in_step(kind: ResourceKind, form: Form, tariff: str, months: int) -> Money:
    """Return the price that a step shows for a tariff and its own period; unknown if it has none.

    Doubt: that the price is that of the whole period, where it names no other span.
    """
    for key, _, row in _listed_tariffs(kind, form):
        if key == tariff:
            texts = [text for name in kind.price if (text := row.values.get(name, ""))]
            return read_price(texts, row.values.get("currency_str", ""), months, row.numbers)
    return UNKNOWN


def _is_sold_out(row: Row) -> bool:
    return row.code("order_available") in {"off", "0"}


def with_place(kind: ResourceKind, desired: Desired, step: Form) -> tuple[Desired, str]:
    """Set the place of a service: the declared one, the proposed one, or the only one."""
    place = kind.terms.place
    offers = step.options.get(kind.menu(place), {})
    declared = desired.fields.get(place)
    if not offers:
        return desired, ""
    if isinstance(declared, Choice):
        found = resolve_choice(kind.by_name[place], declared, offers)
        if isinstance(found, OptionNotFound):
            return desired, f"{place}: {found.message}"
    else:
        proposed = step.values.get(kind.param(place), "")
        if proposed not in offers and len(offers) > 1:
            return desired, f"declare {place}: the panel offers {', '.join(offers.values())}"
        key = proposed if proposed in offers else next(iter(offers))
        found = Choice(key, offers[key])
    return desired._replace(fields={**desired.fields, place: found}), ""


def period_name(way: OrderProtocol, form: Form) -> str:
    """Return a form's parameter for the period; the panel ignores a name that it does not show."""
    shown = {*form.values, *form.options, *form.inputs}
    return next((name for name in way.period if name in shown), way.period[-1])


async def find_tariff(
    query: OrderQuery, opened: OpenedOrder, desired: Desired, *, step: str, first: Form
) -> tuple[Form, dict[str, str], Params]:
    """Open a step for each place and period until it lists the wanted tariff.

    Return the form, all tariffs that were listed, and the place and period of the form.
    """
    kind = query.kind
    listed = {**tariffs_of(kind, first)}
    if opened.way is None or _is_listed(kind, desired, {**listed, **sold_out(kind, first)}):
        return first, listed, ()
    for terms in islice(_places_and_periods(kind, opened.way, first, desired), _READINGS):
        form = await query.open(step, terms)
        if isinstance(form, RejectedError):
            continue
        found = tariffs_of(kind, form)
        listed |= found
        if _is_listed(kind, desired, {**found, **sold_out(kind, form)}):
            return form, found, terms
    return first, listed, ()


def _places_and_periods(
    kind: ResourceKind, way: OrderProtocol, step: Form, desired: Desired
) -> Iterator[Params]:
    """Return each place and period that a step offers, or only the declared ones."""
    place = kind.terms.place
    places, declared = step.options.get(kind.menu(place), {}), desired.fields.get(place)
    if isinstance(declared, Choice):
        found = resolve_choice(kind.by_name[place], declared, places)
        places = {found.id: ""} if isinstance(found, Choice) and found.id else {}
    name = period_name(way, step)
    periods, months = step.options.get(name, {}), kind.months_of(desired.fields)
    if months:
        periods = {code: "" for each, code in months_offered(periods).items() if each == months}
    menus = ((kind.param(place), places), (name, periods))
    axes = [[(param, key) for key in menu] for param, menu in menus if menu]
    return product(*axes) if axes else iter(())


def _is_listed(kind: ResourceKind, desired: Desired, tariffs: Mapping[str, str]) -> bool:
    product = kind.terms.product
    wanted = desired.fields.get(product)
    if not isinstance(wanted, Choice) or not tariffs:
        return False
    return isinstance(resolve_choice(kind.by_name[product], wanted, tariffs), Choice)


Ways = dict[str, OpenedOrder]
