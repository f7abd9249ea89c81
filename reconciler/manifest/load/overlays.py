"""Overlays: documents of a target that are laid over those of the same address.

Invariants: the base says what there is, an overlay only how it differs for one target: one that
finds nothing to lie over, or that says nothing, is an error. Folders are laid over in their order;
an inline child is laid over by a document of its own address, after its client's document in the
same folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.kinds.fields import Mode, ValueType
from reconciler.manifest.load.document import SET_KIND, check_version, find_kind, required_map
from reconciler.manifest.load.section import Section, inner_map, read_name
from reconciler.manifest.load.spec_reader import OF_A_CHILD, taken_out_by
from reconciler.manifest.yaml.merge import merge, merge_at, values_of
from reconciler.manifest.yaml.positions import Position, YamlDocument
from reconciler.model.address import Address

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.finding import FindingCode

# An overlay without any of these has no body.
_BODY = ("spec", "lifecycle", "lint")
# What is laid over a resource that stands in no document of its own.
_OF_ANY = ("spec", "lifecycle")

_Folder = dict[Address, YamlDocument]


class Overlays:
    """The overlays of one target, folder by folder, and which of them found something."""

    __slots__ = ("_folders", "_kinds", "_sheet", "_used", "catalogue")

    def __init__(self, state: LoadState, catalogue: Catalogue) -> None:
        """Begin without a folder; what is wrong with an overlay goes to the state."""
        self._sheet = state
        self.catalogue = catalogue
        self._folders: list[_Folder] = []
        self._kinds: set[str] = set()
        self._used: set[Address] = set()

    def add_folder(self, documents: Iterable[YamlDocument]) -> None:
        """Add the documents of one more folder, which override those before it."""
        folder: _Folder = {}
        for document in documents:
            address = self._address(document)
            if address is None:
                continue
            first = folder.setdefault(address, document)
            if first is not document:
                place = Section(first.file, {}, first.place).at()
                message = (
                    f"{address} has two overlays in one folder, the other one at {place}: write "
                    "one document"
                )
                self._refuse("duplicate-address", message, document)
        self._folders.append(folder)
        self._kinds.update(address.kind for address in folder)

    def over_document(self, document: YamlDocument) -> YamlDocument:
        """Return a document of the base with all that lies over it and its inline children."""
        if not self._folders or not isinstance(document.value, dict):
            return document
        metadata = document.value.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        address = Address(str(document.value.get("kind")), str(name))
        kind = self.catalogue.by_name.get(address.kind)
        for folder in self._folders:
            over = folder.get(address)
            if over is not None:
                self._used.add(address)
                single = _single(kind, "spec.") if kind else frozenset()
                differs = _chosen(over, (values_of(over) or {}).keys() - {"apiVersion", "kind"})
                document = merge(document, differs, single)
            if kind is not None:
                document = self._over_children(folder, kind, document)
        return document

    def over_resource(self, address: Address, document: YamlDocument) -> YamlDocument:
        """Return spec and lifecycle of a set's resource with what lies over this one of them."""
        kind = self.catalogue.by_name[address.kind]
        for folder in self._folders:
            over = folder.get(address)
            if over is not None:
                self._used.add(address)
                self._refuse_alien(over)
                document = merge(document, _chosen(over, _OF_ANY), _single(kind, "spec."))
        return document

    def lies_over(self, address: Address) -> bool:
        """Return whether a document has this address."""
        return any(address in folder for folder in self._folders)

    def lie_over_some(self, addresses: Iterable[Address]) -> bool:
        """Return whether a document has one of these addresses."""
        return bool(self._folders) and any(map(self.lies_over, addresses))

    def check_used(self) -> None:
        """Report every overlay without a document to override."""
        for folder in self._folders:
            for address, document in folder.items():
                if address in self._used:
                    continue
                self._refuse("overlay-unmatched", self._why_unmatched(address), document)

    def _why_unmatched(self, address: Address) -> str:
        state = self._sheet
        if out := taken_out_by(address, self.catalogue, state.desired):
            source, owner = out
            return (
                f"{address}: {source} takes it out of the list of {owner}: take this document out "
                "too, or name the resource in that list"
            )
        names = [seen.name for seen in state.seen if seen.kind == address.kind]
        hint = state.hint(address.name, names)
        return (
            f"{address}: no manifest declares it, and an overlay only changes what one "
            f"declares{hint or ': declare it in a manifest, or take this document out'}"
        )

    def _address(self, document: YamlDocument) -> Address | None:
        """Return what an overlay lies over; findings where it is no sound overlay."""
        if document.value is None:
            return None
        if not isinstance(document.value, dict):
            message = "expected a map: apiVersion, kind, metadata, and what differs"
            self._refuse("not-a-manifest", message, document)
            return None
        state = self._sheet
        part = Section(document.file, document.value, document.place)
        word = part.value.get("kind")
        if word != SET_KIND and find_kind(state, part, self.catalogue) is None:
            return None
        check_version(state, part)
        metadata = required_map(state, part, "metadata")
        name = read_name(state, metadata) if metadata else None
        if name is None or metadata is None:
            return None
        address = Address(str(word), name)
        if not any(part.value.get(key) for key in _BODY) and not metadata.value.get("labels"):
            message = (
                f"{address}: the overlay says nothing: give it spec, lifecycle or labels, or "
                "delete it"
            )
            self._refuse("overlay-empty", message, document)
            return None
        sections = [inner_map(state, part, key) for key in _OF_ANY if key in part.value]
        return None if None in sections else address

    def _over_children(
        self, folder: _Folder, kind: ResourceKind, document: YamlDocument
    ) -> YamlDocument:
        kinds = self._kinds
        for key, child in self.catalogue.children[kind.name].items():
            for number, name in _named_items(document, key) if child.name in kinds else ():
                address = Address(child.name, name)
                if address in folder:
                    self._used.add(address)
                    item = self._as_item(folder[address])
                    path = ("spec", key, number)
                    document = merge_at(document, path, item, _single(child, ""))
        return document

    def _as_item(self, over: YamlDocument) -> YamlDocument:
        """Return an overlay in the form in which a client holds its children inline."""
        self._refuse_alien(over)
        parts = _chosen(over, _OF_ANY)
        value: dict[str, Plain] = {}
        inner: dict[str, Position] = {}
        for key, part in (values_of(parts) or {}).items():
            if key == "lifecycle":
                value[key], inner[key] = part.value, part.place
                continue
            for field, item in (values_of(part) or {}).items():
                if field in OF_A_CHILD:
                    message = (
                        f"{field} is no field: an overlay has it under metadata or beside spec"
                    )
                    self._refuse("unknown-field", message, item)
                else:
                    value[field], inner[field] = item.value, item.place
        return YamlDocument(over.file, value, over.place._replace(inner=inner))

    def _refuse_alien(self, over: YamlDocument) -> None:
        """Note what an overlay says that a resource without a document of its own cannot have."""
        part = Section(over.file, over.value if isinstance(over.value, dict) else {}, over.place)
        metadata = part.value.get("metadata")
        if isinstance(metadata, dict) and "labels" in metadata:
            message = "labels: this resource has the labels of its client: take them out"
            self._sheet.refuse("unknown-key", message, part.at("metadata", "labels"))
        if "lint" in part.value:
            message = "lint: write it into an overlay of the document that declares the resource"
            self._sheet.refuse("unknown-key", message, part.key("lint"))

    def _refuse(self, code: FindingCode, message: str, document: YamlDocument) -> None:
        self._sheet.refuse(code, message, Section(document.file, {}, document.place).at())


def _single(kind: ResourceKind, prefix: str) -> frozenset[str]:
    """Return the fields in which a map is one value: a reference, a choice, a secret."""
    shapes = {ValueType.REF, ValueType.CHOICE}
    return frozenset(
        f"{prefix}{facet.name}"
        for facet in kind.facets
        if facet.wire.shape in shapes or facet.wire.mode is Mode.WRITE_ONLY
    )


def _chosen(document: YamlDocument, keys: Container[str]) -> YamlDocument:
    """Return a document with some of its keys alone."""
    kept = {key: item for key, item in (values_of(document) or {}).items() if key in keys}
    value: dict[str, Plain] = {key: item.value for key, item in kept.items()}
    inner = {key: item.place for key, item in kept.items()}
    return YamlDocument(document.file, value, document.place._replace(inner=inner))


def _named_items(document: YamlDocument, key: str) -> Iterator[tuple[int, str]]:
    """Yield the position and the name of each item of an inline list."""
    spec = document.value.get("spec") if isinstance(document.value, dict) else None
    items = spec.get(key) if isinstance(spec, dict) else None
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            yield number, str(item["name"])
