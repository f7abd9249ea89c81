"""Find the live object of each resource.

The first rule that applies wins: the id in the inventory, when the object there still has our
identity; the marker; both under a former name (``movedFrom``); the object that the author names
(``adopt``); the natural identity, or equal fields where a kind has none.
Invariants: two live objects with one identity block the resource; an object belongs to one
resource only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reconciler.mapping.marker import is_ours, marker_of, name_in, needs_marker
from reconciler.model.address import Address, id_order
from reconciler.model.reason import Reason, ReasonCode
from reconciler.planning.diff import same
from reconciler.planning.match.remedies import adopt_remedy

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Fields

How = Literal["inventory", "marker", "identity"]


@dataclass(frozen=True, slots=True)
class Match:
    """A resource and its object, with the rule that matched them."""

    desired: Desired
    observed: Observed
    how: How


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The result for one scope: pairs, resources without an object, conflicts, other objects."""

    pairs: tuple[Match, ...]
    absent: tuple[Desired, ...]
    blocked: Mapping[Address, Reason]
    rest: tuple[Observed, ...]


def match_resources(
    kind: ResourceKind,
    namespace: str,
    wanted: Iterable[Desired],
    live: Iterable[Observed],
    *,
    inventory: Mapping[Address, InventoryEntry],
) -> MatchResult:
    """Pair the resources of one scope with its live objects."""
    pairs: list[Match] = []
    blocked: dict[Address, Reason] = {}
    disputed: set[ElementId] = set()
    in_order = sorted(live, key=lambda each: id_order(each.row_id))
    open_objects = {o.row_id: o for o in in_order if o.state != "gone"}
    waiting = sorted(wanted, key=lambda desired: desired.address)
    waiting = _without_lost(
        kind, namespace, waiting, live=open_objects, inventory=inventory, blocked=blocked
    )
    passes: tuple[tuple[How, Callable[[Desired], list[Observed]]], ...] = (
        (
            "inventory",
            lambda d: _by_inventory(kind, namespace, d, open_objects, inventory=inventory),
        ),
        ("marker", lambda d: _by_marker(kind, namespace, d, open_objects)),
        (
            "inventory",
            _under_former_names(
                lambda d: _by_inventory(kind, namespace, d, open_objects, inventory=inventory)
            ),
        ),
        ("marker", _under_former_names(lambda d: _by_marker(kind, namespace, d, open_objects))),
        ("identity", lambda d: _by_adopt(d, open_objects)),
        *((("identity", lambda d: _agreeing(kind, d, open_objects)),) if not kind.identity else ()),
        ("identity", _identity_finder(kind, open_objects)),
    )
    for how, find in passes:
        still: list[Desired] = []
        for desired in waiting:
            found = [o for o in find(desired) if o.row_id in open_objects]
            if len(found) > 1:
                blocked[desired.address] = _several(how, desired, found)
                disputed |= {o.row_id for o in found}
            elif found:
                pairs.append(Match(desired, found[0], how))
                del open_objects[found[0].row_id]
            else:
                still.append(desired)
        waiting = still
    # An object that matches several resources may be a declared one: it must not be deleted.
    rest = tuple(o for o in open_objects.values() if o.row_id not in disputed)
    return MatchResult(tuple(pairs), tuple(waiting), blocked, rest)


def _several(how: How, desired: Desired, found: Sequence[Observed]) -> Reason:
    """Return the reason for a resource that matches several objects, with the remedy."""
    ids = ", ".join(each.row_id for each in found)
    # ``adopt`` does not help here: an object with a marker is never adopted.
    if how == "marker":
        text = (
            "several objects carry the marker of this resource: remove it from all but one: ids "
            f"{ids}"
        )
        return Reason(ReasonCode.DUPLICATE_MARKER, text)
    return Reason(
        ReasonCode.AMBIGUOUS_MATCH,
        f"several objects match this resource (ids {ids}): name one, for example: "
        f"{adopt_remedy(desired, found[0].row_id)}",
    )


def identity_holds(kind: ResourceKind, wanted: Fields, observed: Observed) -> bool | None:
    """Return whether an object has a natural identity; None when too little is shown."""
    names = kind.identity
    verdicts = [_holds(kind, name, wanted, observed) for name in names]
    if False in verdicts:
        return False
    return None if None in verdicts or not names else True


def adoptable(kind: ResourceKind, desired: Desired, observed: Observed) -> bool | None:
    """Return whether an unmanaged object is the declared one; None when too little is shown."""
    names = kind.known_by
    # Without its whole identity a resource would match almost any object.
    if not names or any(name not in desired.fields for name in names):
        return False
    names += tuple(name for name in kind.adopt_also if name in desired.fields)
    verdicts = [_holds(kind, name, desired.fields, observed) for name in names]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def agrees(kind: ResourceKind, desired: Desired, observed: Observed) -> bool:
    """Return whether every declared field that can be compared is known to be as declared."""
    names = [facet.name for facet in kind.facets if facet.compared and facet.name in desired.fields]
    return bool(names) and all(_holds(kind, n, desired.fields, observed) is True for n in names)


def former_addresses(desired: Desired) -> tuple[Address, ...]:
    """Return the addresses that a resource had before, as its author says."""
    return tuple(Address(desired.address.kind, name) for name in desired.lifecycle.moved_from)


def still_ours(
    kind: ResourceKind,
    namespace: str,
    address: Address,
    observed: Observed,
    *,
    entry: InventoryEntry | None,
) -> bool | None:
    """Return whether an undeclared object is the one that was applied under an address."""
    # The marker alone brought us here, and it is proof.
    if entry is None:
        return True
    # Ids are reused: without a marker only the identity proves that it is still our object.
    if not kind.marker:
        return identity_holds(kind, entry.fields, observed) is True
    # A marker of another name or project proves that the id was given to another object.
    if observed.marker:
        return is_ours(observed.marker, namespace) and name_in(observed.marker) == address.name
    return _as_applied(kind, observed, entry)


def why_not_ours(kind: ResourceKind, observed: Observed, entry: InventoryEntry | None) -> str:
    """Return why an object is not taken for the one that was applied under its id.

    A marker of somebody else proves that the id was given away. Without one only the identity can
    tell, and a panel may show it otherwise in a list than in a form, or not at all.
    """
    if kind.marker or entry is None:
        return "the id now belongs to another object"
    verdicts = {name: _holds(kind, name, entry.fields, observed) for name in kind.identity}
    moved = [name for name, verdict in verdicts.items() if verdict is False]
    if moved:
        seen = f"the panel shows another {' and another '.join(moved)} for id {observed.row_id}"
    else:
        hidden = [name for name, verdict in verdicts.items() if verdict is None]
        seen = f"the panel does not show {' and '.join(hidden)} of id {observed.row_id}"
    return f"{seen}, so nothing proves that it is the same object"


def needs_form(kind: ResourceKind, observed: Observed) -> bool:
    """Return whether a row shows too little to match it."""
    # The form was read already, or the object is about to disappear.
    if observed.from_form or observed.state in {"gone", "closing"}:
        return False
    # The list has no column for the marker: unread, the object would look unmanaged.
    if kind.marker and observed.marker == "":
        return True
    return any(name not in observed.fields for name in kind.identity)


def _holds(kind: ResourceKind, name: str, wanted: Fields, observed: Observed) -> bool | None:
    if name not in wanted or name not in observed.fields:
        return None
    return same(kind.by_name[name], wanted[name], observed.fields[name])


def _remembered(
    kind: ResourceKind,
    namespace: str,
    desired: Desired,
    found: Observed | None,
    *,
    entry: InventoryEntry | None,
) -> bool | None:
    """Return whether the object under an inventory's id is the resource's; None when unproved."""
    if entry is None or found is None:
        return False
    # Either identity counts: the panel may hold the old one (an edit in the manifest) or the new
    # one (edited by hand to what the manifest says now).
    if not kind.marker:
        return bool(
            identity_holds(kind, entry.fields, found) or identity_holds(kind, desired.fields, found)
        )
    # A different marker means that the id was given to another object.
    if found.marker:
        return found.marker == marker_of(kind, namespace, desired)
    if not needs_marker(kind, desired) and _mostly_as_applied(kind, found, entry):
        return True
    return _as_applied(kind, found, entry)


def _mostly_as_applied(kind: ResourceKind, found: Observed, entry: InventoryEntry) -> bool:
    """Return whether more of what was applied still holds than does not.

    It is asked of what never bore a marker: one value that a person changed is drift, and makes
    no other object of it.
    """
    names = [n for n in entry.fields if n in kind.by_name and kind.by_name[n].compared]
    verdicts = [_holds(kind, name, entry.fields, found) for name in names]
    return verdicts.count(True) > verdicts.count(False)


def _as_applied(kind: ResourceKind, found: Observed, entry: InventoryEntry) -> bool | None:
    """Return whether an object without a marker is the one that was applied; None when unproved.

    A person who edits the note may remove the marker: then the other applied fields must match,
    because the id may have been given to another object.
    """
    names = (*kind.known_by, *kind.adopt_also)
    names = tuple(name for name in names if name in entry.fields)
    verdicts = [_holds(kind, name, entry.fields, found) for name in names]
    if False in verdicts:
        return False
    return True if names and None not in verdicts else None


def _by_inventory(
    kind: ResourceKind,
    namespace: str,
    desired: Desired,
    live: Mapping[ElementId, Observed],
    *,
    inventory: Mapping[Address, InventoryEntry],
) -> list[Observed]:
    entry = inventory.get(desired.address)
    found = live.get(entry.row_id) if entry else None
    ours = _remembered(kind, namespace, desired, found, entry=entry)
    return [found] if found is not None and ours else []


def _without_lost(
    kind: ResourceKind,
    namespace: str,
    waiting: list[Desired],
    *,
    live: dict[ElementId, Observed],
    inventory: Mapping[Address, InventoryEntry],
    blocked: dict[Address, Reason],
) -> list[Desired]:
    """Block the resources whose object lost its marker; return the others.

    Otherwise a second object would be created beside the first, or a person's object be changed.
    """
    still: list[Desired] = []
    for desired in waiting:
        entry = inventory.get(desired.address)
        found = live.get(entry.row_id) if entry else None
        if _remembered(kind, namespace, desired, found, entry=entry) is None and found is not None:
            mark = marker_of(kind, namespace, desired)
            blocked[desired.address] = Reason(
                ReasonCode.MARKER_LOST,
                f"object {found.row_id} was this resource, but lost its marker: restore "
                f"[{mark}] at the end of its {kind.marker.param if kind.marker else 'text'}, "
                f"or run `reconciler forget {desired.address}`",
            )
            del live[found.row_id]
        else:
            still.append(desired)
    return still


def _by_marker(
    kind: ResourceKind, namespace: str, desired: Desired, live: Mapping[ElementId, Observed]
) -> list[Observed]:
    mark = marker_of(kind, namespace, desired)
    return [o for o in live.values() if o.marker == mark] if mark else []


def _under_former_names(
    find: Callable[[Desired], list[Observed]],
) -> Callable[[Desired], list[Observed]]:
    """Return a search that looks for a resource under each of its former names."""

    def find_former(desired: Desired) -> list[Observed]:
        former = (desired._replace(address=address) for address in former_addresses(desired))
        found = {each.row_id: each for named in former for each in find(named)}
        return list(found.values())

    return find_former


def _by_adopt(desired: Desired, live: Mapping[ElementId, Observed]) -> list[Observed]:
    """Find the object that ``adopt`` names; an object with a marker is managed by others."""
    named = live.get(desired.lifecycle.adopt) if desired.lifecycle.adopt else None
    return [named] if named is not None and not named.marker else []


def _agreeing(
    kind: ResourceKind, desired: Desired, live: Mapping[ElementId, Observed]
) -> list[Observed]:
    return [o for o in live.values() if not o.marker and agrees(kind, desired, o)]


def _identity_finder(
    kind: ResourceKind, live: Mapping[ElementId, Observed]
) -> Callable[[Desired], list[Observed]]:
    names = kind.known_by
    index: dict[object, list[Observed]] = {}
    plain = len(names) == 1
    if plain:
        for observed in live.values():
            index.setdefault(observed.fields.get(names[0]), []).append(observed)

    def find(desired: Desired) -> list[Observed]:
        candidates: Iterable[Observed] = live.values()
        if plain and names[0] in desired.fields:
            codec = kind.by_name[names[0]].wire.codec
            candidates = index.get(codec.read(codec.write(desired.fields[names[0]])), [])
        # An object with a marker belongs to another resource or to another project.
        return [o for o in candidates if adoptable(kind, desired, o) and not o.marker]

    return find
