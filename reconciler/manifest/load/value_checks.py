"""What a resource says beyond the shape of its fields, as far as that is known without a panel.

Invariant: an error is wrong on every panel; what some panel may take is a warning.
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

# How codes are written, by the table that they stand in.
_CODES = {"country": re.compile(r"[A-Z]{2,3}"), "currency": re.compile(r"[A-Z]{3}")}


def check_values(
    sheet: LoadState, kind: ResourceKind, raw: Mapping[str, object], part: Section
) -> None:
    """Note texts that claim an owner, and what looks like a code and is none.

    A panel may show such a label all the same, so that one is a warning.
    """
    for name, value in raw.items():
        facet = kind.by_name.get(name)
        if facet is None or not isinstance(value, str):
            continue
        if MARKED.search(value):
            message = (
                f"{name}: `[git:…]` marks an owned object, and is set by the apply: take it out"
            )
            sheet.refuse("marker", message, part.at(name))
        table = facet.wire.iso
        if table and _CODES[table].fullmatch(value) and not names_of(table, value):
            message = (
                f"{name}: {quote(value)} is the ISO code of no {table}: write its code, or its "
                "name as the panel shows it"
            )
            sheet.findings.append(Finding("warning", "unknown-code", message, part.at(name)))


def check_lifecycles(sheet: LoadState) -> None:
    """Note a former name that is the present one, and an object that two resources adopt."""
    adopted: dict[Hashable, Desired] = {}
    for desired in sheet.desired:
        _check_former_name(sheet, desired)
        named = desired.lifecycle.adopt
        key = (desired.address.kind, desired.parent, named)
        first = adopted.setdefault(key, desired) if named else desired
        if first is not desired:
            message = (
                f"{desired.address} and {first.address} ({first.source}) adopt one object, "
                f"{named}: take `adopt` out of one of them"
            )
            sheet.refuse("duplicate-adoption", message, desired.source)


def needed_at_creation(desired: Iterable[Desired], catalogue: Catalogue) -> list[Finding]:
    """Warn of every resource that can be found on the panel, but not made there as it stands."""
    found: list[Finding] = []
    told: set[Source] = set()
    for each in desired:
        if each.from_set and each.source in told:
            continue  # the set says the same of every client
        told.add(each.source)
        lacking = catalogue.by_name[each.address.kind].lacking(each.fields)
        if lacking:
            message = (
                f"{each.address}: none can be made without {', '.join(lacking)}: declare it, "
                "unless this one lives already"
            )
            found.append(Finding("warning", "needed-at-creation", message, each.source))
    return found


def _check_former_name(sheet: LoadState, desired: Desired) -> None:
    if desired.address.name in desired.lifecycle.moved_from:
        message = f"movedFrom: {desired.address.name} is its own name: take it out"
        sheet.refuse("invalid-lifecycle", message, desired.source)
