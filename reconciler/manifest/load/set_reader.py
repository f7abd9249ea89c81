"""A set as its author wrote it: which clients it chooses, and what it declares for each.

Invariants: a spec is read once, however many clients there are; what is wrong for every client
is reported once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.manifest.load.diagnostics import SECTIONS
from reconciler.manifest.load.document import SET_KIND, required_map
from reconciler.manifest.load.section import (
    Section,
    inner_map,
    read_labels,
    read_lifecycle,
    read_name,
    refuse_unknown,
)
from reconciler.manifest.load.spec_reader import SpecReader, layers_of, places_of
from reconciler.manifest.quote import quote
from reconciler.model.address import Address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.finding import Source
    from reconciler.model.resource import Layer, Lifecycle
    from reconciler.model.value import Fields

# What a name may hold besides letters: the client's name, or the value of one of its labels.
_PLACEHOLDER = re.compile(r"\{(client|label:[^{}]+)\}")
_TEXT = re.compile(r"[a-z0-9.-]*")
_ENTRY_KEYS = ("kind", "name", "lifecycle", "spec")
# What is said in the lifecycle of a set's resource in another way than elsewhere.
_OF_ONE = frozenset({"movedFrom", "overrides", "adopt"})

Pattern = tuple[str, ...]  # texts and placeholders by turns, a text first and last


@dataclass(frozen=True, slots=True)
class ResourceSet:
    """A set as its author wrote it, and the clients that it declares something for.

    ``chosen_at`` is where its author chooses them.
    """

    name: str
    labels: Mapping[str, str]
    excepted: frozenset[str]
    clients: tuple[str, ...]
    source: Source
    chosen_at: Source


@dataclass(frozen=True, slots=True)
class EntryBody:
    """What the resources of one entry have in common, for every client."""

    fields: Fields
    life: Lifecycle
    moved_from: tuple[Pattern, ...]
    places: Mapping[str, Source]
    layers: Mapping[str, tuple[Layer, ...]]


@dataclass(frozen=True, slots=True)
class SetEntry:
    """One entry of ``resources``: its kind, the pattern of the names, and the rest."""

    kind: ResourceKind
    part: Section
    pattern: Pattern
    body: EntryBody


class SetReader:
    """Reads sets, one after the other; all clients are known."""

    __slots__ = ("catalogue", "complete", "state")

    def __init__(self, state: LoadState, catalogue: Catalogue, *, complete: bool) -> None:
        """Collect findings into the state; ``complete`` says that no client was left unread."""
        self.complete = complete
        self.state = state
        self.catalogue = catalogue

    def read(self, part: Section) -> tuple[ResourceSet, list[SetEntry]] | None:
        """Read a set; None where it chooses nobody, or is not sound enough to tell."""
        if "lifecycle" in part.value:
            message = "a ResourceSet has no lifecycle: write it into its resources"
            self.state.refuse("unknown-key", message, part.key("lifecycle"))
        metadata = required_map(self.state, part, "metadata")
        spec = required_map(self.state, part, "spec")
        name = self._name_of_set(part, metadata) if metadata else None
        if spec is None:
            return None
        refuse_unknown(self.state, spec, ("clients", "resources"), "the spec of a ResourceSet")
        chosen = self._chosen(spec, name or "", part.at())
        entries = list(self._entries(spec))
        if name is None or chosen is None:
            return None
        return chosen, entries

    def _name_of_set(self, part: Section, metadata: Section) -> str | None:
        refuse_unknown(self.state, metadata, SECTIONS["metadata"], "metadata")
        if "labels" in metadata.value:
            message = "labels: a set's resources have the labels of their client: take them out"
            self.state.refuse("unknown-key", message, metadata.key("labels"))
        name = read_name(self.state, metadata)
        claimed = name is not None and self.state.claim(Address(SET_KIND, name), part.at())
        return name if claimed else None

    def _chosen(self, spec: Section, name: str, source: Source) -> ResourceSet | None:
        """Read the choice of clients; None where it is not sound, or chooses nobody."""
        before = len(self.state.findings)
        if "clients" not in spec.value:
            message = "a ResourceSet needs clients: {labels: {segment: agency}}"
            self.state.refuse("missing-key", message, spec.at())
            return None
        part = inner_map(self.state, spec, "clients")
        if part is None:
            return None
        refuse_unknown(self.state, part, ("labels", "except"), "clients")
        labels = read_labels(self.state, part)
        excepted = frozenset(self._excepted(part))
        if not labels and len(self.state.findings) == before:
            message = "labels: a set chooses its clients by at least one label"
            self.state.refuse("set-clients", message, part.at("labels"))
        if len(self.state.findings) > before:
            return None
        wanted = labels.items()
        found = [client for client, held in self.state.clients.items() if wanted <= held.items()]
        clients = tuple(client for client in found if client not in excepted)
        if not clients:
            self._refuse_empty(part, labels, excepted=bool(found))
            return None
        return ResourceSet(name, labels, excepted, clients, source, part.at())

    def _refuse_empty(self, part: Section, labels: Mapping[str, str], *, excepted: bool) -> None:
        if not self.complete:
            return
        words = ", ".join(f"{key}={value}" for key, value in labels.items())
        message = f"no Client manifest has {words}"
        message += " but those that are excepted" * excepted
        message += ": a set that chooses nobody declares nothing"
        self.state.refuse("set-clients", message, part.at("labels"))

    def _excepted(self, part: Section) -> Iterator[str]:
        names = part.value.get("except", [])
        if not isinstance(names, list):
            message = "except: expected a list of names of Client manifests"
            self.state.refuse("wrong-type", message, part.at("except"))
            return
        for number, name in enumerate(names):
            if isinstance(name, str) and (name in self.state.clients or not self.complete):
                yield name
                continue
            word = name if isinstance(name, str) else ""
            hint = self.state.hint(word, self.state.clients)
            message = f"except names Client {quote(word)}, which no manifest declares{hint}"
            self.state.refuse("unknown-reference", message, part.at("except", number))

    def _entries(self, spec: Section) -> Iterator[SetEntry]:
        items = spec.value.get("resources")
        inner = spec.place.inner
        places = inner["resources"].inner if isinstance(inner, dict) and items else None
        if not isinstance(items, list) or not isinstance(places, list):
            message = "resources: a ResourceSet needs a list of {kind, name, spec}"
            self.state.refuse("set-resources", message, spec.at("resources"))
            return
        for item, place in zip(items, places, strict=True):
            part = Section(spec.file, item if isinstance(item, dict) else {}, place)
            entry = self._entry(part) if isinstance(item, dict) else None
            if entry is not None:
                yield entry
            elif not isinstance(item, dict):
                message = "resources: expected a map with kind, name and spec"
                self.state.refuse("wrong-type", message, part.at())

    def _entry(self, part: Section) -> SetEntry | None:
        refuse_unknown(self.state, part, _ENTRY_KEYS, "a resource of a set")
        kind = self._kind(part)
        pattern = self._pattern(part)
        body = self.read_body(kind, part, shared=True) if kind else None
        return SetEntry(kind, part, pattern, body) if kind and pattern and body else None

    def _kind(self, part: Section) -> ResourceKind | None:
        word = part.value.get("kind")
        kind = self.catalogue.by_name.get(word) if isinstance(word, str) else None
        if (
            kind
            and kind.parent
            and kind.by_name[kind.parent].wire.ref == self.catalogue.client.name
        ):
            return kind
        names = [each.name for each in self.catalogue.resources if each.parent]
        message = f"kind: a set declares what belongs to a client: {', '.join(names)}"
        self.state.refuse("set-resources", message, part.at("kind"))
        return None

    def _pattern(self, part: Section) -> Pattern | None:
        text = part.value.get("name")
        pattern = parse_pattern(text) if isinstance(text, str) else None
        if pattern is None:
            message = (
                "name: a pattern such as '{client}-yearly', of lower-case letters, digits, '.', "
                "'-', {client} and {label:KEY}"
            )
            self.state.refuse("set-name", message, part.at("name"))
        return pattern

    def read_body(self, kind: ResourceKind, part: Section, *, shared: bool) -> EntryBody | None:
        """Read spec and lifecycle of an entry, or of one resource that overlays lie over."""
        spec = required_map(self.state, part, "spec")
        lifecycle = None
        if "lifecycle" in part.value:
            lifecycle = inner_map(self.state, part, "lifecycle")
        life, moved_from = self._lifecycle(kind, lifecycle, shared=shared)
        if spec is None:
            return None
        if kind.parent in spec.value:
            message = f"leave {kind.parent} out: the set chooses the clients"
            self.state.refuse("parent-inline", message, spec.key(kind.parent))
        raw: dict[str, Plain] = {kind.parent: "unnamed"}
        raw |= {key: value for key, value in spec.value.items() if key != kind.parent}
        fields = SpecReader(self.state, self.catalogue, {}).fields(kind, raw, spec, {})
        if fields is None:
            return None
        beside = {} if lifecycle is None else {"lifecycle": lifecycle}
        places, layers = places_of(spec, fields, beside), layers_of(spec, fields, beside)
        return EntryBody(fields, life, moved_from, places, layers)

    def _lifecycle(
        self, kind: ResourceKind, part: Section | None, *, shared: bool
    ) -> tuple[Lifecycle, tuple[Pattern, ...]]:
        if part is None:
            return read_lifecycle(self.state, kind, None), ()
        apart = _OF_ONE if shared else _OF_ONE - {"adopt"}
        rest = {key: value for key, value in part.value.items() if key not in apart}
        life = read_lifecycle(self.state, kind, Section(part.file, rest, part.place))
        for key in (apart - {"movedFrom"}) & part.value.keys():
            message = f"{key}: it is said of one resource, and never in a set"
            self.state.refuse("invalid-lifecycle", message, part.key(key))
        raw = part.value.get("movedFrom", [])
        texts = raw if isinstance(raw, list) else [raw]
        patterns = [parse_pattern(text) if isinstance(text, str) else None for text in texts]
        if None in patterns:
            message = "movedFrom: the former pattern of the name, or a list of different ones"
            self.state.refuse("invalid-lifecycle", message, part.at("movedFrom"))
        return life, tuple(each for each in patterns if each)


def parse_pattern(text: str) -> Pattern | None:
    """Parse a pattern of names; None where it cannot give a name."""
    parts = tuple(_PLACEHOLDER.split(text))
    sound = all(_TEXT.fullmatch(each) for each in parts[::2])
    return parts if text and sound else None
