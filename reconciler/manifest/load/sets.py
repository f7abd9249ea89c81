"""Sets expanded: one document declares the same resources for many clients.

Invariants: a set is the same as its resources written out for each client, but that their source is
the set; only the name and the client of a resource are its own, and whatever is wrong with one of
them names the client.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.manifest.load.document import SET_KIND
from reconciler.manifest.load.section import NAME, Section
from reconciler.manifest.load.set_reader import SetReader
from reconciler.manifest.load.waivers import read_waivers
from reconciler.manifest.quote import quote
from reconciler.manifest.yaml.positions import YamlDocument
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Layer
from reconciler.model.value import Ref

if TYPE_CHECKING:
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.manifest.load.overlays import Overlays
    from reconciler.manifest.load.set_reader import EntryBody, Pattern, ResourceSet, SetEntry

# What all sets of a project may declare together.
MOST = 1_000_000
_SOUND = "lower-case letters, digits, '.' and '-', beginning with a letter or a digit, at most 63"


def expand_sets(
    state: LoadState, catalogue: Catalogue, overlays: Overlays, *, complete: bool
) -> tuple[ResourceSet, ...]:
    """Add the resources of all sets to the state, and return the sets that are sound.

    ``complete`` says that all manifests were read, so that what none of them declares is missing.
    Order: as the sets stand in the files, then as their entries do, then as the clients do.
    """
    expander = _Expander(state, catalogue, overlays, complete=complete)
    found = [expander.expand(part) for part in state.sets]
    if complete:
        expander.check_overrides()
    return tuple(each for each in found if each is not None)


class _Expander:
    """Declares what sets declare; the clients and all other resources are known."""

    def __init__(
        self, state: LoadState, catalogue: Catalogue, overlays: Overlays, *, complete: bool
    ) -> None:
        self.state = state
        self.overlays = overlays
        self.reader = SetReader(state, catalogue, complete=complete)
        self.client = catalogue.client.name
        # Every resource of a set so far, with the set and the client that it is declared for.
        self.made: dict[Address, tuple[str, str]] = {}
        self.obeyed: set[Address] = set()
        self.unsound: set[str] = set()
        # Where each resource with a document or an entry of its own stands among all.
        self.own = {each.address: number for number, each in enumerate(state.desired)}

    def expand(self, part: Section) -> ResourceSet | None:
        """Declare what a set declares; None where that is not known."""
        before, declared = len(self.state.findings), len(self.state.desired)
        chosen, entries = self.reader.read(part) or (None, [])
        if chosen and self._is_bounded(chosen, len(entries)):
            for entry in entries:
                self._declare(chosen, entry)
        if len(self.state.findings) > before:
            self.unsound.add(_name_of(part))
        read_waivers(self.state, part, self.state.desired[declared:])
        return chosen

    def _is_bounded(self, chosen: ResourceSet, entries: int) -> bool:
        """Return whether a set can be held in memory: a short text may declare without end."""
        if len(self.made) + entries * len(chosen.clients) <= MOST:
            return True
        message = (
            f"{entries} resources for each of {len(chosen.clients)} clients: all sets together "
            f"declare at most {MOST:,} resources: choose fewer clients"
        )
        self.state.refuse("set-resources", message, chosen.source)
        return False

    def check_overrides(self) -> None:
        """Report every resource that overrides a set which does not declare it."""
        for address, (name, place) in self.state.overrides.items():
            if address not in self.obeyed and name not in self.unsound:
                known = [each.name for each in self.state.seen if each.kind == SET_KIND]
                hint = "" if name in known else self.state.hint(name, known)
                message = f"overrides: no ResourceSet {quote(name)} declares {address}{hint}"
                self.state.refuse("override-unmatched", message, place)

    def _declare(self, chosen: ResourceSet, entry: SetEntry) -> None:
        """Declare the resources of one entry."""
        if len(entry.pattern) == 1 and len(chosen.clients) > 1:
            message = (
                f"name: {len(chosen.clients)} clients would have one {entry.kind.name} of this "
                "name: write {client} into it"
            )
            self.state.refuse("set-name", message, entry.part.at("name"))
            return
        source, parent = entry.part.at(), entry.kind.parent
        shared = replace(entry.body, places={**entry.body.places, parent: chosen.chosen_at})
        for client in chosen.clients:
            name = self._filled(entry, entry.pattern, client, chosen)
            address = Address(entry.kind.name, name) if name else None
            if address is None or not self._is_free(address, entry, client, chosen):
                continue
            body: EntryBody | None = shared
            if self.overlays.lies_over(address):
                body = self._overlaid(address, entry, chosen)
            if body is None:
                continue
            life = body.life
            if body.moved_from:
                former = [self._filled(entry, each, client, chosen) for each in body.moved_from]
                life = replace(life, moved_from=tuple(each for each in former if each))
            ref = Ref(self.client, "name", client)
            self.state.desired.append(
                Desired(
                    address=address,
                    fields={**body.fields, parent: ref},
                    source=source,
                    lifecycle=life,
                    parent=ref,
                    labels=self.state.clients[client],
                    places=body.places,
                    layers=body.layers,
                    from_set=chosen.name,
                )
            )

    def _overlaid(self, address: Address, entry: SetEntry, chosen: ResourceSet) -> EntryBody | None:
        part = entry.part
        document = self.overlays.over_resource(
            address, YamlDocument(part.file, dict(part.value), part.place)
        )
        value = document.value if isinstance(document.value, dict) else {}
        body = self.reader.read_body(
            entry.kind, Section(part.file, value, document.place), shared=False
        )
        if body is None:
            return None
        return replace(body, places={**body.places, entry.kind.parent: chosen.chosen_at})

    def _filled(
        self, entry: SetEntry, pattern: Pattern, client: str, chosen: ResourceSet
    ) -> str | None:
        labels = self.state.clients[client]
        words = list(pattern)
        for number in range(1, len(words), 2):
            key = words[number].removeprefix("label:")
            value = client if words[number] == "client" else labels.get(key)
            if value is None:
                message = (
                    f"ResourceSet/{chosen.name} names this {entry.kind.name} by the label "
                    f"{quote(key)}, which Client/{client} lacks: label the client, or except it"
                )
                self.state.refuse("set-name", message, entry.part.at("name"))
                return None
            words[number] = value
        name = "".join(words)
        if NAME.fullmatch(name):
            return name
        message = f"{quote(name)}, the name for Client/{client}, is no name: {_SOUND}"
        self.state.refuse("set-name", message, entry.part.at("name"))
        return None

    def _is_free(self, address: Address, entry: SetEntry, client: str, chosen: ResourceSet) -> bool:
        """Return whether a set's resource is declared: its address is free and not overridden."""
        over = self.state.overrides.get(address)
        if over is not None and over[0] == chosen.name:
            self.obeyed.add(address)
            self._keep_say(address, entry, client, chosen)
            return False
        place = entry.part.at("name")
        first = self.state.seen.get(address)
        if first is None:
            self.state.seen[address] = place
            self.made[address] = (chosen.name, client)
            return True
        message = f"ResourceSet/{chosen.name} declares {address} for Client/{client}, and so does "
        if address in self.made:
            name, other = self.made[address]
            message += (
                f"ResourceSet/{name} ({first}) for Client/{other}: change one of the names, or "
                "except the client"
            )
        else:
            message += (
                f"{first}: write `lifecycle: {{overrides: {chosen.name}}}` there to let that one "
                "stand, or change one of the names"
            )
        self.state.refuse("duplicate-address", message, place)
        return False

    def _keep_say(
        self, address: Address, entry: SetEntry, client: str, chosen: ResourceSet
    ) -> None:
        """Keep in mind, of a resource that stands above a set, what the set says of its fields."""
        number = self.own.get(address)
        if number is None:
            return
        own = self.state.desired[number]
        if own.parent and own.parent.by == "name" and own.parent.key != client:
            message = (
                f"overrides: ResourceSet/{chosen.name} declares {address} for Client/{client}, "
                f"and this one is for {own.parent}: change one of the names"
            )
            self.state.refuse("duplicate-address", message, self.state.overrides[address][1])
        said = {
            name: (
                Layer(entry.body.places[name], entry.body.fields[name], chosen.name),
                *own.layers.get(name, (Layer(own.places[name], own.fields[name]),)),
            )
            for name in entry.body.places.keys() & own.places.keys() & own.fields.keys()
        }
        self.state.desired[number] = own._replace(layers={**own.layers, **said})


def _name_of(part: Section) -> str:
    metadata = part.value.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""
