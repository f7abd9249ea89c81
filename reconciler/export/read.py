"""One client and all that belongs to it, read once: lists first, then the form of each object.

Invariants: lists are proved complete as for a plan; what the panel refuses to show is named, and
everything else is still read; what is deleted is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.engine.observe.complete_list import read_complete_list
from reconciler.engine.observe.reads import (
    is_foreign,
    read_member_lists,
    read_object_form,
    verify_impersonation,
)
from reconciler.engine.observe.type_lists import plain_list
from reconciler.errors import AccessError, IncompleteError, RejectedError, UncertainListError
from reconciler.export.recording import ClientReplay
from reconciler.model.address import id_order
from reconciler.model.export import Omission
from reconciler.model.resource import Scope
from reconciler.panel.concurrency import gather_all
from reconciler.wire.call import list_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reconciler.engine.observe.complete_list import Owned
    from reconciler.export.recording import ClientRecording
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Observed
    from reconciler.wire.reply import Form, Options

# The columns that name the client of a row in a list of all clients.
_OWNER = ("account_id", "account")


@dataclass(frozen=True, slots=True)
class ReadObject:
    """An object as its form shows it, with that form, and what its side lists offer."""

    observed: Observed
    form: Form
    offers: Mapping[str, Options] = field(default_factory=dict)


@dataclass(slots=True)
class ReadClient:
    """A client with its children by kind; ``unread`` are kinds whose lists were refused."""

    client: ReadObject
    children: dict[str, list[ReadObject]] = field(default_factory=dict)
    omissions: list[Omission] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClientReader:
    """Reads clients through a recording, so that a plan can be made of the same answers.

    ``kind`` is that of the clients, ``kinds`` those of the children that are read.
    """

    kind: ResourceKind
    kinds: Sequence[ResourceKind]
    namespace: str
    owned: Mapping[Scope, Owned]
    chosen: Callable[[Observed], bool]

    async def read(self, reader: ClientRecording, row: Observed) -> ReadClient | None:
        """Read one client; None when it was deleted since the list was read, or is not chosen.

        Raises: PanelError.
        """
        login = str(row.fields.get(self.kind.login, ""))
        client = await self._client(reader, row)
        if client is None or not self.chosen(client.observed):
            return None
        found = ReadClient(client)
        if login and any(kind.scope == "su" for kind in self.kinds):
            await verify_impersonation(reader, login)
        await gather_all(
            self._children(
                reader, kind, Scope(kind.name, variant, row.row_id), login=login, found=found
            )
            for kind in self.kinds
            for variant in kind.variants
        )
        for items in found.children.values():
            items.sort(key=lambda item: (item.observed.scope.variant, _order(item.observed)))
        return found

    async def _client(self, reader: ClientRecording, row: Observed) -> ReadObject | None:
        names = [facet.name for facet in self.kind.members]
        seen = await read_object_form(reader, self.kind, row)
        if seen is None:
            return None
        observed, offers = await read_member_lists(reader, self.kind, seen.observed, names)
        return ReadObject(observed, seen.form, offers)

    async def _children(
        self,
        reader: ClientRecording,
        kind: ResourceKind,
        scope: Scope,
        *,
        login: str,
        found: ReadClient,
    ) -> None:
        su = kind.su(login)
        try:
            objects = await read_complete_list(
                reader,
                kind,
                scope,
                self.owned.get(scope, ()),
                namespace=self.namespace,
                login=su,
            )
        except (RejectedError, AccessError, UncertainListError) as refusal:
            if isinstance(refusal, RejectedError) and refusal.is_trouble:
                raise
            found.unread[kind.name] = str(refusal)
            return
        found.omissions += await _foreign_rows(reader, kind, scope, login=login)
        live = [each for each in objects if each.state in {"live", "busy"}]
        found.omissions += [
            Omission(kind.name, login, each.row_id, "", "the panel is deleting it")
            for each in objects
            if each.state == "closing"
        ]
        forms = await gather_all(_form(reader, kind, each, su) for each in live)
        for observed, answer in zip(live, forms, strict=True):
            if isinstance(answer, str):
                found.omissions.append(Omission(kind.name, login, observed.row_id, "", answer))
                found.children.setdefault(kind.name, [])
            elif answer is not None:
                found.children.setdefault(kind.name, []).append(answer)


async def _form(
    reader: ClientRecording, kind: ResourceKind, observed: Observed, login: str
) -> ReadObject | str | None:
    """Open one form; a text says why it does not open, and None that there is no such object."""
    titled = bool(kind.addons)
    try:
        seen = await read_object_form(reader, kind, observed, login=login, labels=titled)
    except RejectedError as refusal:
        return f"its form does not open: {refusal}"
    if seen is None:
        return None
    return ReadObject(seen.observed, seen.form)


async def _foreign_rows(
    reader: ClientRecording, kind: ResourceKind, scope: Scope, *, login: str
) -> list[Omission]:
    """Report the rows that are the panel's own: they were read, and passed over."""
    if not kind.foreign:
        return []
    rows = await ClientReplay(reader, {}).rows(plain_list(kind, scope, kind.su(login)))
    reason = "it belongs to a company or a country, not to the client alone"
    found = []
    for row in rows:
        if is_foreign(kind, row):
            key = next((row.values[name] for name in kind.row_key if row.values.get(name)), "")
            found.append(Omission(kind.name, login, key, "", reason))
    return found


async def read_undeclared(
    reader: ClientRecording, kind: ResourceKind, logins: Mapping[str, str]
) -> list[Omission]:
    """Name what is much the same as objects of a kind, and what no manifest declares.

    One list each, of all clients; an installation that lacks one has none of these objects.
    ``logins`` are those of the clients by their ids.

    Raises: PanelError.
    """
    found: list[Omission] = []
    for func in kind.undeclared:
        try:
            rows = await reader.rows(list_call(func))
        except (RejectedError, AccessError, IncompleteError) as refusal:
            if isinstance(refusal, RejectedError) and refusal.is_trouble:
                raise
            if not (isinstance(refusal, RejectedError) and refusal.is_missed):
                why = f"the list {func} was refused: {refusal}"
                found.append(Omission(kind.name, "", "", "", why))
            continue
        why = f"it is of the type {func}, which no manifest declares"
        for row in rows:
            key = next((row.values[name] for name in kind.row_key if row.values.get(name)), "")
            owner = next((row.values[name] for name in _OWNER if row.values.get(name)), "")
            found.append(Omission(kind.name, logins.get(owner, owner), key, "", why))
    return found


def _order(observed: Observed) -> tuple[int, int, str]:
    return id_order(observed.row_id)


def by_login(kind: ResourceKind, rows: Iterable[Observed]) -> list[Observed]:
    """Sort clients by their login, then by their id: an order that the panel does not choose."""
    return sorted(rows, key=lambda row: (str(row.fields.get(kind.login, "")), _order(row)))
