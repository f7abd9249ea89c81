"""Detect a saved filter by client, which the panel applies without reporting it.

Invariants: everything here only reads; "no filter" needs known objects of at least two clients that
the lists show.
Source: ``account.setfilter``.
Doubt: which lists a real panel shortens by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.errors import (
    AccessError,
    CodecError,
    IncompleteError,
    LostAnswerError,
    RejectedError,
)
from reconciler.model.address import id_order, parse_element_id
from reconciler.model.diagnostics import Check
from reconciler.wire.call import form_call, list_call

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.engine.doctor.probe import Probe, SampleClient
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address, ElementId
    from reconciler.model.inventory import InventoryEntry
    from reconciler.wire.call import Call

NAME = "filter by client"
_MOST = 20
_REMEDY = "reconciler doctor --clear-filters, or remove the filter in the panel"
_DENIED = (RejectedError, AccessError, LostAnswerError)


@dataclass(frozen=True, slots=True)
class _Known:
    """An object that exists: its variant, its id, its client."""

    variant: str
    id: ElementId
    client: str


async def look_for_hidden(
    probe: Probe,
    catalogue: Catalogue,
    inventory: Mapping[Address, InventoryEntry],
    samples: Iterable[SampleClient],
) -> Check:
    """Look for objects that are known to exist in the lists that should show them."""
    found: set[str] = set()
    hidden: list[str] = []
    for kind in catalogue.resources:
        if kind.scope == "su":
            known = {*_owned(kind, inventory), *await _known_to_clients(probe, kind, samples)}
            for each in sorted(known, key=lambda one: (one.variant, id_order(one.id)))[:_MOST]:
                shown = await _is_shown(probe, kind, each)
                if shown is False:
                    hidden.append(f"{kind.func(kind.list, each.variant)} {each.id}")
                elif shown:
                    found.add(each.client)
        elif not kind.parent:
            seen, lost = await _owned_roots(probe, kind, inventory)
            found |= seen
            hidden += lost
    return _judged(found, hidden)


def _judged(found: set[str], hidden: list[str]) -> Check:
    if hidden:
        what = ", ".join(hidden[:3])
        message = f"objects that exist are in no list ({what}): lists are cut to one client"
        return Check(NAME, "problem", message, _REMEDY)
    if len(found) > 1:
        return Check(NAME, "ok", f"the objects of {len(found)} clients are in their lists")
    message = "unknown: needs known objects of two clients"
    return Check(NAME, "unknown", message, "apply something first, or check in the panel")


async def _known_to_clients(
    probe: Probe, kind: ResourceKind, samples: Iterable[SampleClient]
) -> list[_Known]:
    """Return objects from some clients' own lists: an administrator must see them too."""
    found = []
    for sample in samples:
        if not sample.login:
            continue
        for variant in kind.variants:
            for func in await probe.lists_of(kind, variant):
                try:
                    page = await probe.inspector.page(list_call(func, su=sample.login))
                    ids = [parse_element_id(row.values.get("id", "")) for row in page.rows[:2]]
                except (*_DENIED, CodecError):
                    continue
                found += [_Known(variant, number, sample.id) for number in ids]
    return found


def _owned(kind: ResourceKind, inventory: Mapping[Address, InventoryEntry]) -> list[_Known]:
    return [
        _Known(entry.scope.variant, entry.row_id, entry.scope.parent or "")
        for entry in inventory.values()
        if entry.scope.kind == kind.name
    ]


async def _is_shown(probe: Probe, kind: ResourceKind, known: _Known) -> bool | None:
    """Return whether the administrator's lists of a type show a row; None if that is unproved."""
    funcs = await probe.lists_of(kind, known.variant)
    shown = [await _shows(probe, func, known) for func in funcs]
    if True in shown or None in shown:
        return True if True in shown else None
    forms = [form_call(kind.func(kind.form, func), known.id) for func in funcs]
    return False if any([await _exists(probe, call) for call in forms]) else None


async def _shows(probe: Probe, func: str, known: _Known) -> bool | None:
    """Return whether one list shows a row; None where the list may be incomplete."""
    narrow = (("filter", "on"), ("id", known.id))
    base = list_call(func)
    try:
        page = await probe.inspector.page(replace(base, params=base.params + narrow))
    except _DENIED:
        return None
    if any(row.values.get("id") == known.id for row in page.rows):
        return True
    whole = page.total is not None and page.total <= len(page.rows)
    return None if (func, "") in probe.filtered or not whole else False


async def _exists(probe: Probe, call: Call) -> bool:
    try:
        await probe.inspector.form(call)
    except _DENIED:
        return False
    return True


async def _owned_roots(
    probe: Probe, kind: ResourceKind, inventory: Mapping[Address, InventoryEntry]
) -> tuple[set[str], list[str]]:
    owned = [e.row_id for e in inventory.values() if e.scope.kind == kind.name][:_MOST]
    if not owned:
        return set(), []
    try:
        rows = await probe.inspector.rows(list_call(kind.list))
    except (IncompleteError, *_DENIED):
        return set(), []
    listed = {row.values.get(key, "") for row in rows for key in kind.row_key}
    lost = [number for number in owned if number not in listed]
    hidden = [f"{kind.list} {n}" for n in lost if await _exists(probe, form_call(kind.form, n))]
    return {number for number in owned if number in listed}, hidden
