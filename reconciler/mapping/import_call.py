"""From a call that changed something to the manifest that would declare the same.

Invariants: only what was sent is declared, by the facets of the kind that knows the function; a
value that the kind would not take is left out and named, so that what comes out can be loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from reconciler.errors import CodecError
from reconciler.kinds.fields import Mode, ValueType
from reconciler.kinds.kind import MARKED
from reconciler.kinds.parse import parse_spec
from reconciler.mapping.marker import split_suffix
from reconciler.model.address import Address, is_numeric_id
from reconciler.wire.codec import split_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from decimal import Decimal

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind
    from reconciler.wire.request_log import LoggedCall

Plain: TypeAlias = "str | int | Decimal | bool | list[Plain] | dict[str, Plain] | None"

_NONE = frozenset({"", "null"})
_SENT = frozenset({Mode.EDIT, Mode.CREATE_ONLY, Mode.SENT_ONCE, Mode.PAID})
_ID = re.compile(r"[1-9][0-9]{0,18}")
_OPTION = re.compile(r"-?[A-Za-z0-9_.:-]+")


@dataclass(frozen=True, slots=True)
class ImportedResource:
    """A manifest, and what its author has to know of it: what is missing, what was left out."""

    address: Address
    document: dict[str, Plain]
    notes: tuple[str, ...] = ()


def import_calls(
    catalogue: Catalogue, logged: LoggedCall, name: str, taken: Collection[Address] = ()
) -> ImportedResource | None:
    """Declare what a confirmed call made or changed; None where no kind knows the function.

    ``name`` ends the resource's name where the object has none of its own, or one that is taken.
    """
    if "sok" not in logged.given:
        return None
    for kind in catalogue.resources:
        for variant in kind.variants:
            if logged.func in _functions(kind, variant):
                return _named_apart(_declaration(kind, variant, logged, name), name, taken)
    return None


def _functions(kind: ResourceKind, variant: str) -> set[str]:
    templates = {kind.create, kind.update, kind.order} - {""}
    return {kind.func(template, variant) for template in templates}


def _declaration(
    kind: ResourceKind, variant: str, logged: LoggedCall, name: str
) -> ImportedResource:
    spec: dict[str, Plain] = {}
    notes: list[str] = []
    if kind.variant:
        spec[kind.variant] = variant
    owner = _owner(kind, logged)
    if owner is not None:
        spec[kind.parent] = owner
    for facet in kind.facets:
        try:
            for value in _values(kind, facet, logged):
                _set(spec, facet.name, value)
        except CodecError:
            notes.append(f"{facet.name} was left out: the kind does not accept its value")
    notes += _without_faults(kind, spec)
    secret = [f.name for f in kind.facets if f.wire.mode is Mode.WRITE_ONLY and _hidden(f, logged)]
    notes += [f"{each} was sent: declare it as a reference to a secret" for each in secret]
    return _declared(Address(kind.name, _name(kind, spec, name)), spec, tuple(notes))


def _declared(address: Address, spec: Plain, notes: tuple[str, ...]) -> ImportedResource:
    document: dict[str, Plain] = {
        "apiVersion": "reconciler/v1",
        "kind": address.kind,
        "metadata": {"name": address.name},
        "spec": spec,
    }
    return ImportedResource(address, document, notes)


def _named_apart(
    made: ImportedResource, suffix: str, taken: Collection[Address]
) -> ImportedResource:
    """Rename a second object of one name, such as another order of a domain."""
    address = made.address
    while address in taken:
        address = Address(address.kind, f"{address.name[:50].rstrip('-.')}-{suffix}")
    if address == made.address:
        return made
    note = f"{made.address} is declared above as well: keep one of the two if they are one object"
    return _declared(address, made.document["spec"], (*made.notes, note))


def _owner(kind: ResourceKind, logged: LoggedCall) -> Plain:
    """Return the owner of the object: the named parent, or the client that was acted as."""
    plid = logged.given.get("plid", "")
    if kind.scope == "elid" and _ID.fullmatch(plid):
        return {"id": plid}
    acting = logged.su or logged.user
    return {"email": acting} if kind.scope == "su" and "@" in acting else None


def _values(kind: ResourceKind, facet: Field, logged: LoggedCall) -> Iterator[Plain]:
    """Yield the value of a field, or nothing where none was sent."""
    given, wire = logged.given, facet.wire
    fresh = "elid" not in given
    if wire.mode not in _SENT or (wire.mode is Mode.SENT_ONCE and not fresh):
        return
    if wire.mode is Mode.PAID:
        addons: dict[str, Plain] = {
            name.removeprefix(facet.param): value
            for name, value in given.items()
            if name.startswith(facet.param) and is_numeric_id(name.removeprefix(facet.param))
        }
        if addons:
            yield addons
        return
    if wire.gate and given.get(wire.gate) == "off":
        yield []
        return
    text = given.get(facet.param)
    if text is None:
        return
    if kind.marker and kind.marker.style == "suffix" and kind.marker.param == facet.param:
        text = split_suffix(text)[0]
    yield from _value(facet, text)


def _value(facet: Field, text: str) -> Iterator[Plain]:
    match facet.wire.shape:
        case ValueType.CHOICE | ValueType.REF if text in _NONE:
            if facet.wire.none:
                yield None
        case ValueType.CHOICE:
            yield _option(text)
        case ValueType.REF:
            yield {"id": text}
        case ValueType.CHOICES:
            yield [_option(part) for part in split_list(text) if part not in _NONE]
        case ValueType.PLAIN:
            value = facet.wire.codec.read(text)
            if isinstance(value, date):
                yield value.isoformat()
            elif value is None:
                if facet.wire.none:
                    yield None
            elif not isinstance(value, str) or value.strip():
                _check_text(value)
                yield value  # type: ignore[misc]  # plain fields hold plain values


def _check_text(value: object) -> None:
    if not isinstance(value, str):
        return
    # No manifest may hold what does not print, however it is written, nor say who owns an object.
    if not all(c.isprintable() or c in "\n\t" for c in value) or MARKED.search(value):
        raise CodecError("not a text of a manifest")


def _option(text: str) -> Plain:
    if not _OPTION.fullmatch(text):
        raise CodecError("not one option")
    return {"id": text}


def _set(spec: dict[str, Plain], path: str, value: Plain) -> None:
    first, dot, rest = path.partition(".")
    if not dot:
        spec[first] = value
        return
    inner = spec.setdefault(first, {})
    if isinstance(inner, dict):
        inner[rest] = value


def _without_faults(kind: ResourceKind, spec: dict[str, Plain]) -> list[str]:
    """Take out what the kind would refuse, and name that and what it needs beside."""
    _, faults = parse_spec(kind, spec)
    taken = {str(fault.path[0]) for fault in faults if fault.path} & spec.keys()
    notes = [f"{name} was left out: the kind does not accept its value" for name in sorted(taken)]
    for name in taken:
        del spec[name]
    required = [facet.name for facet in kind.facets if facet.required and facet.name not in spec]
    return notes + [f"{name} is required as well" for name in required]


def _hidden(facet: Field, logged: LoggedCall) -> bool:
    return not {facet.param, *facet.wire.also}.isdisjoint(logged.hidden)


def _name(kind: ResourceKind, spec: dict[str, Plain], suffix: str) -> str:
    own = next((spec[n] for n in kind.identity if isinstance(spec.get(n), str)), "")
    stem = re.sub(r"[^a-z0-9]+", "-", str(own).lower()).strip("-")[:50].strip("-")
    return stem or f"{kind.name.lower()}-{suffix}"
