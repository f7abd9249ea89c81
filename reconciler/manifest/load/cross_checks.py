"""Check manifests against each other: references must exist, identities must differ.

Doubt: whether two spellings (``EUR`` and ``Euro``) are one choice is known only to the panel, so
such duplicates are found when planning, not here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.manifest.quote import quote
from reconciler.model.text import fold_domain
from reconciler.model.value import Choice, Ref

if TYPE_CHECKING:
    from collections.abc import Hashable

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.model.finding import Source
    from reconciler.model.resource import Desired
    from reconciler.model.value import Value


def check_references(state: LoadState, catalogue: Catalogue) -> None:
    """Report every reference by name to a manifest that does not exist."""
    names: dict[str, set[str]] = {}
    for address in state.seen:
        names.setdefault(address.kind, set()).add(address.name)
    reported: set[Source] = set()
    for desired in state.desired:
        fields = desired.fields
        for field in catalogue.by_name[desired.address.kind].references:
            value = fields.get(field)
            if not isinstance(value, Ref) or value.by != "name":
                continue
            if value.kind in catalogue.lookups or value.key in names.get(value.kind, ()):
                continue
            place = desired.places.get(field, desired.source)
            if desired.from_set and place in reported:
                continue  # what a set says of every client is wrong once
            reported.add(place)
            near = state.hint(value.key, names.get(value.kind, ()))
            hint = near or ": declare it, or name an existing object by {email: …} or {id: …}"
            message = (
                f"{desired.address}: {field} names {value.kind} {quote(value.key)}, which no "
                f"manifest declares{hint}"
            )
            state.refuse("unknown-reference", message, place)


def check_identities(state: LoadState, catalogue: Catalogue) -> None:
    """Report resources that would be the same object of the panel."""
    held: dict[Hashable, Desired] = {}
    # What has no other resource of its kind beside it is like no other one.
    beside = Counter((each.address.kind, each.parent and each.parent.key) for each in state.desired)
    for desired in state.desired:
        if beside[desired.address.kind, desired.parent and desired.parent.key] == 1:
            continue
        kind = catalogue.by_name[desired.address.kind]
        identity = _identity(kind, desired.fields)
        if identity is None:
            continue
        first = held.setdefault((kind.name, desired.parent, identity), desired)
        # Each of them says which object it is; that they name two is checked elsewhere.
        are_named = first.lifecycle.adopt and desired.lifecycle.adopt
        if first is not desired and not are_named:
            fields = ", ".join(kind.identity)
            message = (
                f"{desired.address} and {first.address} ({first.source}) are the same object"
                f"{_of_whom(desired)}, with equal {fields}: {_way_out(first, desired)}"
            )
            state.refuse("duplicate-identity", message, desired.source)


def _way_out(first: Desired, second: Desired) -> str:
    """Return what to do about two resources of one identity."""
    own, other = (second, first) if first.from_set else (first, second)
    if own.from_set or not other.from_set:
        return "change or remove one of them"
    return (
        f"to let {own.address} stand in place of the set's, name it {quote(other.address.name)} "
        f"and write `lifecycle: {{overrides: {other.from_set}}}` there; or remove it"
    )


def _of_whom(desired: Desired) -> str:
    """Name the client of a set's resource, whose source does not tell it."""
    return f" of {desired.parent}" if desired.from_set else ""


def _identity(kind: ResourceKind, fields: Mapping[str, Value]) -> Hashable | None:
    if not kind.identity or any(name not in fields for name in kind.identity):
        return None
    names = (kind.variant, *kind.identity) if kind.variant else kind.identity
    return tuple(_comparable(fields.get(name)) for name in names)


def _comparable(value: Value) -> Hashable:
    if isinstance(value, str):
        return fold_domain(value)
    if isinstance(value, Choice):
        return value.meaning
    if isinstance(value, frozenset):
        return frozenset(choice.meaning for choice in value)
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value
