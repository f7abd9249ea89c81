"""What an apply would write into the inventory without changing the panel, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.finding import finding_lines
from reconciler.report.layout import INDENT, counted, joined, marked_row
from reconciler.report.plan import target_words
from reconciler.report.value import value_words

if TYPE_CHECKING:
    from reconciler.model.refresh import RefreshClass, RefreshItem, RefreshReport

_WORDS: dict[RefreshClass, tuple[str, str]] = {
    "added": ("+", "added: the object exists as declared"),
    "changed": ("~", "changed"),
    "removed": ("-", "removed from the inventory"),
    "gone": ("×", "gone: the panel has no such object, and the next apply creates it"),
    "moved": ("~", "moved: another id, recorded with its pending changes"),
    "unmarked": ("·", "unmarked: the object lost its marker, and the next apply sets it"),
    "blocked": ("x", "blocked"),
}


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
    told = f"{words}: {escape(item.reason)}" if item.reason else words
    edits = (
        f"{INDENT}{escape(edit.field)}: {value_words(edit.before)} → {value_words(edit.after)}"
        for edit in item.edits
    )
    return [marked_row(palette.paint(sign), name, told), *edits]
