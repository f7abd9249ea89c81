"""Orders: what the order form of a client offers, and what it would cost.

Invariant: an order is planned only where the form offers what it names; a price that the panel
does not show is unknown, never zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.look import look_at_blank
from reconciler.engine.together import together
from reconciler.model.finding import Finding
from reconciler.model.value import Choice
from reconciler.planning.price import read_price
from reconciler.planning.resolve import resolve_addons, resolve_choices
from reconciler.planning.scopes import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.engine.view import View
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.resource import Desired
    from reconciler.wire.call import Params


async def study_orders(view: View, kind: ResourceKind, absent: Iterable[Desired]) -> None:
    """Open the order form for every service that is to be ordered."""
    await together(_study(view, kind, desired) for desired in absent)


async def _study(view: View, kind: ResourceKind, desired: Desired) -> None:
    scope = scope_of(kind, desired, view.parents)
    login = view.login(kind, scope.parent) if scope else ""
    if scope is None or not login:
        return
    offered = await look_at_blank(view.reader, kind, scope.variant, login=login)
    if offered is None:
        func = kind.func(kind.order, scope.variant)
        view.blocked[desired.address] = f"the panel does not open the order form {func}"
        return
    first, findings = resolve_choices(kind, desired, offered.options)
    if findings and not _with_tariff(first):
        view.findings += findings
        return
    form = await look_at_blank(
        view.reader, kind, scope.variant, login=login, params=_with_tariff(first), labels=True
    )
    form = form or offered
    menus = {**offered.options, **form.options}
    chosen, findings = resolve_choices(kind, desired, menus)
    chosen, missing = resolve_addons(chosen, form.labels)
    view.findings += findings
    for name in missing:
        message = f"{desired.address}: addons: the panel names no add-on {name!r}"
        view.findings.append(Finding("error", "unknown-choice", message, desired.source))
    view.desired[desired.address] = chosen
    why = _period_obstacle(chosen, {**offered.values, **form.values}, menus)
    if why:
        view.blocked[desired.address] = why
    texts = [form.values[name] for name in kind.price if form.values.get(name)]
    view.prices[desired.address] = read_price(texts, form.values.get("currency_str", ""))


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
    offers = menus.get("period")
    if offers and months and months not in offers:
        return f"the tariff is not offered for {months} months; it offers {', '.join(offers)}"
    shown = set(values) | set(menus)
    if "order_period" in shown and "period" not in shown:
        return "this panel orders by order_period, which is not supported: it would ignore ours"
    return ""
