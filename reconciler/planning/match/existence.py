"""The proof that an unmatched resource has no object.

Invariant: an object that may be the resource blocks its create.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.documents.values import shown
from reconciler.kinds.fields import ValueType
from reconciler.mapping.marker import is_ours, marker_of, name_in
from reconciler.model.reason import Reason, ReasonCode
from reconciler.planning.match.pairing import adoptable, agrees
from reconciler.planning.match.remedies import adopt_remedy, former_name_remedy

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address
    from reconciler.model.resource import Desired, Observed, Scope
    from reconciler.model.value import Value
    from reconciler.planning.context import PlanContext
    from reconciler.planning.match.pairing import MatchResult


def identity_key(kind: ResourceKind, desired: Desired, scope: Scope | None) -> Hashable:
    """Return the key that no two resources may share; the address where identities may repeat.

    Choices are resolved before, so ``EUR`` and ``Euro`` are equal.
    """
    names = kind.identity
    if kind.marker or not names or any(name not in desired.fields for name in names):
        return desired.address
    return kind.name, scope or desired.parent, tuple(_plain(desired.fields[n]) for n in names)


def possible_matches(kind: ResourceKind, pairing: MatchResult) -> tuple[Observed, ...]:
    """Return the objects of a scope that may be an unmatched resource.

    They are few where the identity is plain text that every row shows: an equal one would have
    been matched.
    """
    names = kind.known_by
    fuzzy = any(kind.by_name[name].wire.shape is not ValueType.PLAIN for name in names)
    return tuple(
        other
        for other in pairing.rest
        if other.state in {"live", "busy"}
        and (fuzzy or other.marker or any(name not in other.fields for name in names))
    )


def blocking_match(
    kind: ResourceKind, desired: Desired, others: Iterable[Observed], namespace: str
) -> Reason | None:
    """Return why a resource is not proved absent; None when it is."""
    for other in others:
        # The object exists under another marker: a create would make a duplicate of it, and the
        # panel would apply both discounts, or charge for both services.
        if other.marker and could_be(kind, desired, other):
            return _has_other_marker(namespace, desired, other)
        # The panel shows too little to rule the object out, so it may be the same one.
        if _may_be(kind, desired, other):
            return Reason(
                ReasonCode.TOO_LITTLE_SHOWN,
                f"object {other.row_id} may be this resource, but the panel returns too few "
                "of its fields: complete the object in the panel, or delete it",
            )
    return None


def could_be(kind: ResourceKind, desired: Desired, other: Observed) -> bool:
    """Return whether an object matches a resource, whatever marker it has."""
    return bool(adoptable(kind, desired, other)) or (
        not kind.identity and agrees(kind, desired, other)
    )


def _has_other_marker(namespace: str, desired: Desired, other: Observed) -> Reason:
    former = name_in(other.marker or "")
    # Our own marker with another name: most likely the manifest was renamed.
    if is_ours(other.marker, namespace) and former != desired.address.name:
        return Reason(
            ReasonCode.RENAMED,
            f"object {other.row_id} is {desired.address.kind}/{former}: if this is its new name, "
            f"{former_name_remedy(desired, former)}",
        )
    # The marker's field holds the key of another program, such as a billing integration: our
    # marker would replace it, and that program would lose its object.
    if not (other.marker or "").startswith("git:"):
        return Reason(
            ReasonCode.FOREIGN_MARKER,
            f"object {other.row_id} matches, but carries the key {other.marker!r} of another "
            "program, which our marker would replace: if that program no longer needs the "
            "key, remove it in the panel",
        )
    return Reason(
        ReasonCode.FOREIGN_MARKER,
        f"object {other.row_id} matches, but carries the marker {other.marker!r} of another "
        "project: remove the marker in the panel, or leave the object to it",
    )


def renamed_to(
    kind: ResourceKind, address: Address | None, other: Observed, absent: Iterable[Desired]
) -> Reason | None:
    """Return a reason when an unmatched resource may be this undeclared object, renamed."""
    new = next((desired for desired in absent if could_be(kind, desired, other)), None)
    if new is None:
        return None
    old = address.name if address else name_in(other.marker or "")
    remedy = former_name_remedy(new, old) if old else adopt_remedy(new, other.row_id)
    text = f"{new.address} could be this object under a new name: {remedy}"
    return Reason(ReasonCode.RENAMED, text)


def ambiguous_with(kind: ResourceKind, other: Observed, absent: Iterable[Desired]) -> Reason | None:
    """Return a reason when the panel shows too little to tell this object from a resource."""
    found = (desired.address for desired in absent if _may_be(kind, desired, other))
    address = next(found, None)
    if address is None:
        return None
    text = f"this object may be {address}, but the panel returns too few of its fields"
    return Reason(ReasonCode.TOO_LITTLE_SHOWN, text)


def ordered_before(work: PlanContext, kind: ResourceKind, desired: Desired) -> Reason | None:
    """Return a reason when this generation of an order was sent before and its object is gone."""
    if not kind.order:
        return None
    entry = work.inventory.get(desired.address)
    asked = kind.generation_of(desired.fields)
    known = entry.row_id if entry and kind.generation_of(entry.fields) == asked else ""
    number = known or work.ordered.get(marker_of(kind, work.namespace, desired), "")
    if not number:
        return None
    return Reason(
        ReasonCode.ORDERED_BEFORE,
        f"ordered before (id {number}) and deleted since: increase `generation` to order again",
    )


def _may_be(kind: ResourceKind, desired: Desired, other: Observed) -> bool:
    return not other.marker and adoptable(kind, desired, other) is None


def _plain(value: Value) -> Hashable:
    if isinstance(value, str):
        return value.casefold()
    return str(shown(value)) if isinstance(value, Mapping) else value
