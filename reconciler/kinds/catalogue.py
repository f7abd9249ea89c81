"""All kinds, found by looking into this package, and passed around as one value.

Invariant: two kinds of one name, or a child without its parent, are refused at once.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from reconciler.kinds.kind import AnyKind, LookupKind, ResourceKind


@dataclass(frozen=True)
class Catalogue:
    """The kinds that a run knows; build one with ``discover`` or ``with_kinds``."""

    kinds: tuple[AnyKind, ...]

    def __post_init__(self) -> None:
        """Refuse kinds or inline names that clash, and a role that names no field."""
        names = [kind.name for kind in self.kinds]
        inlines = [kind.inline for kind in self.resources if kind.inline]
        for kind in self.resources:
            if strange := kind.named_fields - kind.by_name.keys():
                message = f"{kind.name} has no field {sorted(strange)}"
                raise ValueError(message)
        for label in (names, inlines):
            twice = {name for name in label if label.count(name) > 1}
            if twice:
                message = f"two kinds are called {sorted(twice)}"
                raise ValueError(message)

    def __iter__(self) -> Iterator[AnyKind]:
        """Iterate over every kind, lookups included."""
        return iter(self.kinds)

    @property
    def resources(self) -> tuple[ResourceKind, ...]:
        """The kinds that manifests may declare, parents before children."""
        found = [kind for kind in self.kinds if isinstance(kind, ResourceKind)]
        return tuple(sorted(found, key=lambda kind: (bool(kind.parent), kind.name)))

    @cached_property
    def client(self) -> ResourceKind:
        """Return the kind whose objects have a login: whom the panel can be asked as."""
        return next(kind for kind in self.resources if kind.login)

    @cached_property
    def by_name(self) -> Mapping[str, ResourceKind]:
        """Return the resource kinds by name."""
        return {kind.name: kind for kind in self.resources}

    @cached_property
    def lookups(self) -> Mapping[str, LookupKind]:
        """Return the lookup kinds by name."""
        return {kind.name: kind for kind in self.kinds if isinstance(kind, LookupKind)}

    @cached_property
    def inlines(self) -> Mapping[str, ResourceKind]:
        """Return the child kinds by the key under which a client holds them inline."""
        return {kind.inline: kind for kind in self.resources if kind.inline}

    @cached_property
    def children(self) -> Mapping[str, Mapping[str, ResourceKind]]:
        """Return, by the name of each kind, the kinds that it may hold inline, by their keys."""
        parents = {key: kind.by_name[kind.parent].wire.ref for key, kind in self.inlines.items()}
        return {
            kind.name: {k: child for k, child in self.inlines.items() if parents[k] == kind.name}
            for kind in self.resources
        }

    def with_kinds(self, kinds: Iterable[AnyKind]) -> Catalogue:
        """Return a catalogue that knows further kinds."""
        return Catalogue(self.kinds + tuple(kinds))


def discover() -> Catalogue:
    """Collect the ``KINDS`` of every module in this package, in the order of their names."""
    package = importlib.import_module(__package__)
    kinds: list[AnyKind] = []
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        kinds.extend(getattr(importlib.import_module(f"{__package__}.{module.name}"), "KINDS", ()))
    return Catalogue(tuple(kinds))
