"""Check the values of resources, as far as possible without a panel.

Invariant: an error is wrong on every panel; a value that some panel may accept is a warning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.kinds.kind import MARKED
from reconciler.manifest.quote import quote
from reconciler.mapping.iso_codes import names_of
from reconciler.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.manifest.load.section import Section
    from reconciler.model.finding import Source
    from reconciler.model.resource import Desired

# The format of codes, by table.
_CODES = {"country": re.compile(r"[A-Z]{2,3}"), "currency": re.compile(r"[A-Z]{3}")}


def check_values(
    state: LoadState, kind: ResourceKind, raw: Mapping[str, object], part: Section
) -> None:
    """Report texts with an ownership marker, and unknown codes.

    An unknown code is a warning: a panel may have such a label.
    """
    for name, value in raw.items():
        if not isinstance(value, str):
            continue
        facet = kind.by_name.get(name)
        if facet is None:
            continue
        if "[git:" in value and MARKED.search(value):
            message = f"{name}: `[git:…]` is the ownership marker, which an apply writes: remove it"
            state.refuse("marker", message, part.at(name))
        table = facet.wire.iso
        if table and _CODES[table].fullmatch(value) and not names_of(table, value):
            message = (
                f"{name}: {quote(value)} is not the ISO code of a {table}: write a code, or the "
                "name that the panel shows"
            )
            state.findings.append(Finding("warning", "unknown-code", message, part.at(name)))


def check_lifecycles(state: LoadState) -> None:
    """Report a former name that equals the present one, and an object adopted by two resources."""
    adopted: dict[Hashable, Desired] = {}
    for desired in state.desired:
        if not (desired.lifecycle.moved_from or desired.lifecycle.adopt):
            continue
        _check_former_name(state, desired)
        named = desired.lifecycle.adopt
        key = (desired.address.kind, desired.parent, named)
        first = adopted.setdefault(key, desired) if named else desired
        if first is not desired:
            message = (
                f"{desired.address} and {first.address} ({first.source}) adopt the same object, "
                f"{named}: remove `adopt` from one of them"
            )
            state.refuse("duplicate-adoption", message, desired.source)


def needed_at_creation(desired: Iterable[Desired], catalogue: Catalogue) -> list[Finding]:
    """Warn of every resource that lacks a field which its creation needs."""
    found: list[Finding] = []
    reported: set[Source] = set()
    for each in desired:
        if each.from_set and each.source in reported:
            continue  # the set says the same of every client
        reported.add(each.source)
        lacking = catalogue.by_name[each.address.kind].lacking(each.fields)
        if lacking:
            message = (
                f"{each.address}: no object can be created without {', '.join(lacking)}: declare "
                "it, unless the object exists already"
            )
            found.append(Finding("warning", "needed-at-creation", message, each.source))
    return found


def _check_former_name(state: LoadState, desired: Desired) -> None:
    if desired.address.name in desired.lifecycle.moved_from:
        message = f"movedFrom: {desired.address.name} is the present name: remove it"
        state.refuse("invalid-lifecycle", message, desired.source)
