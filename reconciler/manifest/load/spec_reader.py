"""A spec becomes a resource, and so does each child that it holds inline.

Invariants: an inline child is the same resource as a document of its own with the parent's name
filled in; a kind's particulars come from its descriptor, never from its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.kinds.parse import parse_spec
from reconciler.manifest.load.section import Section, inner_map, read_lifecycle, read_name
from reconciler.manifest.load.value_checks import check_values
from reconciler.manifest.quote import quote
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Lifecycle
from reconciler.model.value import Ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.kinds.parse import SpecError
    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.finding import Source
    from reconciler.model.value import Fields, Value

_OF_A_CHILD = frozenset({"name", "lifecycle"})


class SpecReader:
    """Reads the specs of one document; its labels are those of its children too."""

    __slots__ = ("catalogue", "labels", "sheet")

    def __init__(self, sheet: LoadState, catalogue: Catalogue, labels: Mapping[str, str]) -> None:
        """Collect into the sheet."""
        self.sheet = sheet
        self.catalogue = catalogue
        self.labels = labels

    def claim(self, kind: ResourceKind, name: str | None, source: Source) -> Address | None:
        """Take an address for a resource; None where there is none to be had."""
        address = Address(kind.name, name) if name else None
        return address if address and self.sheet.claim(address, source) else None

    def read(
        self,
        kind: ResourceKind,
        address: Address | None,
        spec: Section,
        *,
        life: Lifecycle,
        source: Source,
    ) -> None:
        """Read a spec and its inline children; without an address, for their faults alone."""
        children = children_of(self.catalogue, kind)
        raw = {key: value for key, value in spec.value.items() if key not in children}
        fields = self._fields(kind, raw, spec, children)
        if fields is not None and address is not None:
            whole = frozenset(child.name for key, child in children.items() if key in spec.value)
            self._keep(kind, address, fields, spec, life=life, source=source, whole=whole)
        for key, child in children.items():
            if key in spec.value:
                self._list(child, key, address, spec)

    def _keep(
        self,
        kind: ResourceKind,
        address: Address,
        fields: Fields,
        spec: Section,
        *,
        life: Lifecycle,
        source: Source,
        whole: frozenset[str] = frozenset(),
    ) -> None:
        parent = fields.get(kind.parent) if kind.parent else None
        self.sheet.desired.append(
            Desired(
                address=address,
                fields=fields,
                source=source,
                lifecycle=life,
                parent=parent if isinstance(parent, Ref) else None,
                labels=self.labels,
                whole=whole,
                places={name: spec.at(*name.split(".")) for name in fields},
            )
        )

    def _fields(
        self,
        kind: ResourceKind,
        raw: Mapping[str, object],
        spec: Section,
        children: Mapping[str, ResourceKind],
    ) -> Fields | None:
        fields, faults = parse_spec(kind, raw)
        check_values(self.sheet, kind, raw, spec)
        for fault in faults:
            self._fault(kind, fault, spec, children)
        return None if faults else _with_defaults(kind, fields)

    def _fault(
        self,
        kind: ResourceKind,
        fault: SpecError,
        spec: Section,
        children: Mapping[str, ResourceKind],
    ) -> None:
        if fault.code != "unknown-field" or len(fault.path) != 1:
            self.sheet.refuse(fault.code, fault.message, spec.at(*fault.path))
            return
        word = str(fault.path[0])
        hint = self.sheet.hint(word, [*_spec_keys(kind), *children])
        message = f"{kind.name} has no field {quote(word)}{hint}"
        self.sheet.refuse(fault.code, message, spec.key(word))

    def _list(self, kind: ResourceKind, key: str, parent: Address | None, spec: Section) -> None:
        items = spec.value[key]
        places = spec.place.inner[key].inner if isinstance(spec.place.inner, dict) else None
        if not isinstance(items, list) or not isinstance(places, list):
            message = f"{key}: expected a list; [] says that there shall be none"
            self.sheet.refuse("wrong-type", message, spec.at(key))
            return
        for item, place in zip(items, places, strict=True):
            part = Section(spec.file, item if isinstance(item, dict) else {}, place)
            if isinstance(item, dict):
                self._child(kind, parent, part)
            else:
                message = f"{key}: expected a map with a name and the fields of a {kind.name}"
                self.sheet.refuse("wrong-type", message, part.at())

    def _child(self, kind: ResourceKind, parent: Address | None, part: Section) -> None:
        address = self.claim(kind, read_name(self.sheet, part), part.at())
        lifecycle = None
        if "lifecycle" in part.value:
            lifecycle = inner_map(self.sheet, part, "lifecycle")
        life = read_lifecycle(self.sheet, kind, lifecycle)
        raw: dict[str, Plain] = {kind.parent: parent.name if parent else "unnamed"}
        raw |= {
            key: part.value[key] for key in part.value if key not in _OF_A_CHILD | {kind.parent}
        }
        if kind.parent in part.value:
            message = f"leave {kind.parent} out: the {kind.name} already stands inside its own"
            self.sheet.refuse("parent-inline", message, part.key(kind.parent))
        fields = self._fields(kind, raw, part, {})
        if address is not None and fields is not None:
            self._keep(kind, address, fields, part, life=life, source=part.at())


def children_of(catalogue: Catalogue, kind: ResourceKind) -> Mapping[str, ResourceKind]:
    """Return the kinds that a kind may hold inline, by the key that holds them."""
    return {
        key: child
        for key, child in catalogue.inlines.items()
        if child.by_name[child.parent].wire.ref == kind.name
    }


def _with_defaults(kind: ResourceKind, fields: Fields) -> Fields:
    missing = [name for name in kind.identity if name not in fields]
    if not missing:
        return fields
    filled: dict[str, Value] = dict(fields)
    for name in missing:
        default = kind.spec.model_fields[kind.by_name[name].attribute].default
        if default is not None:
            filled[name] = default
    return filled


def _spec_keys(kind: ResourceKind) -> list[str]:
    return sorted({facet.name.partition(".")[0] for facet in kind.facets})
