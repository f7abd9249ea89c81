"""Check, immediately before a create, that its options are still offered at no higher price.

Invariant: a choice is sent only if the form offers it, an order only if it costs no more than
planned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import read_create_form, verify_impersonation
from reconciler.engine.offers.order_form import read_offer
from reconciler.kinds.fields import ValueType
from reconciler.mapping.prices import why_costs_more
from reconciler.model.reason import Reason, ReasonCode
from reconciler.model.value import Choice
from reconciler.planning.resolve import resolve_choices, resolve_refs

if TYPE_CHECKING:
    from reconciler.engine.apply.context import ApplyContext
    from reconciler.kinds.kind import ResourceKind
    from reconciler.mapping.encode import Ordering
    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired


@dataclass(frozen=True, slots=True)
class Prepared:
    """A resource with resolved options and the way to order it; or the obstacle."""

    desired: Desired
    obstacle: Reason | None = None
    ordering: Ordering | None = None


async def prepare_create(context: ApplyContext, change: Change, desired: Desired) -> Prepared:
    """Resolve the options that could not be resolved before the parent existed."""
    kind = context.kind_of(change)
    desired = resolve_refs(kind, desired, context.parents.ids)
    parent = context.parents.parent_of(desired)
    login = context.parents.login_of(kind, parent)
    if kind.order:
        return await _ordered(context, kind, change, desired, login=login)
    if _unresolved(kind, desired):
        form = await read_create_form(context.panel, kind, "", parent=parent, login=login)
        desired = resolve_choices(kind, desired, form.options)[0] if form else desired
    left = _unresolved(kind, desired)
    return Prepared(desired, _not_offered(left) if left else None)


async def _ordered(
    context: ApplyContext, kind: ResourceKind, change: Change, desired: Desired, *, login: str
) -> Prepared:
    """Read the order form again and check options and price.

    For a client that was created in this run it is the first time.
    """
    await verify_impersonation(context.panel, login)
    offer = await read_offer(context.panel, kind, desired, login=login, ways=context.known.ways)
    left = _unresolved(kind, offer.desired)
    if offer.obstacle:
        return Prepared(desired, Reason(ReasonCode.FORM_UNAVAILABLE, offer.obstacle))
    if left:
        return Prepared(desired, _not_offered(left))
    if offer.missing:
        return Prepared(desired, Reason(ReasonCode.NOT_OFFERED, "; ".join(offer.missing)))
    if why := why_costs_more(kind, offer.price(kind), change.money) if change.money else "":
        return Prepared(desired, Reason(ReasonCode.PRICE_ROSE, why))
    return Prepared(offer.desired, None, offer.ordering)


def _not_offered(names: str) -> Reason:
    return Reason(ReasonCode.NOT_OFFERED, f"the panel offers no such option: {names}")


def _unresolved(kind: ResourceKind, desired: Desired) -> str:
    names = [
        facet.name
        for facet in kind.facets
        if facet.on_form and facet.wire.shape in {ValueType.CHOICE, ValueType.CHOICES}
        for choice in _choices(desired, facet.name)
        if choice.id is None
    ]
    return ", ".join(dict.fromkeys(names))


def _choices(desired: Desired, name: str) -> tuple[Choice, ...]:
    value = desired.fields.get(name)
    if isinstance(value, Choice):
        return (value,)
    return tuple(value) if isinstance(value, frozenset) else ()
