"""Read all lists and forms of some clients, for a copy in the sandbox.

Invariants: everything here only reads; objects that are deleted or being deleted are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import (
    read_create_form,
    read_list,
    read_member_lists,
    read_object_form,
    read_object_forms,
    verify_impersonation,
)
from reconciler.engine.observe.type_lists import plain_list
from reconciler.errors import UncertainListError
from reconciler.mapping.decode import read_form
from reconciler.model.address import id_order
from reconciler.model.resource import Scope
from reconciler.panel.concurrency import gather_all
from reconciler.rehearsal.recording_reader import RecordingReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import OrderProtocol, ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Observed
    from reconciler.ports import Reader
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Form, Options, Row


@dataclass(frozen=True, slots=True)
class CapturedForm:
    """An object with its form, its row in the list, and the names of its fields."""

    kind: ResourceKind
    observed: Observed
    form: Form
    row: Row | None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderFunction:
    """A function of an order: its kind and type, and whether it is the last step."""

    kind: ResourceKind
    variant: str
    way: OrderProtocol
    is_last: bool


@dataclass(frozen=True, slots=True)
class Capture:
    """The result of reading: the rows of all clients (of the kind ``root``), some clients in full.

    ``sides`` are the options of each side list, by client and field; ``orders`` the order forms and
    the steps before them, ``blanks`` the other forms for new objects, ``sales`` the order that each
    of those functions leads to, and ``logins`` the clients by the login that opened them.
    """

    root: ResourceKind
    roots: tuple[Observed, ...]
    forms: tuple[CapturedForm, ...]
    sides: Mapping[tuple[ElementId, str], Options]
    orders: Mapping[Call, Form]
    blanks: Mapping[Call, Form]
    sales: Mapping[str, OrderFunction]
    logins: Mapping[str, ElementId]


async def capture_clients(
    reader: Reader, catalogue: Catalogue, clients: Iterable[ElementId], recorded: RecordingReader
) -> Capture:
    """Read some clients in full; ``recorded`` holds the replies to planning on the same panel."""
    wanted = frozenset(clients)
    recorder = RecordingReader(reader)
    root = catalogue.client
    roots = await read_list(recorder, root, Scope(root.name))
    mine = [observed for observed in roots if observed.row_id in wanted]
    sides: dict[tuple[ElementId, str], Options] = {}
    found = await gather_all(_whole(recorder, root, each, sides) for each in mine)
    forms = [captured for captured in found if captured is not None]
    logins = {
        str(captured.observed.fields.get(root.login, "")): captured.observed.row_id
        for captured in forms
    }
    for kind in catalogue.resources:
        if kind.parent:
            below = await gather_all(
                _below(recorder, kind, number, name) for name, number in logins.items()
            )
            forms += [captured for each in below for captured in each]
    sales = {
        kind.func(func, variant): OrderFunction(kind, variant, way, func == way.func)
        for kind in catalogue.resources
        for variant in kind.variants
        for way in kind.orders
        for func in (way.func, *way.steps)
    }
    blank = {call: form for call, form in recorded.forms.items() if call.param("elid") is None}
    return Capture(
        root,
        tuple(_known(root, observed, recorded) for observed in roots),
        tuple(_labelled(captured, recorded) for captured in forms),
        sides,
        orders={call: form for call, form in blank.items() if call.func in sales},
        blanks={call: form for call, form in blank.items() if call.func not in sales},
        sales=sales,
        logins=logins,
    )


async def any_client(reader: Reader, catalogue: Catalogue) -> frozenset[ElementId]:
    """Return the client with the lowest id; empty where the panel has none."""
    root = catalogue.client
    found = await read_list(reader, root, Scope(root.name))
    return frozenset(sorted((each.row_id for each in found), key=id_order)[:1])


async def open_blanks(
    recorded: RecordingReader,
    catalogue: Catalogue,
    created: Iterable[str],
    client: ElementId | None,
) -> None:
    """Open the create form of every kind that the plan creates, for its options."""
    for name in sorted(set(created)):
        kind = catalogue.by_name[name]
        if kind.create:
            await read_create_form(recorded, kind, "", parent=client if kind.parent else None)


def _known(kind: ResourceKind, row: Observed, recorded: RecordingReader) -> Observed:
    """Return an object by its form if it was opened, else by its row: a list may lack its name."""
    form = next(iter(_recorded_forms(kind.func(kind.form, ""), row.row_id, recorded)), None)
    return read_form(kind, row, form) if form else row


def _labelled(captured: CapturedForm, recorded: RecordingReader) -> CapturedForm:
    """Return a form with the panel's titles of its fields, from a reply that has them."""
    func = captured.kind.func(captured.kind.form, captured.observed.variant)
    forms = _recorded_forms(func, captured.observed.row_id, recorded)
    return replace(captured, labels=next((form.labels for form in forms if form.labels), {}))


def _recorded_forms(func: str, number: ElementId, recorded: RecordingReader) -> list[Form]:
    return [
        form
        for call, form in recorded.forms.items()
        if call.func == func and call.param("elid") == number
    ]


async def _whole(
    recorder: RecordingReader,
    kind: ResourceKind,
    row: Observed,
    sides: dict[tuple[ElementId, str], Options],
) -> CapturedForm | None:
    seen = await read_object_form(recorder, kind, row)
    if seen is None:
        return None
    names = [facet.name for facet in kind.members]
    observed, menus = await read_member_lists(recorder, kind, seen.observed, names)
    sides |= {(row.row_id, name): menu for name, menu in menus.items()}
    return CapturedForm(kind, observed, seen.form, None)


async def _below(
    recorder: RecordingReader, kind: ResourceKind, client: ElementId, login: str
) -> list[CapturedForm]:
    su = kind.su(login)
    if su:
        await verify_impersonation(recorder, su)
    found: list[CapturedForm] = []
    for variant in kind.variants:
        try:
            objects = await read_list(recorder, kind, Scope(kind.name, variant, client), su)
        except UncertainListError:
            continue  # it is empty, and a plan that needs it does not exist
        alive = [observed for observed in objects if observed.state in {"live", "busy"}]
        names = {kind.func(kind.list, each.variant) for each in objects}
        call = plain_list(kind, Scope(kind.name, variant, client), su)
        recorded = (recorder.lists.get(replace(call, func=name), ()) for name in names)
        rows = {_key(kind, row): row for part in recorded for row in part}
        opened = await read_object_forms(recorder, kind, alive, su)
        found += [
            CapturedForm(kind, each.observed, each.form, rows.get(str(each.observed.row_id)))
            for each in opened.forms.values()
        ]
    return found


def _key(kind: ResourceKind, row: Row) -> str:
    return next((row.values[name] for name in kind.row_key if row.values.get(name)), "")
