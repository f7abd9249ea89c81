"""What manifests declare of a client already: found as a plan finds it, and compared.

Invariants: a declared field keeps its place, and gets the panel's value only where that differs;
what is not declared of such an object stays undeclared, unless all fields are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.export.values import ValueWriter
from reconciler.kinds.parse import parse_spec
from reconciler.planning.diff import compare
from reconciler.planning.match.pairing import match_resources
from reconciler.planning.resolve import (
    EDITED,
    resolve_addons,
    resolve_choices,
    resolve_refs,
    spell_switches,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.export.blank import BlankForm
    from reconciler.export.read import ReadClient, ReadObject
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.address import Address, ElementId
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Desired
    from reconciler.model.value import Fields, Ref, Value
    from reconciler.planning.context import PlanContext


@dataclass(frozen=True, slots=True)
class DeclaredEdit:
    """Fields of a declared resource that get the values that live."""

    desired: Desired
    values: Mapping[str, Plain]


@dataclass(slots=True)
class DeclaredClient:
    """The declared resources of one client, as they are once the edits are made.

    ``managed`` are the objects that they are, or may be: none of these is written anew.
    """

    desired: list[Desired] = field(default_factory=list)
    edits: list[DeclaredEdit] = field(default_factory=list)
    managed: dict[str, set[ElementId]] = field(default_factory=dict)
    missing: list[Address] = field(default_factory=list)
    kept: dict[Address, str] = field(default_factory=dict)
    intended: dict[Address, ElementId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeclaredReader:
    """Finds the objects of what one client's manifests declare."""

    work: PlanContext
    blanks: Mapping[str, BlankForm]
    names: Callable[[str, str], str | None]
    ids: Mapping[Ref, ElementId]
    every: bool

    def read(
        self,
        client: Desired | None,
        children: Iterable[Desired],
        read: ReadClient,
        inventory: Mapping[Address, InventoryEntry],
    ) -> DeclaredClient:
        """Compare what is declared with what was read."""
        found = DeclaredClient()
        kind = self.work.catalogue.client
        if client is not None:
            found.managed[kind.name] = {read.client.observed.row_id}
            self._compared(kind, client, read.client, found)
        by_kind: dict[str, list[Desired]] = {}
        for child in children:
            by_kind.setdefault(child.address.kind, []).append(child)
        for name, mine in by_kind.items():
            child_kind = self.work.catalogue.by_name[name]
            if name in read.unread:
                found.kept |= {each.address: read.unread[name] for each in mine}
            elif name in self.blanks:
                self._paired(child_kind, mine, read.children.get(name, []), inventory, found=found)
        return found

    def _paired(
        self,
        kind: ResourceKind,
        mine: Sequence[Desired],
        items: Sequence[ReadObject],
        inventory: Mapping[Address, InventoryEntry],
        *,
        found: DeclaredClient,
    ) -> None:
        managed = found.managed.setdefault(kind.name, set())
        original = {each.address: each for each in mine}
        for variant in kind.variants:
            there = {
                item.observed.row_id: item
                for item in items
                if item.observed.scope.variant == variant
            }
            wanted = [self._resolved(kind, d) for d in mine if kind.variant_of(d.fields) == variant]
            pairing = match_resources(
                kind,
                self.work.namespace,
                wanted,
                [item.observed for item in there.values()],
                inventory=inventory,
            )
            managed |= there.keys() - {each.row_id for each in pairing.rest}
            found.missing += [each.address for each in pairing.absent]
            found.kept |= {address: why.text for address, why in pairing.blocked.items()}
            found.desired += [original[address] for address in pairing.blocked]
            for pair in pairing.pairs:
                item = there[pair.observed.row_id]
                self._compared(kind, original[pair.desired.address], item, found)

    def _compared(
        self, kind: ResourceKind, desired: Desired, item: ReadObject, found: DeclaredClient
    ) -> None:
        """Collect the fields that differ, with the values that they get."""
        address = desired.address
        found.intended[address] = item.observed.row_id
        resolved = self._resolved(kind, desired, item)
        edits = compare(kind, resolved, item.observed, self.work.today).edits
        names = dict.fromkeys(edit.field.partition(".")[0] for edit in edits)
        writer = ValueWriter(kind, self.blanks[kind.name], self.names, every=True)
        made = writer.write(item) if names or self.every else None
        values: dict[str, Plain] = {}
        for name in names if made else ():
            if made and name in made.spec:
                values[name] = (
                    _merged(desired, resolved, name, made.spec[name])
                    if name == kind.addons
                    else made.spec[name]
                )
            elif made:
                why = made.omitted.get(name, "the panel does not show its value")
                found.kept[address] = f"{name} differs: {why}"
        if self.every and made:
            new = {name: value for name, value in made.spec.items() if name not in desired.fields}
            values |= new
        if desired.from_set and values:
            # A plan would change this one, and the proof says so.
            found.kept[address] = _of_a_set(desired, values)
        elif values and made:
            typed = _typed(kind, {**made.spec, **values})
            fields: dict[str, Value] = {**desired.fields}
            fields |= {name: typed[name] for name in values if name in typed}
            found.edits.append(DeclaredEdit(desired, values))
            desired = desired._replace(fields=fields)
        found.desired.append(desired)

    def _resolved(
        self, kind: ResourceKind, desired: Desired, item: ReadObject | None = None
    ) -> Desired:
        if kind.order and item is not None:
            desired, _ = resolve_choices(kind, desired, item.form.options, EDITED)
            desired, _ = resolve_addons(kind, desired, item.form)
            desired = spell_switches(kind, desired, item.form.values)
        elif not kind.order:
            desired, _ = resolve_choices(kind, desired, self.blanks[kind.name].menus)
        return resolve_refs(kind, desired, self.ids)


def _of_a_set(desired: Desired, values: Mapping[str, Plain]) -> str:
    """Return why a resource of a set is not edited, and what its client may declare instead."""
    return (
        f"{', '.join(values)}: differs for this client, and ResourceSet {desired.from_set} "
        f"declares it for many: declare {desired.address} for the client with `lifecycle: "
        f"{{overrides: {desired.from_set}}}`"
    )


def _merged(desired: Desired, resolved: Desired, name: str, live: Plain) -> Plain:
    """Return a map with the keys that its author declared, and the values that live."""
    was, now = desired.fields.get(name), resolved.fields.get(name)
    if not isinstance(was, Mapping) or not isinstance(now, Mapping):
        return live
    known = live if isinstance(live, dict) else {}
    pairs = zip(was, now, strict=False)
    return {written: known.get(number, was[written]) for written, number in pairs}


def _typed(kind: ResourceKind, spec: Mapping[str, Plain]) -> Fields:
    stand_in: dict[str, Plain] = {kind.parent: "x"} if kind.parent else {}
    return parse_spec(kind, {**spec, **stand_in})[0]
