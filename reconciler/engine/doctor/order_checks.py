"""Check whether a type of service can be ordered on one installation, and by which functions.

Invariant: forms are only opened, nothing is ordered; a refusal is reported in the panel's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.doctor.probe import KindProbe
from reconciler.engine.offers.order_steps import tariffs_of
from reconciler.model.diagnostics import FunctionCheck
from reconciler.wire.call import create_form_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.engine.doctor.probe import Probe
    from reconciler.kinds.kind import OrderProtocol, ResourceKind
    from reconciler.wire.call import Params
    from reconciler.wire.reply import Form

_MISSED = "missed"
_NOTHING = "offers no tariff to this client"


class _Orders:
    """Opens the order forms of one type, and collects why a form did not open."""

    def __init__(self, probe: Probe, kind: ResourceKind, variant: str, login: str | None) -> None:
        self._survey, self._kind = probe, kind
        self._variant, self._login = variant, login
        self.refused: list[FunctionCheck] = []

    async def open(self, func: str, seen: KindProbe, params: Params = ()) -> Form | None:
        tried = KindProbe()
        call = create_form_call(self._kind.func(func, self._variant), su=self._login, params=params)
        form = await self._survey.form(call, tried, "create")
        seen.inputs |= tried.inputs
        self.refused += [each for each in tried.functions if form is None]
        return form

    def found(self, func: str, seen: KindProbe, how: str) -> None:
        """Add a check: this function takes orders."""
        name = self._kind.func(func, self._variant)
        seen.purposes.add("create")
        seen.functions.append(FunctionCheck(name, "create", "ok", how))

    def reject(self, func: str, message: str) -> None:
        """Add a check: why this function cannot be used."""
        name = self._kind.func(func, self._variant)
        self.refused.append(FunctionCheck(name, "create", "warning", message))

    def lost(self, seen: KindProbe) -> None:
        """Add the first refusal that is more than "no such function"."""
        telling = [each for each in self.refused if _MISSED not in each.message]
        seen.functions += (telling or self.refused)[:1]


async def check_orders(
    probe: Probe, kind: ResourceKind, variant: str, *, login: str | None, seen: KindProbe
) -> None:
    """Find out how a type of service is ordered: by one form, or by the steps of a wizard.

    A step that is refused, offers nothing, or leads to no form is a finding.
    """
    orders = _Orders(probe, kind, variant, login)
    for way in kind.orders:
        bare = await orders.open(way.func, seen)
        if bare is not None:
            orders.found(way.func, seen, "opens bare")
            # An order form shows most of its fields only for a chosen tariff.
            for tariff in list(tariffs_of(kind, bare))[:1]:
                await orders.open(way.func, seen, ((kind.param(kind.terms.product), tariff),))
            return
        if await _by_steps(kind, orders, way, seen):
            return
    orders.lost(seen)


async def _by_steps(
    kind: ResourceKind, orders: _Orders, way: OrderProtocol, seen: KindProbe
) -> bool:
    for step in way.steps:
        shown = await orders.open(step, seen)
        if shown is None:
            continue
        tariff = next(iter(tariffs_of(kind, shown)), "")
        if not tariff:
            orders.reject(step, _NOTHING)
            continue
        named = (kind.param(kind.terms.product), tariff)
        place = await orders.open(step, seen, (named,)) or shown
        for params in _terms(kind, way, named, place):
            if await orders.open(way.func, seen, params) is not None:
                orders.found(way.func, seen, "opens by the steps of a wizard")
                return True
    return False


def _terms(
    kind: ResourceKind, way: OrderProtocol, tariff: tuple[str, str], place: Form
) -> Iterator[Params]:
    """Yield the parameters for a tariff with the place and the period that its step proposes."""
    chosen = [tariff]
    if where := _proposed(place, kind.param(kind.terms.place)):
        chosen.append((kind.param(kind.terms.place), where))
    period = _proposed(place, kind.param(kind.terms.period)) or "1"
    for name in way.period:
        yield (*chosen, (name, period))


def _proposed(form: Form, name: str) -> str:
    options = form.options.get(name, {})
    value = form.values.get(name, "")
    return value if value in options or not options else next(iter(options))
