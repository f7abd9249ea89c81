"""Show the inventory as a table: each managed object, its id and its ``onRemove``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.escape import escape
from reconciler.report.layout import counted, joined, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry

_HEADER = ("ADDRESS", "ID", "CLIENT", "ON REMOVE")


def inventory_text(target: str, entries: Mapping[Address, InventoryEntry]) -> str:
    """Show every managed resource on one line, sorted by address."""
    if not entries:
        return joined([[f"Nothing is managed on {escape(target)} yet."]])
    rows = [_row(address, entry) for address, entry in sorted(entries.items())]
    count = f"{counted(len(rows), 'resource')} managed on {escape(target)}."
    return joined([table(_HEADER, rows), [count]])


def _row(address: Address, entry: InventoryEntry) -> tuple[str, ...]:
    ending = entry.lifecycle
    ends = f"{ending.on_remove}, protected" if ending.protect else ending.on_remove
    return str(address), escape(str(entry.row_id)), escape(entry.client), ends
