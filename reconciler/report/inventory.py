"""Show the inventory as a table, and what an apply would write into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.finding import finding_lines
from reconciler.report.layout import INDENT, counted, joined, marked_row, table
from reconciler.report.plan import target_words
from reconciler.report.value import value_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.refresh import RefreshClass, RefreshItem, RefreshReport

_HEADER = ("ADDRESS", "ID", "CLIENT", "ON REMOVE")
_WORDS: dict[RefreshClass, tuple[str, str]] = {
    "added": ("+", "added: the object exists as declared"),
    "changed": ("~", "changed"),
    "removed": ("-", "removed from the inventory"),
    "gone": ("×", "gone: the panel has no such object, and the next apply creates it"),
    "moved": ("~", "moved: another id, recorded with its pending changes"),
    "unmarked": ("·", "unmarked: the object lost its marker, and the next apply sets it"),
    "blocked": ("x", "blocked"),
}


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


def refresh_text(report: RefreshReport, palette: Colors = PLAIN, *, drift: str) -> str:
    """Show what the inventory would become; ``drift`` is the command that shows what is left."""
    findings = finding_lines(report.findings, palette)
    kept = f"Values that were changed in the panel are not recorded; to see them: {drift}"
    left = [[kept]] if report.pending else []
    if not report.items:
        calm = f"The inventory is up to date. {counted(report.checked, 'resource')} checked."
        return joined([findings, [calm], *left])
    rows = [line for item in report.items for line in _lines(item, palette)]
    classes = [item.refresh_class for item in report.items]
    counts = ", ".join(f"{classes.count(name)} {name}" for name in _WORDS)
    header = (
        f"Inventory of {target_words(report.target)}, {counted(report.checked, 'resource')} "
        "checked; nothing is written"
    )
    return joined([[header], rows, findings, [f"Refresh: {counts}."], *left])


def _lines(item: RefreshItem, palette: Colors) -> list[str]:
    sign, words = _WORDS[item.refresh_class]
    ids = " → ".join(escape(each) for each in dict.fromkeys([item.id, item.new_id]) if each)
    name = f"{item.address}  (id {ids})" if ids else str(item.address)
    state = f"{words}: {escape(item.reason)}" if item.reason else words
    edits = (
        f"{INDENT}{escape(edit.field)}: {value_words(edit.before)} → {value_words(edit.after)}"
        for edit in item.edits
    )
    return [marked_row(palette.paint(sign), name, state), *edits]
