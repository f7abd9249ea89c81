"""One client: what was read becomes declarations, texts and the proof of them.

Invariants: what a manifest declares already keeps its name and its place; only objects that no
manifest declares are written anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.export.documents import Declaration
from reconciler.export.names import child_names, stem_of
from reconciler.export.values import ValueWriter
from reconciler.mapping.marker import is_ours, name_in
from reconciler.model.export import Omission
from reconciler.model.finding import Source
from reconciler.model.resource import Desired
from reconciler.model.text import fold_domain
from reconciler.model.value import Choice
from reconciler.planning.match.pairing import agrees

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable

    from reconciler.export.blank import BlankForm
    from reconciler.export.read import ReadClient, ReadObject
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Observed, Scope
    from reconciler.model.value import Fields, Value
    from reconciler.planning.context import PlanContext


@dataclass(slots=True)
class ClientDeclarations:
    """What is declared anew of one client, and what cannot be.

    ``partial`` are the kinds of which the panel holds something that is not declared.
    """

    login: str
    client: Declaration | None = None
    children: dict[str, list[Declaration]] = field(default_factory=dict)
    omissions: list[Omission] = field(default_factory=list)
    partial: set[str] = field(default_factory=set)

    @property
    def all(self) -> list[Declaration]:
        """Everything that is declared, the client first."""
        children = [each for children in self.children.values() for each in children]
        return [*([self.client] if self.client else []), *children]


@dataclass(frozen=True, slots=True)
class ClientDeclarer:
    """Declares what was read; ``taken`` are the names that are somebody's, by kind.

    ``remembered`` are the names that the inventory knows objects by.
    """

    work: PlanContext
    blanks: Mapping[str, BlankForm]
    taken: Mapping[str, set[str]]
    remembered: Mapping[tuple[Scope, ElementId], str]
    names: Callable[[str, str], str | None]
    every: bool

    def declare(
        self, name: str, read: ReadClient, managed: Mapping[str, Collection[ElementId]]
    ) -> ClientDeclarations:
        """Declare a client and its children, without those that are ``managed`` already."""
        kind = self.work.catalogue.client
        login = str(read.client.observed.fields.get(kind.login, ""))
        made = ClientDeclarations(login, omissions=list(read.omissions))
        made.partial |= {each.kind for each in read.omissions} | read.unread.keys()
        made.omissions += [
            Omission(name, login, "", "", f"its list was refused: {why}")
            for name, why in read.unread.items()
        ]
        if not managed.get(kind.name):
            made.client = self._declared(kind, read.client, name, made)
        stem = stem_of(name, read.client.observed.row_id)
        for child in self.work.catalogue.resources:
            items = [
                item
                for item in read.children.get(child.name, ())
                if item.observed.row_id not in managed.get(child.name, ())
            ]
            if items:
                made.children[child.name] = self._children(child, stem, items, made)
        return made

    def _children(
        self,
        kind: ResourceKind,
        stem: str,
        items: Sequence[ReadObject],
        made: ClientDeclarations,
    ) -> list[Declaration]:
        kept = self._kept_names(kind, items)
        rest = [item for item in items if item.observed.row_id not in kept]
        taken = self.taken.get(kind.name, set()) | {*kept.values()}
        names = {**kept, **child_names(kind, stem, rest, taken)}
        declared = [
            each
            for item in items
            if (each := self._declared(kind, item, names[item.observed.row_id], made))
        ]
        return with_adoptions(kind, declared, [item.observed for item in items])

    def _kept_names(self, kind: ResourceKind, items: Iterable[ReadObject]) -> dict[ElementId, str]:
        """Return the names that the inventory or a marker of ours gives to objects."""
        used = self.taken.get(kind.name, set())
        found: dict[ElementId, str] = {}
        for item in items:
            observed = item.observed
            name = self.remembered.get((observed.scope, observed.row_id), "")
            if not name and is_ours(observed.marker, self.work.namespace):
                name = name_in(observed.marker or "")
            if name and name not in used and name not in found.values():
                found[observed.row_id] = name
        return found

    def _declared(
        self, kind: ResourceKind, item: ReadObject, name: str, made: ClientDeclarations
    ) -> Declaration | None:
        observed = item.observed
        why = self._foreign(kind, observed)
        values = ValueWriter(kind, self.blanks[kind.name], self.names, every=self.every).write(item)
        why = why or values.impossible
        if why:
            made.omissions.append(Omission(kind.name, made.login, observed.row_id, "", why))
            made.partial.add(kind.name)
            return None
        made.omissions += [
            Omission(kind.name, made.login, observed.row_id, field_name, reason)
            for field_name, reason in values.omitted.items()
        ]
        return Declaration(kind, name, observed, values)

    def _foreign(self, kind: ResourceKind, observed: Observed) -> str:
        """Return whose an object is that bears the marker or the key of somebody else."""
        marker = observed.marker
        if not marker or kind.marker is None or is_ours(marker, self.work.namespace):
            return ""
        whose = "another project" if marker.startswith("git:") else "another program"
        return f"it carries the marker {marker!r} of {whose}"


def with_adoptions(
    kind: ResourceKind, declared: Sequence[Declaration], live: Sequence[Observed]
) -> list[Declaration]:
    """Mark those that another object would fit as well: they adopt theirs by its id."""
    fields = {each.id: each.values.fields for each in declared}
    alike: set[ElementId] = set()
    seen: dict[Hashable, ElementId] = {}
    for each in declared:
        if each.observed.marker:
            continue
        if kind.identity:
            first = seen.setdefault(_identity(kind, each, fields[each.id]), each.id)
            alike |= {first, each.id} if first != each.id else set()
            continue
        desired = Desired(each.address, fields[each.id], Source(""))
        others = (other for other in live if other.row_id != each.id and not other.marker)
        if any(agrees(kind, desired, other) for other in others):
            alike.add(each.id)
    return [replace(each, adopts=True) if each.id in alike else each for each in declared]


def _identity(kind: ResourceKind, declared: Declaration, fields: Fields) -> Hashable:
    values = (fields.get(name) for name in kind.identity)
    return declared.observed.scope, tuple(_comparable(value) for value in values)


def _comparable(value: Value) -> Hashable:
    match value:
        case Choice():
            return value.meaning
        case frozenset():
            return frozenset(choice.meaning for choice in value)
        case str():
            return fold_domain(value)
        case _:
            return str(value) if value else None
