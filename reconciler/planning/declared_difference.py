"""Compare what two versions of the manifests declare, resource by resource.

Invariant: positions, files, layers and sets do not count; a resource that moved between files, or
into a set, is the same if its values are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.kinds.fields import Mode
from reconciler.model.address import Address

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Desired

# The name under which plans edit the ownership marker.
_MARKER = "marker"


@dataclass(frozen=True, slots=True)
class Declared:
    """What manifests declare for one target: the resources, and whose markers they carry."""

    desired: tuple[Desired, ...]
    namespace: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredDifference:
    """How the declaration of one resource differs; None stands for a side without one.

    ``fields`` are those whose value, or whose exception, differs. ``rebound`` means that the
    resource may be another object: its identity, its parent, its generation or its binding differs.
    """

    before: Desired | None
    now: Desired | None
    fields: frozenset[str] = frozenset()
    rebound: bool = False

    @property
    def is_new(self) -> bool:
        """Return whether only the later side declares the resource."""
        return self.before is None

    @property
    def is_removed(self) -> bool:
        """Return whether only the earlier side declares the resource."""
        return self.now is None

    @property
    def moves(self) -> bool:
        """Return whether the resource may be another object than before."""
        return self.is_new or self.is_removed or self.rebound

    @property
    def moves_lists(self) -> bool:
        """Return whether both sides declare the resource, and other lists of it as whole."""
        return (
            self.before is not None
            and self.now is not None
            and (self.before.whole != self.now.whole)
        )

    def newly_whole(self, kind: str) -> bool:
        """Return whether only the later side declares a whole list of a kind."""
        was = self.before.whole if self.before else frozenset()
        return self.now is not None and kind in self.now.whole - was


def compare_declared(
    before: Declared, now: Declared, catalogue: Catalogue
) -> Mapping[Address, DeclaredDifference]:
    """Return the resources whose declaration differs, each with its difference.

    Another panel behind the target holds other objects: then every resource counts as new.
    """
    elsewhere = before.target != now.target
    earlier = {} if elsewhere else {desired.address: desired for desired in before.desired}
    later = {desired.address: desired for desired in now.desired}
    remarked = before.namespace != now.namespace
    found: dict[Address, DeclaredDifference] = {}
    for address in sorted(earlier.keys() | later.keys()):
        one, other = earlier.get(address), later.get(address)
        if one is None and other is not None:
            one = _under_its_former_name(other, earlier, later)
        if one is None or other is None:
            found[address] = DeclaredDifference(one, other)
            continue
        kind = catalogue.by_name[address.kind]
        fields = frozenset(_differing(kind, one, other))
        remarks = remarked or one.address != other.address
        fields |= {_MARKER} if remarks and kind.marker else frozenset()
        rebound = _is_rebound(kind, one, other, fields)
        if fields or rebound or _others(one) != _others(other):
            found[address] = DeclaredDifference(one, other, fields, rebound)
    return found


def _under_its_former_name(
    desired: Desired, earlier: Mapping[Address, Desired], later: Mapping[Address, Desired]
) -> Desired | None:
    """Return the former declaration of a resource that was renamed by ``movedFrom``."""
    formers = (Address(desired.address.kind, name) for name in desired.lifecycle.moved_from)
    return next((earlier[each] for each in formers if each in earlier and each not in later), None)


def _differing(kind: ResourceKind, one: Desired, other: Desired) -> Iterator[str]:
    """Return the fields whose value, or whose exception from comparing, differs."""
    for name in one.fields.keys() | other.fields.keys():
        absent = object()
        if one.fields.get(name, absent) != other.fields.get(name, absent):
            yield name
            if name == kind.rotation:  # it sends the fields that the panel never shows
                yield from (f.name for f in kind.facets if f.wire.mode is Mode.WRITE_ONLY)
    ignored = [
        {(each.field, each.until) for each in side.lifecycle.ignore} for side in (one, other)
    ]
    yield from (name for name, _ in ignored[0] ^ ignored[1])


def _is_rebound(kind: ResourceKind, one: Desired, other: Desired, fields: frozenset[str]) -> bool:
    known = {*kind.identity, *kind.known_by, kind.login, kind.variant, kind.parent}
    known |= {kind.terms.generation} if kind.marker else set()
    lives = (one.lifecycle, other.lifecycle)
    bound = [(life.moved_from, life.adopt) for life in lives]
    return bool(fields & (known - {""})) or one.parent != other.parent or bound[0] != bound[1]


def _others(desired: Desired) -> Hashable:
    """Return what else of a declaration a plan, a selection or a policy may depend on."""
    life = desired.lifecycle
    return life.on_remove, life.protect, desired.whole, frozenset(desired.labels.items())
