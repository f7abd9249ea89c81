"""Ask a panel for what plans of other manifests would need, beyond one plan.

For each declared and managed client: its form and side lists, every list of its children and their
forms, the forms of new objects, the renewals, and the order forms for each tariff and period.

Invariants: everything here only reads, through the recorder; what the panel refuses is recorded as
refused; at most ``MOST_ORDERS`` order forms are opened, client by client.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from reconciler.engine.observe.reads import (
    read_create_form,
    read_list,
    read_member_lists,
    read_object_form,
    verify_impersonation,
)
from reconciler.engine.offers.order_form import read_offer
from reconciler.engine.offers.order_steps import tariffs_of
from reconciler.engine.offers.renewal_price import renewal_price
from reconciler.engine.offers.tariff_price import read_offers
from reconciler.errors import AccessError, IncompleteError, NotAPanelError, RejectedError
from reconciler.mapping.renewals import months_to_renew
from reconciler.model.address import Address
from reconciler.model.finding import Source
from reconciler.model.resource import Desired, Scope
from reconciler.model.value import Choice, Ref
from reconciler.panel.concurrency import gather_all
from reconciler.wire.period import months_offered
from reconciler.wire.reply import Form

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from reconciler.engine.offers.order_steps import Ways
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Plan
    from reconciler.model.resource import Observed
    from reconciler.model.value import Value
    from reconciler.offline.recorder import SnapshotRecorder
    from reconciler.ports import Progress, Reader

# More would take hours on a slow panel; the clients beyond are counted and reported.
MOST_ORDERS = 2_000
_REFUSED = (RejectedError, AccessError, IncompleteError, NotAPanelError)


@dataclass(slots=True)
class Collected:
    """What was asked: the clients in full, and how many of them without all order forms."""

    clients: int = 0
    without_orders: int = 0
    orders: int = 0
    ways: Ways = field(default_factory=dict)


async def collect(
    reader: SnapshotRecorder, catalogue: Catalogue, plan: Plan, progress: Progress
) -> Collected:
    """Read the clients of a plan in full, and what a new object of theirs would need."""
    root = catalogue.client
    clients = {
        observed.row_id: observed
        for observed in plan.parents.values()
        if observed.scope.kind == root.name
    }
    progress.stage("recording clients", len(clients))
    children = [kind for kind in catalogue.resources if kind.parent]
    await gather_all(
        _whole(reader, root, children, each, progress=progress) for each in clients.values()
    )
    await gather_all(
        _tried(read_create_form(reader, kind, ""))
        for kind in catalogue.resources
        if not kind.order and kind.scope != "elid"
    )
    found = Collected(len(clients))
    progress.stage("recording order forms", len(clients))
    logins = ("", *(str(client.fields.get(root.login, "")) for client in clients.values()))
    for kind in children:
        if kind.order:
            await _orders(reader, catalogue, kind, tuple(dict.fromkeys(logins)), found=found)
    return found


async def _tried(reading: Awaitable[object]) -> None:
    """Await a reading; a refusal is an answer, which the recorder keeps."""
    try:
        await reading
    except _REFUSED as error:
        if isinstance(error, RejectedError) and error.is_trouble:
            raise


async def _whole(
    reader: Reader,
    root: ResourceKind,
    children: Iterable[ResourceKind],
    client: Observed,
    *,
    progress: Progress,
) -> None:
    login = str(client.fields.get(root.login, ""))
    await _tried(read_object_form(reader, root, client))
    await _tried(read_member_lists(reader, root, client, [facet.name for facet in root.members]))
    await _tried(verify_impersonation(reader, login))
    await gather_all(
        _children(reader, kind, Scope(kind.name, variant, client.row_id), login)
        for kind in children
        for variant in kind.variants
    )
    progress.step()


async def _children(reader: Reader, kind: ResourceKind, scope: Scope, login: str) -> None:
    su = kind.su(login)
    if not kind.order:
        await _tried(read_create_form(reader, kind, "", parent=scope.parent))
    try:
        objects = await read_list(reader, kind, scope, su)
    except _REFUSED as error:
        if isinstance(error, RejectedError) and error.is_trouble:
            raise
        return
    live = [each for each in objects if each.state in {"live", "busy"}]
    await gather_all(_object(reader, kind, each, su) for each in live)


async def _object(reader: Reader, kind: ResourceKind, observed: Observed, su: str) -> None:
    """Read an object's form, with titles where add-ons are named by them, and its renewal."""
    await _tried(read_object_form(reader, kind, observed, login=su))
    if kind.addons:
        await _tried(read_object_form(reader, kind, observed, login=su, labels=True))
    if kind.renew:
        months = months_to_renew(kind, None, observed)
        await _tried(renewal_price(reader, kind, observed, months, is_bounded=False))


async def _orders(
    recorder: SnapshotRecorder,
    catalogue: Catalogue,
    kind: ResourceKind,
    logins: tuple[str, ...],
    *,
    found: Collected,
) -> None:
    """Open the order forms of some clients for the tariffs, periods and places they are offered.

    Each tariff as the form proposes it comes first, for all clients, then the other terms. Without
    a login the administrator asks, for the orders of clients that do not exist yet.
    """
    places = [(variant, login) for login in logins for variant in kind.variants]
    # A tariff that nobody sells makes the steps show all places and periods.
    await gather_all(
        _tried(_ask(recorder, catalogue, _wish(kind, *place, _Terms("0")), found))
        for place in places
    )
    wished = [
        (terms.rank, number, variant, login, terms)
        for number, (variant, login) in enumerate(places)
        for terms in _offered(recorder, kind, variant, login)
    ]
    wished.sort(key=lambda wish: wish[:2])
    room = MOST_ORDERS - found.orders
    found.orders += len(wished[:room])
    found.without_orders += len({login for *_, login, _ in wished[room:] if login})
    await gather_all(
        _tried(_ask(recorder, catalogue, _wish(kind, variant, login, terms), found))
        for *_, variant, login, terms in wished[:room]
    )


async def _ask(
    recorder: SnapshotRecorder, catalogue: Catalogue, wish: Desired, found: Collected
) -> None:
    """Read what one order would cost, as a plan does."""
    kind = catalogue.by_name[wish.address.kind]
    if wish.parent is None:
        await read_offers(recorder, catalogue, kind, [wish])
    else:
        await read_offer(recorder, kind, wish, login=wish.parent.key, ways=found.ways)


class _Terms(NamedTuple):
    """The terms of an order: a tariff, a period in months, and a place."""

    tariff: str
    months: int | None = None
    place: str = ""

    @property
    def rank(self) -> int:
        """How many of the terms are others than the form proposes."""
        return (self.months is not None) + bool(self.place)


def _offered(
    recorder: SnapshotRecorder, kind: ResourceKind, variant: str, login: str
) -> list[_Terms]:
    """Return each tariff with each period and place that the forms opened so far offer."""
    names = {kind.func(func, variant) for way in kind.orders for func in (way.func, *way.steps)}
    forms = [
        form
        for question, form in recorder.recording.forms.items()
        if isinstance(form, Form)
        and question.func in names
        and dict(question.params).get("su", "") == login
    ]
    named = {name for way in kind.orders for name in way.period}
    tariffs = {key for form in forms for key in tariffs_of(kind, form)}
    periods = {
        months
        for form in forms
        for name in named
        for months in months_offered(form.options.get(name, {}))
    }
    places = {key for form in forms for key in form.options.get(kind.menu(kind.terms.place), {})}
    return [
        _Terms(tariff, months, place)
        for tariff in sorted(tariffs)
        for months in (None, *sorted(periods))
        for place in ("", *sorted(places))
    ]


def _wish(kind: ResourceKind, variant: str, login: str, terms: _Terms) -> Desired:
    """Return a service that nobody has declared, for the forms that its order would open."""
    client = Ref(kind.by_name[kind.parent].wire.ref, "email", login) if login else None
    fields: dict[str, Value] = {
        kind.parent: client,
        kind.variant: variant,
        kind.terms.product: Choice(terms.tariff),
    }
    if terms.months is not None:
        fields[kind.terms.period] = terms.months
    if terms.place:
        fields[kind.terms.place] = Choice(terms.place)
    return Desired(Address(kind.name, "snapshot"), fields, Source("snapshot"), parent=client)
