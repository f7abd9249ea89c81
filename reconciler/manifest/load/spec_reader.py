"""Read a spec into a resource, and each inline child into another.

Invariants: an inline child equals a document of its own with the parent's name; the properties of
a kind come from its descriptor, never from its name.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from reconciler.kinds.parse import parse_spec
from reconciler.manifest.load.section import Section, inner_map, read_lifecycle, read_name
from reconciler.manifest.load.value_checks import check_values
from reconciler.manifest.quote import quote
from reconciler.manifest.yaml.positions import follow
from reconciler.model.address import Address
from reconciler.model.finding import Source
from reconciler.model.resource import Desired, Layer, Lifecycle, Places
from reconciler.model.value import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.kinds.parse import SpecError
    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.manifest.yaml.positions import Position
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.value import Fields, Value

# What an inline child says beside its fields.
OF_A_CHILD = frozenset({"name", "lifecycle"})

# What stands beside a spec, by its key: labels, the lifecycle.
Beside: TypeAlias = "Mapping[str, Section]"
_NOTHING: Beside = MappingProxyType({})
_NO_LAYERS: Mapping[str, tuple[Layer, ...]] = MappingProxyType({})


class SpecReader:
    """Reads the specs of one document; its labels are those of its children too."""

    __slots__ = ("catalogue", "labels", "state")

    def __init__(self, state: LoadState, catalogue: Catalogue, labels: Mapping[str, str]) -> None:
        """Collect into the state."""
        self.state = state
        self.catalogue = catalogue
        self.labels = labels

    def claim(self, kind: ResourceKind, name: str | None, source: Source) -> Address | None:
        """Return the address of a resource; None if its name is missing or taken."""
        address = Address(kind.name, name) if name else None
        return address if address and self.state.claim(address, source) else None

    def note_override(
        self, kind: ResourceKind, address: Address | None, lifecycle: Section | None
    ) -> None:
        """Keep in mind which set a resource stands above; whether that set is there shows later."""
        if lifecycle is None or "overrides" not in lifecycle.value:
            return
        name, place = lifecycle.value["overrides"], lifecycle.at("overrides")
        if not kind.parent:
            message = f"overrides: a ResourceSet declares no {kind.name}: take it out"
            self.state.refuse("invalid-lifecycle", message, place)
        elif not isinstance(name, str):
            message = "overrides: the name of a ResourceSet, such as agency-terms"
            self.state.refuse("invalid-lifecycle", message, place)
        elif address is not None:
            self.state.overrides[address] = (name, place)

    def read(
        self,
        kind: ResourceKind,
        address: Address | None,
        spec: Section,
        *,
        life: Lifecycle,
        source: Source,
        beside: Beside = _NOTHING,
    ) -> None:
        """Read a spec and its inline children; without an address only for their findings.

        ``beside`` has the labels and the lifecycle, which stand beside the spec.
        """
        children = self.catalogue.children[kind.name]
        raw: Mapping[str, Plain] = spec.value
        if not children.keys().isdisjoint(raw):
            raw = {key: value for key, value in raw.items() if key not in children}
        fields = self.fields(kind, raw, spec, children)
        if fields is not None and address is not None:
            whole = frozenset(child.name for key, child in children.items() if key in spec.value)
            kept = (kind, address, fields, spec)
            self._keep(*kept, life=life, source=source, whole=whole, beside=beside)
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
        beside: Beside,
        whole: frozenset[str] = frozenset(),
        listed: bool = False,
    ) -> None:
        parent = fields.get(kind.parent) if kind.parent else None
        lists = sorted(self.catalogue.by_name[name].inline for name in whole) if whole else ()
        layers = layers_of(spec, fields, beside)
        if lists and spec.place.origin:
            layers = {**layers, **_layers_of_lists(spec, lists, self.catalogue)}
        self.state.desired.append(
            Desired(
                address=address,
                fields=fields,
                source=source,
                lifecycle=life,
                parent=parent if isinstance(parent, Ref) else None,
                labels=self.labels,
                whole=whole,
                places=places_of(spec, [*fields, *lists], beside),
                layers=layers,
                listed=listed,
            )
        )

    def fields(
        self,
        kind: ResourceKind,
        raw: Mapping[str, object],
        spec: Section,
        children: Mapping[str, ResourceKind],
    ) -> Fields | None:
        """Read the fields of a spec, with those that a kind fills in; None where one is wrong."""
        fields, faults = parse_spec(kind, raw)
        check_values(self.state, kind, raw, spec)
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
            self.state.refuse(fault.code, fault.message, spec.at(*fault.path))
            return
        word = str(fault.path[0])
        hint = self.state.hint(word, [*_spec_keys(kind), *children])
        message = f"{kind.name} has no field {quote(word)}{hint}"
        self.state.refuse(fault.code, message, spec.key(word))

    def _list(self, kind: ResourceKind, key: str, parent: Address | None, spec: Section) -> None:
        items = spec.value[key]
        places = spec.place.inner[key].inner if isinstance(spec.place.inner, dict) else None
        if not isinstance(items, list) or not isinstance(places, list):
            message = f"{key}: expected a list; [] means none"
            self.state.refuse("wrong-type", message, spec.at(key))
            return
        for item, place in zip(items, places, strict=True):
            part = Section(spec.file, item if isinstance(item, dict) else {}, place)
            if isinstance(item, dict):
                self._child(kind, parent, part)
            else:
                message = f"{key}: expected a map with a name and the fields of a {kind.name}"
                self.state.refuse("wrong-type", message, part.at())

    def _child(self, kind: ResourceKind, parent: Address | None, part: Section) -> None:
        address = self.claim(kind, read_name(self.state, part), part.at())
        lifecycle = None
        if "lifecycle" in part.value:
            lifecycle = inner_map(self.state, part, "lifecycle")
        life = read_lifecycle(self.state, kind, lifecycle)
        self.note_override(kind, address, lifecycle)
        raw: dict[str, Plain] = {kind.parent: parent.name if parent else "unnamed"}
        raw |= {key: part.value[key] for key in part.value if key not in OF_A_CHILD | {kind.parent}}
        if kind.parent in part.value:
            message = f"remove {kind.parent}: the {kind.name} is inline, so its parent is known"
            self.state.refuse("parent-inline", message, part.key(kind.parent))
        fields = self.fields(kind, raw, part, {})
        # Without its client it would be reported once more, for a client of no name.
        if address is not None and fields is not None and parent is not None:
            beside = {"lifecycle": lifecycle} if lifecycle else _NOTHING
            kept = (kind, address, fields, part)
            self._keep(*kept, life=life, source=part.at(), beside=beside, listed=True)


def taken_out_by(
    address: Address, catalogue: Catalogue, resources: Iterable[Desired]
) -> tuple[Source, Address] | None:
    """Return the overlay whose inline list no longer names a resource, and the list's owner."""
    kind = catalogue.by_name.get(address.kind)
    key = kind.inline if kind else ""
    for desired in resources:
        layers = desired.layers.get(key, ()) if key else ()
        if any(isinstance(each.value, list) and str(address) in each.value for each in layers[:-1]):
            return layers[-1].source, desired.address
    return None


def places_of(spec: Section, names: Iterable[str], beside: Beside) -> Mapping[str, Source]:
    """Return where the fields and lists stand that are written in a spec, and what is beside it."""
    others = {
        f"{key}.{name}": place
        for key, part in beside.items()
        if part.place.origin is None and isinstance(part.place.inner, dict)
        for name, place in part.place.inner.items()
    }
    if spec.place.origin is None and isinstance(spec.place.inner, dict):
        return _in_one_file(spec.file, {**spec.place.inner, **others}, [*names, *others])
    written = spec.value
    found = {name: spec.at(*name.split(".")) for name in names if name.partition(".")[0] in written}
    return found | {name: Source(spec.file, *place[:2]) for name, place in others.items()}


def _in_one_file(
    file: str, written: Mapping[str, Position], names: Iterable[str]
) -> Mapping[str, Source]:
    """Return where fields stand that no overlay lies over."""
    found: list[str] = []
    numbers: list[int] = []
    for name in names:
        place = written.get(name)
        if place is None:  # a field inside a map, or one that a kind fills in by itself
            outer, *rest = name.split(".")
            if outer not in written:
                continue
            place = follow(written[outer], rest)
        found.append(name)
        numbers += place[:2]
    return Places(file, tuple(found), tuple(numbers))


def layers_of(spec: Section, fields: Fields, beside: Beside) -> Mapping[str, tuple[Layer, ...]]:
    """Return who had a say in what overlays lie over: fields, labels and the lifecycle."""
    found: dict[str, tuple[Layer, ...]] = {}
    for name in fields if spec.place.origin else ():
        origin = follow(spec.place, name.split(".")).origin
        if name.partition(".")[0] in spec.value and origin and len(origin.said) > 1:
            found[name] = tuple(Layer(source, value) for source, value in origin.said)
    for key, part in beside.items():
        if part.place.origin:
            found |= {f"{key}.{name}": _layers_at(part, name) for name in part.value}
    return found or _NO_LAYERS


def _layers_of_lists(
    spec: Section, lists: Iterable[str], catalogue: Catalogue
) -> Mapping[str, tuple[Layer, ...]]:
    """Return who had a say in inline lists: of each, the addresses of what it lists."""

    def addresses(kind: ResourceKind, value: object) -> list[str]:
        items = value if isinstance(value, list) else []
        return [f"{kind.name}/{item.get('name')}" for item in items if isinstance(item, dict)]

    return {
        key: tuple(
            replace(layer, value=addresses(catalogue.inlines[key], layer.value))
            for layer in _layers_at(spec, key)
        )
        for key in lists
    }


def _layers_at(part: Section, key: str) -> tuple[Layer, ...]:
    origin = follow(part.place, (key,)).origin
    said = origin.said if origin else ((part.at(key), part.value[key]),)
    return tuple(Layer(source, value) for source, value in said)


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
