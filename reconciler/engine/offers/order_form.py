"""The order form of a client: its options and prices.

A form opens bare (without parameters), or is the last step of a wizard, whose earlier steps choose
the tariff, the place and the period. The panel is asked which of the two it has.

Invariants: an order is planned only where the form offers every option that it names; a price is
read from a form that shows exactly the terms to be sent, else it is unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.offers.order_steps import (
    OpenedOrder,
    OrderQuery,
    find_tariff,
    open_order,
    period_name,
    refused_order,
    sold_out,
    with_place,
)
from reconciler.engine.offers.tariff_price import read_offers
from reconciler.errors import RejectedError
from reconciler.mapping.decode import read_blank
from reconciler.mapping.encode import Ordering, decides_price, order_terms
from reconciler.mapping.options import resolve_choice
from reconciler.mapping.prices import UNKNOWN, read_price
from reconciler.model.finding import Finding
from reconciler.model.value import Choice
from reconciler.panel.concurrency import gather_all
from reconciler.planning.diff import same
from reconciler.planning.resolve import resolve_addons, resolve_choices, spell_switches
from reconciler.planning.scopes import scope_of
from reconciler.wire.period import count_months, months_of, months_offered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.engine.observe.builder import ObservationBuilder
    from reconciler.engine.offers.order_steps import Ways
    from reconciler.kinds.kind import OrderProtocol, ResourceKind
    from reconciler.model.plan import Money
    from reconciler.model.resource import Desired
    from reconciler.planning.resolve import Menus
    from reconciler.ports import Reader
    from reconciler.wire.call import Params
    from reconciler.wire.reply import Form


@dataclass(frozen=True, slots=True)
class Offer:
    """A client's order form for a resource; ``form`` is None where it does not open.

    ``ordering`` is how the order is sent. ``quote`` is the form opened with every term that
    decides the price. ``missing`` names the add-ons that the tariff lacks, ``obstacle`` why the
    resource cannot be ordered.
    """

    desired: Desired
    form: Form | None
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    obstacle: str = ""
    quote: Form | None = None
    ordering: Ordering | None = None

    def price(self, kind: ResourceKind) -> Money:
        """Return the price of the order by the form; unknown where it shows other terms."""
        if self.quote is None or _shows_other_terms(kind, self.desired, self.quote):
            return UNKNOWN
        values = self.quote.values
        texts = [values[name] for name in kind.price if values.get(name)]
        months = kind.months_of(self.desired.fields) or 1
        return read_price(texts, values.get("currency_str", ""), months, self.quote.numbers)

    def addons(self, kind: ResourceKind) -> dict[str, str]:
        """Return the add-ons that the form shows with its price."""
        shown = read_blank(kind, self.quote).get(kind.addons) if self.quote else None
        return dict(shown) if isinstance(shown, Mapping) else {}


async def read_order_forms(
    view: ObservationBuilder, kind: ResourceKind, absent: Iterable[Desired]
) -> None:
    """Open the order form for every service that the plan would order.

    The form of a client who does not exist yet cannot open: its tariffs are read.
    """
    logins = {desired.address: (desired, _login(view, kind, desired)) for desired in absent}
    early = [desired for desired, login in logins.values() if not login]
    view.tariffs |= await read_offers(view.reader, view.work.catalogue, kind, early)
    known = [(desired, login) for desired, login in logins.values() if login]
    await gather_all(_study(view, kind, desired, login) for desired, login in known)


def _login(view: ObservationBuilder, kind: ResourceKind, desired: Desired) -> str:
    scope = scope_of(kind, desired, view.parents)
    return view.login(kind, scope.parent) if scope else ""


async def _study(
    view: ObservationBuilder, kind: ResourceKind, desired: Desired, login: str
) -> None:
    offer = await read_offer(view.reader, kind, desired, login=login, ways=view.ways)
    if offer.form is None:
        view.blocked[desired.address] = offer.obstacle
        return
    view.findings += offer.findings
    if offer.obstacle:
        view.blocked[desired.address] = offer.obstacle
    if offer.findings and not _codes(kind, offer.desired, {}):
        return
    view.prices[desired.address] = offer.price(kind)
    for miss in offer.missing:
        message = f"{desired.address}: {kind.addons}: {miss}"
        view.findings.append(Finding("error", "unknown-choice", message, desired.source))
    view.desired[desired.address] = offer.desired


async def read_offer(
    reader: Reader,
    kind: ResourceKind,
    desired: Desired,
    *,
    login: str,
    ways: Ways | None = None,
) -> Offer:
    """Read a client's offer for a resource, by the form or the wizard of this panel.

    ``ways`` caches how services of a type are ordered on this panel.
    Raises: RejectedError when the panel itself has a fault.
    """
    query = OrderQuery(reader, kind, kind.variant_of(desired.fields), login)
    opened = (ways or {}).get(query.variant) or await open_order(query)
    if ways is not None and opened.way is not None:
        ways[query.variant] = replace(opened, form=None)
    if opened.way is None:
        return Offer(desired, None, obstacle=opened.reason)
    if not opened.is_bare:
        return await _by_steps(query, opened, desired)
    bare = opened.form or await query.open(opened.way.func)
    if isinstance(bare, RejectedError):
        return Offer(desired, None, obstacle=refused_order(query, opened.way.func, bare))
    return await _by_form(query, opened.way, bare, desired)


async def reread_offer(reader: Reader, kind: ResourceKind, offer: Offer, *, login: str) -> Offer:
    """Open the form of an offer again, with what its resource names by now.

    Raises: RejectedError when the panel itself has a fault.
    """
    query = OrderQuery(reader, kind, kind.variant_of(offer.desired.fields), login)
    return await _quoted(query, offer, ())


async def _by_form(query: OrderQuery, way: OrderProtocol, bare: Form, desired: Desired) -> Offer:
    """Open a bare form, first as it is, then for the wanted tariff."""
    kind = query.kind
    period = period_name(way, bare)
    first, findings = resolve_choices(kind, desired, bare.options)
    params = _with_tariff(kind, first, period, bare.options.get(period))
    if findings and not params:
        return Offer(first, bare, findings)
    opened = await query.open(way.func, params, labels=True)
    shown = None if isinstance(opened, RejectedError) else opened
    desired = _with_period(kind, desired, shown, period)
    form = shown or bare
    menus = {**bare.options, **form.options}
    values = {**bare.values, **form.values}
    ordering = Ordering(kind, way, period)
    offer = _matched(kind, ordering, desired, form, menus=menus, values=values)
    return await _quoted(query, offer, params)


async def _by_steps(query: OrderQuery, opened: OpenedOrder, desired: Desired) -> Offer:
    """Follow a wizard: the tariff, then the place and the period, then the form for all three."""
    kind, way = query.kind, opened.way
    product = kind.terms.product
    menu, param = kind.menu(product), kind.param(product)
    reasons = [opened.reason]
    for step in way.steps if way else ():
        found = await query.open(step)
        if isinstance(found, RejectedError):
            reasons.append(refused_order(query, step, found))
            continue
        found, tariffs, terms = await find_tariff(query, opened, desired, step=step, first=found)
        if why := _sold_out(kind, desired, sold_out(kind, found)):
            return Offer(desired, found, obstacle=why)
        if not tariffs:
            reasons.append(f"{kind.func(step, query.variant)} offers this client no tariff")
            continue
        wanted, findings = resolve_choices(kind, desired, {menu: tariffs}, frozenset())
        tariff = wanted.fields.get(product)
        if not isinstance(tariff, Choice) or tariff.id not in tariffs:
            _, findings = resolve_choices(kind, _only(desired, product), {menu: tariffs})
            return Offer(desired, found, findings)
        narrowed = await query.open(step, ((param, tariff.id), *terms))
        place = found if isinstance(narrowed, RejectedError) else narrowed
        return await _with_terms(query, opened, wanted, place=place, tariffs=tariffs)
    return Offer(desired, None, obstacle="; ".join(dict.fromkeys(filter(None, reasons))))


async def _with_terms(
    query: OrderQuery,
    opened: OpenedOrder,
    desired: Desired,
    *,
    place: Form,
    tariffs: Mapping[str, str],
) -> Offer:
    """Choose the place and the period from a step, and open the form for them."""
    kind, way = query.kind, opened.way
    if way is None:
        return Offer(desired, None, obstacle=opened.reason)
    name = period_name(way, place)
    periods = place.options.get(name, {})
    named = {kind.menu(kind.terms.product): tariffs, kind.menu(kind.terms.period): periods}
    menus = {**place.options, **named}
    desired, why = with_place(kind, _with_period(kind, desired, place, name), place)
    why = why or _period_obstacle(kind, desired, place.values.get(name, ""), periods)
    if why:
        return Offer(desired, place, obstacle=why)
    codes = _codes(kind, desired, menus)
    refusal = opened.reason
    for period in way.period:
        ordering = Ordering(kind, way, period, codes)
        form = await query.open(way.func, ordering.translate(()), labels=True)
        if isinstance(form, RejectedError):
            refusal = refused_order(query, way.func, form)
            continue
        shown = {**menus, **form.options}
        offer = _matched(kind, ordering, desired, form, menus=shown, values=form.values)
        return await _quoted(query, offer, ordering.translate(()))
    return Offer(desired, None, obstacle=refusal)


def _matched(
    kind: ResourceKind,
    ordering: Ordering,
    desired: Desired,
    form: Form,
    *,
    menus: Mapping[str, Mapping[str, str]],
    values: Mapping[str, str],
) -> Offer:
    """Resolve the declared choices by a form's options, and find the obstacles to the order."""
    menu = kind.menu(kind.terms.period)
    known = {**menus, menu: menus.get(ordering.period) or menus.get(menu, {})}
    chosen, findings = resolve_choices(kind, desired, known)
    chosen, missing = resolve_addons(kind, chosen, form)
    chosen = spell_switches(kind, chosen, form.values)
    why = _period_obstacle(kind, chosen, values.get(ordering.period, ""), known[menu])
    codes = {**dict(_codes(kind, chosen, known)), **dict(ordering.codes)}
    renewal = kind.terms.auto_renewal
    months = chosen.fields.get(renewal)
    if not ordering.way.renewal and isinstance(months, int):
        offers = months_offered(menus.get(kind.menu(renewal), {}))
        if months in offers:
            codes[kind.param(renewal)] = offers[months]
        elif menus.get(kind.menu(renewal)):
            why = why or f"the panel renews by {_listed(offers)}, not by {count_months(months)}"
    ordering = replace(ordering, codes=tuple(codes.items()))
    quote = _under_known_names(form, ordering, known)
    return Offer(chosen, form, findings, missing, why, quote=quote, ordering=ordering)


def _under_known_names(form: Form, ordering: Ordering, menus: Menus) -> Form:
    """Return a form with the period under the kind's own name, and with its options."""
    values, period = dict(form.values), ordering.kind.terms.period
    param, menu = ordering.kind.param(period), ordering.kind.menu(period)
    if ordering.period in values:
        values[param] = values[ordering.period]
    return replace(form, values=values, options={**menus, **form.options, menu: menus[menu]})


async def _quoted(query: OrderQuery, offer: Offer, asked: Params) -> Offer:
    """Open the form again with every term that decides the price, unless it was opened so."""
    stopped = offer.findings or offer.missing or offer.obstacle
    if offer.ordering is None or stopped:
        return offer
    terms = offer.ordering.translate(order_terms(query.kind, offer.desired))
    if set(terms) == set(asked):
        return offer
    # The form for the tariff alone shows the price without add-ons and other choices.
    quote = await query.open(offer.ordering.way.func, terms)
    if isinstance(quote, RejectedError) or offer.quote is None:
        return replace(offer, quote=None)
    return replace(offer, quote=_under_known_names(quote, offer.ordering, offer.quote.options))


def _sold_out(kind: ResourceKind, desired: Desired, tariffs: Mapping[str, str]) -> str:
    """Return a reason when the wanted tariff is listed but sold out."""
    product = kind.terms.product
    wanted = desired.fields.get(product)
    if not tariffs or not isinstance(wanted, Choice):
        return ""
    found = resolve_choice(kind.by_name[product], wanted, tariffs)
    return (
        f"the {product} {found.label!r} cannot be ordered now" if isinstance(found, Choice) else ""
    )


def _only(desired: Desired, field: str) -> Desired:
    return desired._replace(fields={k: v for k, v in desired.fields.items() if k == field})


def _codes(kind: ResourceKind, desired: Desired, menus: Mapping[str, Mapping[str, str]]) -> Params:
    """Return the panel's codes of the choices that decide which form opens."""
    pairs: list[tuple[str, str]] = []
    terms = kind.terms
    for field in (terms.product, terms.place):
        choice = desired.fields.get(field)
        if isinstance(choice, Choice) and choice.id is not None:
            pairs.append((kind.param(field), choice.id))
    if months := kind.months_of(desired.fields):
        offers = months_offered(menus.get(kind.menu(terms.period), {}))
        pairs.append((kind.param(terms.period), offers.get(months, str(months))))
    return tuple(pairs)


def _shows_other_terms(kind: ResourceKind, desired: Desired, form: Form) -> bool:
    shown = read_blank(kind, form)
    facets = (facet for facet in kind.facets if decides_price(facet) and facet.name in shown)
    return any(
        same(facet, desired.fields[facet.name], shown[facet.name]) is not True
        for facet in facets
        if facet.name in desired.fields
    )


def _with_period(kind: ResourceKind, desired: Desired, form: Form | None, period: str) -> Desired:
    """Add the period that the form proposes where the manifest names none: it is sent too."""
    proposed = form.values.get(period, "") if form else ""
    label = form.options.get(period, {}).get(proposed, "") if form else ""
    months = months_of(proposed, label)
    own = kind.terms.period
    if not own or own in desired.fields or months is None:
        return desired
    return desired._replace(fields={**desired.fields, own: months})


def _with_tariff(
    kind: ResourceKind, desired: Desired, period: str, offers: Mapping[str, str] | None
) -> Params:
    tariff = desired.fields.get(kind.terms.product)
    if not isinstance(tariff, Choice) or tariff.id is None:
        return ()
    params = [(kind.param(kind.terms.product), tariff.id)]
    if months := kind.months_of(desired.fields):
        params.append((period, months_offered(offers or {}).get(months, str(months))))
    return tuple(params)


def _listed(offers: Iterable[int]) -> str:
    return ", ".join(count_months(months) for months in sorted(offers)) or "no known period"


def _period_obstacle(
    kind: ResourceKind, desired: Desired, proposed: str, offers: Mapping[str, str] | None
) -> str:
    own, months = kind.terms.period, kind.months_of(desired.fields)
    if not months:
        wanted = own and proposed
        return f"declare {own}: the form proposes the period {proposed}" if wanted else ""
    offered_months = months_offered(offers or {})
    if offers and months not in offered_months:
        return (
            f"the {kind.terms.product} is not offered for {count_months(months)}; "
            f"it offers {_listed(offered_months)}"
        )
    return ""
