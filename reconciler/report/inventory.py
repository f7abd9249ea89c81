"""The inventory as a table and as JSON: what is owned, under which id, and how it may end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.values import Json, shown
from reconciler.report.inert import inert
from reconciler.report.layout import counted, joined, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.address import Address
    from reconciler.model.inventory import Entry

_HEADER = ("ADDRESS", "ID", "CLIENT", "ON REMOVE")


def inventory_text(target: str, entries: Mapping[Address, Entry]) -> str:
    """Show every owned resource on one line, in the order of the addresses."""
    if not entries:
        return joined([[f"Nothing is owned on {inert(target)} yet."]])
    rows = [_row(address, entry) for address, entry in sorted(entries.items())]
    count = f"{counted(len(rows), 'resource')} owned on {inert(target)}."
    return joined([table(_HEADER, rows), [count]])


def inventory_document(target: str, entries: Mapping[Address, Entry]) -> dict[str, Json]:
    """Return the inventory as one JSON document."""
    resources: list[Json] = [
        {
            "address": str(address),
            "id": str(entry.row_id),
            "parent": entry.scope.parent,
            "variant": entry.scope.variant or None,
            "client": entry.client or None,
            "onRemove": entry.lifecycle.on_remove,
            "protected": entry.lifecycle.protect,
            "fields": {name: shown(value) for name, value in sorted(entry.fields.items())},
        }
        for address, entry in sorted(entries.items())
    ]
    return {"formatVersion": "1", "target": target, "resources": resources}


def _row(address: Address, entry: Entry) -> tuple[str, ...]:
    ending = entry.lifecycle
    ends = f"{ending.on_remove}, protected" if ending.protect else ending.on_remove
    return str(address), inert(str(entry.row_id)), inert(entry.client), ends
