"""All clients of the panel: their rows, their names, and which manifest is which client.

Invariant: the list is read once, and its order is ours; everything that is asked of a single client
afterwards is asked by its id.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.engine.observe.complete_list import by_scope, read_complete_list
from reconciler.engine.observe.reads import read_object_form
from reconciler.engine.observe.type_lists import plain_list
from reconciler.export.names import client_names
from reconciler.export.read import by_login
from reconciler.export.recording import ClientRecording
from reconciler.model.resource import Scope
from reconciler.model.text import fold_text
from reconciler.model.value import Ref
from reconciler.panel.concurrency import gather_all
from reconciler.planning.diff import same
from reconciler.planning.match.pairing import match_resources, needs_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.export.recording import SharedReplies
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.context import PlanContext
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Row


@dataclass(frozen=True)
class ClientIndex:
    """Every client by id, sorted; ``declared`` are the manifests of those that have one.

    ``missing`` are the manifests of clients that the panel does not list, ``names`` how each client
    is called in manifests, declared or not. ``recordings`` are of those whose form had to be opened
    to know who they are.
    """

    kind: ResourceKind
    clients: tuple[Observed, ...]
    rows: Mapping[ElementId, Row]
    names: Mapping[ElementId, str]
    declared: Mapping[ElementId, Desired]
    missing: tuple[Desired, ...]
    children: Mapping[ElementId, Sequence[Desired]]
    recordings: Mapping[ElementId, ClientRecording]

    def listed_like(self, client: Observed) -> dict[Call, tuple[Row, ...]]:
        """Return the list of clients as far as it can matter to one of them."""
        alike = self.by_login.get(self.login(client)) or [client]
        call = plain_list(self.kind, Scope(self.kind.name))
        return {call: tuple(self.rows[each.row_id] for each in alike)}

    def login(self, client: Observed) -> str:
        """Return a client's login for a comparison."""
        return fold_text(str(client.fields.get(self.kind.login, "")))

    @cached_property
    def by_login(self) -> dict[str, list[Observed]]:
        """Return the clients by their logins, several where a panel holds one twice."""
        found: dict[str, list[Observed]] = {}
        for each in self.clients:
            if login := self.login(each):
                found.setdefault(login, []).append(each)
        return found

    @cached_property
    def refs(self) -> dict[Ref, ElementId]:
        """Return every reference by name to a client, with its id."""
        return {Ref(self.kind.name, "name", name): key for key, name in self.names.items()}


async def read_index(shared: SharedReplies, work: PlanContext) -> ClientIndex:
    """Read the list of clients. Raises: PanelError."""
    kind, scope = work.catalogue.client, Scope(work.catalogue.client.name)
    recording = ClientRecording(shared)
    owned = by_scope(work.inventory).get(scope, ())
    listed = await read_complete_list(
        recording, kind, scope, owned, namespace=work.namespace, login=""
    )
    alive = [each for each in listed if each.state in {"live", "busy"}]
    recordings, opened = await _recognised(shared, kind, alive)
    live = by_login(kind, opened)
    rows = {_key(kind, row): row for rows in recording.lists.values() for row in rows}
    wanted = [each for each in work.desired if each.address.kind == kind.name]
    found = match_resources(kind, work.namespace, wanted, live, inventory=work.inventory)
    declared = {pair.observed.row_id: pair.desired for pair in found.pairs}
    free = [each for each in live if each.row_id not in declared]
    moved = _moved(kind, work, found.absent, free)
    declared |= moved
    absent = tuple(each for each in found.absent if each not in moved.values())
    names = {key: each.address.name for key, each in declared.items()}
    names |= _remembered(work, kind, live, names)
    rest = [each for each in live if each.row_id not in names]
    taken = {each.address.name for each in wanted} | {*names.values()}
    return ClientIndex(
        kind,
        tuple(live),
        rows,
        {**names, **client_names(kind, rest, taken)},
        declared,
        absent,
        _children(work, kind, live, declared),
        recordings,
    )


async def _recognised(
    shared: SharedReplies, kind: ResourceKind, rows: Sequence[Observed]
) -> tuple[dict[ElementId, ClientRecording], list[Observed]]:
    """Open the forms of clients whose rows do not say who they are; some panels list no emails."""
    recordings = {each.row_id: ClientRecording(shared) for each in rows if needs_form(kind, each)}

    async def opened(row: Observed) -> Observed:
        recording = recordings.get(row.row_id)
        seen = await read_object_form(recording, kind, row) if recording else None
        return seen.observed if seen else row

    found = await gather_all(opened(row) for row in rows)
    return {key: each.keep_ahead() for key, each in recordings.items()}, found


def _moved(
    kind: ResourceKind, work: PlanContext, absent: Sequence[Desired], free: Sequence[Observed]
) -> dict[ElementId, Desired]:
    """Return the manifests whose client bears another identity in the panel by now, by its id.

    The id alone proves nothing: a restored panel gives it to somebody else, who would get the
    manifest and everything in it. What was applied beside the identity has to be there, too.
    """
    by_id = {each.row_id: each for each in free}
    moved = {}
    for desired in absent:
        entry = work.inventory.get(desired.address)
        observed = by_id.get(entry.row_id) if entry else None
        if entry and observed and _is_otherwise_as_applied(kind, entry, observed):
            moved[observed.row_id] = desired
    return moved


def _is_otherwise_as_applied(kind: ResourceKind, entry: InventoryEntry, observed: Observed) -> bool:
    """Return whether what the list shows beside the identity is all as it was applied."""
    names = entry.fields.keys() & observed.fields.keys() & kind.by_name.keys() - {*kind.identity}
    verdicts = {
        same(kind.by_name[name], entry.fields[name], observed.fields[name])
        for name in names
        if kind.by_name[name].compared
    }
    return True in verdicts and False not in verdicts


def _remembered(
    work: PlanContext,
    kind: ResourceKind,
    live: Sequence[Observed],
    declared: Mapping[ElementId, str],
) -> dict[ElementId, str]:
    """Return the names that the inventory knows of clients that no manifest declares now."""
    there = {each.row_id for each in live} - declared.keys()
    used = {each.address.name for each in work.desired if each.address.kind == kind.name}
    return {
        entry.row_id: address.name
        for address, entry in work.inventory.items()
        if address.kind == kind.name and entry.row_id in there and address.name not in used
    }


def _children(
    work: PlanContext,
    kind: ResourceKind,
    live: Sequence[Observed],
    declared: Mapping[ElementId, Desired],
) -> dict[ElementId, list[Desired]]:
    """Sort the declared children by the client that they refer to, in whatever way."""
    owners: dict[Ref, ElementId] = {}
    for each in live:
        owners[Ref(kind.name, "id", each.row_id)] = each.row_id
        login = str(each.fields.get(kind.login, ""))
        owners[Ref(kind.name, "email", fold_text(login))] = each.row_id
    for key, desired in declared.items():
        owners[Ref(kind.name, "name", desired.address.name)] = key
    found: dict[ElementId, list[Desired]] = {}
    for desired in work.desired:
        ref = desired.parent
        if ref is not None and ref.by == "email":
            ref = Ref(ref.kind, "email", fold_text(ref.key))
        owner = owners.get(ref) if ref else None
        if owner is not None:
            found.setdefault(owner, []).append(desired)
    return found


def _key(kind: ResourceKind, row: Row) -> ElementId:
    from reconciler.model.address import ElementId

    return ElementId(next(row.values[name] for name in kind.row_key if row.values.get(name)))
