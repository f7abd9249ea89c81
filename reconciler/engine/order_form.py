"""Orders: what the order form of a client offers, and what it would cost.

Invariants: an order is planned only where the form offers what it names; a price is read off a
form that shows the terms that will be sent, else it is unknown, never zero and never another's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.look import look_at_blank
from reconciler.engine.together import together
from reconciler.model.finding import Finding
from reconciler.model.value import Choice
from reconciler.planning.calls import decides_price, order_terms
from reconciler.planning.diff import same
from reconciler.planning.price import UNKNOWN, read_price
from reconciler.planning.read import read_blank
from reconciler.planning.resolve import resolve_addons, resolve_choices
from reconciler.planning.scopes import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.engine.view import View
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.plan import Money
    from reconciler.model.resource import Desired
    from reconciler.ports import Reader
    from reconciler.wire.call import Params
    from reconciler.wire.reply import Form


@dataclass(frozen=True, slots=True)
class Offer:
    """What a client's order form says of a resource; ``form`` is None where it does not open.

    ``quote`` is the form as it was opened with all that decides the price, where it opened so.
    ``missing`` names the add-ons that the tariff has not, ``obstacle`` why it cannot be ordered.
    """

    desired: Desired
    form: Form | None
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    obstacle: str = ""
    quote: Form | None = None

    def price(self, kind: ResourceKind) -> Money:
        """Return what the form says that the order costs; unknown where it shows other terms."""
        if self.quote is None or _shows_other_terms(kind, self.desired, self.quote):
            return UNKNOWN
        values = self.quote.values
        texts = [values[name] for name in kind.price if values.get(name)]
        months = self.desired.fields.get("periodMonths", 1)
        currency = values.get("currency_str", "")
        span = months if isinstance(months, int) else 0
        return read_price(texts, currency, span, self.quote.numbers)


async def study_orders(view: View, kind: ResourceKind, absent: Iterable[Desired]) -> None:
    """Open the order form for every service that is to be ordered."""
    await together(_study(view, kind, desired) for desired in absent)


async def _study(view: View, kind: ResourceKind, desired: Desired) -> None:
    scope = scope_of(kind, desired, view.parents)
    login = view.login(kind, scope.parent) if scope else ""
    if scope is None or not login:
        return
    offer = await offered(view.reader, kind, desired, login=login)
    if offer.form is None:
        view.blocked[desired.address] = offer.obstacle
        return
    view.findings += offer.findings
    if offer.obstacle:
        view.blocked[desired.address] = offer.obstacle
    if offer.findings and not _with_tariff(offer.desired):
        return
    view.prices[desired.address] = offer.price(kind)
    for name in offer.missing:
        message = f"{desired.address}: addons: the panel names no add-on {name!r}"
        view.findings.append(Finding("error", "unknown-choice", message, desired.source))
    view.desired[desired.address] = offer.desired


async def offered(reader: Reader, kind: ResourceKind, desired: Desired, *, login: str) -> Offer:
    """Open a client's order form, first as it is, then for the tariff that is wanted."""
    bare = await look_at_blank(reader, kind, _variant(kind, desired), login=login)
    if bare is None:
        func = kind.func(kind.order, _variant(kind, desired))
        return Offer(desired, None, obstacle=f"the panel does not open the order form {func}")
    first, findings = resolve_choices(kind, desired, bare.options)
    params = _with_tariff(first)
    if findings and not params:
        return Offer(first, bare, findings)
    form = await look_at_blank(
        reader, kind, _variant(kind, desired), login=login, params=params, labels=True
    )
    opened, form = form, form or bare
    desired = _with_period(desired, opened)
    menus = {**bare.options, **form.options}
    chosen, findings = resolve_choices(kind, desired, menus)
    chosen, missing = resolve_addons(chosen, form.labels)
    why = _period_obstacle(chosen, {**bare.values, **form.values}, menus)
    offer = Offer(chosen, form, findings, missing, why, quote=opened)
    terms = () if findings or missing or why else order_terms(kind, chosen)
    if not terms or set(terms) == set(params):
        return offer
    # The form for the tariff alone knows nothing of add-ons and the other choices.
    quote = await look_at_blank(reader, kind, _variant(kind, desired), login=login, params=terms)
    return replace(offer, quote=quote)


def _shows_other_terms(kind: ResourceKind, desired: Desired, form: Form) -> bool:
    shown = read_blank(kind, form)
    facets = (facet for facet in kind.facets if decides_price(facet) and facet.name in shown)
    return any(
        same(facet, desired.fields[facet.name], shown[facet.name]) is not True
        for facet in facets
        if facet.name in desired.fields
    )


def _with_period(desired: Desired, form: Form | None) -> Desired:
    """Name the period that the form proposes where the manifest names none: it is sent, too."""
    proposed = form.values.get("period", "") if form else ""
    if "periodMonths" in desired.fields or not proposed.isdecimal() or int(proposed) < 1:
        return desired
    return replace(desired, fields={**desired.fields, "periodMonths": int(proposed)})


def _variant(kind: ResourceKind, desired: Desired) -> str:
    return str(desired.fields.get(kind.variant, "")) if kind.variant else ""


def _with_tariff(desired: Desired) -> Params:
    tariff = desired.fields.get("tariff")
    if not isinstance(tariff, Choice) or tariff.id is None:
        return ()
    params = [("pricelist", tariff.id)]
    if "periodMonths" in desired.fields:
        params.append(("period", str(desired.fields["periodMonths"])))
    return tuple(params)


def _period_obstacle(
    desired: Desired, values: Mapping[str, str], menus: Mapping[str, Mapping[str, str]]
) -> str:
    months = str(desired.fields.get("periodMonths", ""))
    if not months and values.get("period"):
        return f"say periodMonths: the form proposes the period {values['period']}"
    offers = menus.get("period")
    if offers and months and months not in offers:
        return f"the tariff is not offered for {months} months; it offers {', '.join(offers)}"
    shown = set(values) | set(menus)
    if "order_period" in shown and "period" not in shown:
        return "this panel orders by order_period, which is not supported: it would ignore ours"
    return ""
