"""Read a file once: what it declared is kept under a hash of its content, and taken from there.

Invariants: a file is taken only where its name and every byte are as they were, nothing was wrong
with it, no overlay lies over it, and none of its addresses is taken; whatever declares more than
plain resources (a set, a waiver, an override) is read anew. Taken or read, the resources are equal.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reconciler.model.address import Address
from reconciler.model.finding import Source
from reconciler.model.resource import Desired, Ignore, Layer, Lifecycle, Places
from reconciler.model.value import Choice, Ref, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.manifest.load.overlays import Overlays
    from reconciler.model.value import Value

# What `marshal` writes by itself; every other value is a tuple that begins with its sort.
_PLAIN = (str, int, type(None))  # a flag is an int, too
_Code = tuple[Any, ...]
_NO_NAMES: frozenset[str] = frozenset()
_NO_LAYERS: Mapping[str, tuple[Layer, ...]] = MappingProxyType({})
_new = tuple.__new__  # of the named tuples, a third of the time of their own constructors


class ParsedFiles:
    """What files declared, by key; ``made`` are those that were read anew in this run.

    All files together have a key, too: once nothing was wrong with any of them, the digest of their
    resources stands under it, or an empty text where no plan asked for it.
    """

    def __init__(self, kept: Mapping[bytes, bytes | memoryview]) -> None:
        """Begin with what earlier runs kept."""
        self.kept = kept
        self.used: set[bytes] = set()
        self.made: dict[bytes, bytes] = {}
        self._tree = hashlib.sha256()
        self._values: dict[_Code, Value] = {}  # equal values are one object, read once

    def take(self, key: bytes, file: str, state: LoadState, overlays: Overlays) -> bool:
        """Add the resources of a file to the state; False where the file has to be read."""
        payload = self.made.get(key) or self.kept.get(key)
        if payload is None:
            return False
        found = self._resources(marshal.loads(payload), file, overlays.catalogue)  # noqa: S302
        taken = {each.address: each.source for each in found}
        if not state.seen.keys().isdisjoint(taken) or overlays.lie_over_some(taken):
            return False
        self.used.add(key)
        state.seen.update(taken)
        state.desired += found
        client = overlays.catalogue.client.name
        state.clients.update(
            (each.address.name, each.labels) for each in found if each.address.kind == client
        )
        return True

    def keep(self, key: bytes, resources: Sequence[Desired], catalogue: Catalogue) -> None:
        """Keep what a file declared, for the next run."""
        records = [_record(each, each.places, catalogue) for each in resources]
        if None not in records:
            self.made[key] = marshal.dumps(records)

    def begin(self, overlays: int) -> None:
        """Begin with the next folder of so many overlays, or with the files below all of them."""
        self._tree.update(f"overlays {overlays}\n".encode())

    def key_of(self, file: str, raw: bytes) -> bytes:
        """Return the key of the next file: a hash of its name and its content."""
        key = hashlib.sha256(f"{file}\0".encode() + raw).digest()
        self._tree.update(key)
        return key

    def digest(self) -> str | None:
        """Return the digest of all files, if known nothing was wrong with them; else None."""
        tree = self._tree.digest()
        payload = self.made.get(tree) or self.kept.get(tree)
        if payload is None:
            return None
        self.used.add(tree)
        return str(marshal.loads(payload))  # noqa: S302

    def keep_digest(self, digest: str) -> None:
        """Keep that nothing is wrong with all files together, and their digest if it is known."""
        self.made[self._tree.digest()] = marshal.dumps(digest)

    def _resources(
        self, records: Iterable[_Code], file: str, catalogue: Catalogue
    ) -> list[Desired]:
        """Return the resources of some records; this is the loop that every cached load runs."""
        values, kinds = self._values, catalogue.by_name
        found: list[Desired] = []
        for of, name, at, fields, coded, places, life, labels, whole, listed in records:
            kind = kinds[of]
            for field, code in coded:
                value = values.get(code)
                if value is None:
                    value = values[code] = _decoded(code)
                fields[field] = value
            parent = fields.get(kind.parent) if kind.parent else None
            desired = (
                _new(Address, (of, name)),
                fields,
                _new(Source, (file, *at)),
                kind.default_lifecycle if life is None else _decoded_lifecycle(life),
                parent if isinstance(parent, Ref) else None,
                labels,
                frozenset(whole) if whole else _NO_NAMES,
                Places(file, *places),
                _NO_LAYERS,
                "",
                listed,
            )
            found.append(_new(Desired, desired))
        return found


def _record(desired: Desired, places: Mapping[str, Source], catalogue: Catalogue) -> _Code | None:
    """Return a resource as `marshal` can write it; None where a merge has touched it."""
    if not isinstance(places, Places):
        return None
    fields, life = desired.fields, desired.lifecycle
    of, name = desired.address
    default = catalogue.by_name[of].default_lifecycle
    return (
        of,
        name,
        desired.source[1:],
        {key: value if isinstance(value, _PLAIN) else None for key, value in fields.items()},
        tuple((k, _coded(each)) for k, each in fields.items() if not isinstance(each, _PLAIN)),
        (places.names, places.numbers),
        None if life == default else _coded_lifecycle(life),
        desired.labels,
        tuple(sorted(desired.whole)),
        desired.listed,
    )


def _coded(value: Value) -> _Code:
    match value:
        case Decimal():
            return ("number", str(value))
        case date():
            return ("day", value.isoformat())
        case Choice():
            return ("choice", value.id, value.label)
        case Ref():
            return ("ref", value.kind, value.by, value.key)
        case Secret():
            return ("secret", value.kind, value.reference)
        case frozenset():
            return ("set", *map(_coded, value))
        case tuple():
            return ("list", *map(_coded, value))
        case Mapping():
            return ("map", *value.items())
        case str() | int() | bool() | None:
            return ("plain", value)


def _decoded(code: _Code) -> Any:  # noqa: ANN401 - a value of any sort
    match list(code):
        case "number", text:
            return Decimal(text)
        case "day", text:
            return date.fromisoformat(text)
        case "choice", key, label:
            return Choice(key, label)
        case "ref", kind, by, key:
            return Ref(kind, by, key)
        case "secret", kind, reference:
            return Secret(kind, reference)
        case "set", *choices:
            return frozenset(map(_decoded, choices))
        case "list", *choices:
            return tuple(map(_decoded, choices))
        case "map", *pairs:
            return dict(pairs)
        case _:
            raise ValueError("a value of no known sort")


def _coded_lifecycle(life: Lifecycle) -> _Code:
    ignored = tuple((i.field, i.reason, i.until and i.until.isoformat()) for i in life.ignore)
    return (life.on_remove, life.protect, ignored, life.moved_from, life.adopt)


def _decoded_lifecycle(code: _Code) -> Lifecycle:
    on_remove, protect, ignored, moved_from, adopt = code
    ignores = tuple(
        Ignore(field, reason, until and date.fromisoformat(until))
        for field, reason, until in ignored
    )
    return Lifecycle(on_remove, protect, ignores, moved_from, adopt)
