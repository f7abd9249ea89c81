"""Show drift: changes made in the panel, apart from changes made in Git.

Invariant: each field is shown as last applied, as live and as wanted; a field of an added object
only as live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.accept_drift import accept_lines, heal_lines
from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.finding import finding_lines
from reconciler.report.layout import INDENT, counted, joined, marked_row
from reconciler.report.plan import target_words
from reconciler.report.rollup import Group, Item, Part, roll_up
from reconciler.report.value import value_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.drift import DriftClass, DriftEdit, DriftItem, DriftReport

_WORDS: dict[DriftClass, tuple[str, str]] = {
    "drift": ("~", "drift: changed in the panel"),
    "conflict": ("×", "conflict: changed in the panel and in the manifests"),
    "missing": ("-", "missing: deleted in the panel"),
    "added": ("+", "added: in the panel only; the next apply deletes it (--allow prune)"),
    "pending": ("·", "pending: changed in the manifests, not applied yet"),
}


def drift_text(
    report: DriftReport,
    palette: Colors = PLAIN,
    *,
    apply: str,
    accept: str,
    resume: str = "",
    full: bool = False,
) -> str:
    """Show the changes since the last apply, their counts, and how to restore or accept them.

    ``apply`` is the command that applies the manifests, ``accept`` the one that changes them, and
    ``resume`` the one that must run before an apply while a charge is in doubt.
    """
    findings = finding_lines(report.findings, palette)
    if not report.drifted:
        calm = f"No drift. {counted(report.checked, 'resource')} checked."
        return joined([findings, [calm]])
    rows = drift_rows(report, palette, full=full)
    header = (
        f"Drift on {target_words(report.target)}, {counted(report.checked, 'resource')} checked"
    )
    ways = [heal_lines(report, apply, resume), accept_lines(report, accept)]
    return joined([[header], rows, findings, [f"Drift: {drift_counts(report)}."], *ways])


def drift_counts(report: DriftReport) -> str:
    """Return how many resources drifted, by class."""
    classes = [item.drift_class for item in report.drifted]
    return ", ".join(f"{classes.count(name)} {name}" for name in _WORDS)


def drift_rows(report: DriftReport, palette: Colors = PLAIN, *, full: bool = False) -> list[str]:
    """Show what drifted as rows with their details; what reads alike is one row."""
    groups = drift_groups(report.drifted, full=full)
    return [line for group in groups for line in _lines(group, palette)]


def drift_groups(drifted: Sequence[DriftItem], *, full: bool = False) -> list[Group[DriftItem]]:
    """Return what drifted in groups that read alike, class by class; ``full`` groups nothing."""
    found = []
    for name in _WORDS:
        members = [item for item in drifted if item.drift_class == name]
        items = [_item(item) for item in members]
        alone = [Group((each.value,), (each.name,)) for each in items]
        found += alone if full else roll_up(items)
    return found


def drift_words(item: DriftItem) -> tuple[str, str]:
    """Return the symbol of what drifted, and what happened to it."""
    return _WORDS[item.drift_class]


def edit_line(item: DriftItem, edit: DriftEdit) -> str:
    """Return a field as last applied, as live and as wanted."""
    kind, field = item.address.kind, escape(edit.field)
    applied, live, wanted = (
        value_words(each, kind, edit.field) for each in (edit.applied, edit.live, edit.wanted)
    )
    if item.drift_class == "added":  # it was neither applied nor declared
        return f"{field}: {live}"
    return f"{field}: applied {applied}, live {live}, wanted {wanted}"


def whose_drift(group: Group[DriftItem]) -> str:
    """Return the client of what drifted, or how many clients."""
    clients = {each.client.partition("/")[2] or each.client for each in group.values} - {""}
    if len(clients) > 1:
        return f"of {len(clients):,} clients"
    return "".join(f"of {escape(client)}" for client in clients)


def _item(item: DriftItem) -> Item[DriftItem]:
    lines = {escape(edit.field): edit_line(item, edit) for edit in item.edits}
    parts = {name: Part(line, line.removeprefix(f"{name}: ")) for name, line in lines.items()}
    return Item(item, str(item.address), (item.address.kind, item.drift_class, *parts), parts)


def _lines(group: Group[DriftItem], palette: Colors) -> list[str]:
    item = group.values[0]
    sign, words = drift_words(item)
    name = f"{item.address}  (id {escape(item.id)})" if item.id else str(item.address)
    lines = [edit_line(item, edit) for edit in item.edits]
    if len(group.values) > 1:
        name = f"{len(group.values):,} × {item.address.kind}"
        lines = [*group.shared, *group.varied, group.samples]
    remark = ", ".join(each for each in (whose_drift(group), words) if each)
    return [marked_row(palette.paint(sign), name, remark), *(f"{INDENT}{line}" for line in lines)]
