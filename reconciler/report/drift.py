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
from reconciler.report.value import value_words

if TYPE_CHECKING:
    from reconciler.model.drift import DriftClass, DriftItem, DriftReport

_WORDS: dict[DriftClass, tuple[str, str]] = {
    "drift": ("~", "drift: changed in the panel"),
    "conflict": ("×", "conflict: changed in the panel and in the manifests"),
    "missing": ("-", "missing: deleted in the panel"),
    "added": ("+", "added: in the panel only; the next apply deletes it (--allow prune)"),
    "pending": ("·", "pending: changed in the manifests, not applied yet"),
}


def drift_text(
    report: DriftReport, palette: Colors = PLAIN, *, apply: str, accept: str, resume: str = ""
) -> str:
    """Show the changes since the last apply, their counts, and how to restore or accept them.

    ``apply`` is the command that applies the manifests, ``accept`` the one that changes them, and
    ``resume`` the one that must run before an apply while a charge is in doubt.
    """
    findings = finding_lines(report.findings, palette)
    if not report.drifted:
        calm = f"No drift. {counted(report.checked, 'resource')} checked."
        return joined([findings, [calm]])
    rank = list(_WORDS)
    ordered = sorted(report.drifted, key=lambda item: rank.index(item.drift_class))
    rows = [line for item in ordered for line in _lines(item, palette)]
    classes = [item.drift_class for item in report.drifted]
    counts = ", ".join(f"{classes.count(name)} {name}" for name in _WORDS)
    header = (
        f"Drift on {target_words(report.target)}, {counted(report.checked, 'resource')} checked"
    )
    ways = [heal_lines(report, apply, resume), accept_lines(report, accept)]
    return joined([[header], rows, findings, [f"Drift: {counts}."], *ways])


def _lines(item: DriftItem, palette: Colors) -> list[str]:
    sign, words = _WORDS[item.drift_class]
    name = f"{item.address}  (id {escape(item.id)})" if item.id else str(item.address)
    client = item.client.partition("/")[2] or item.client
    whose = f"of {escape(client)}, " if client else ""
    rows = [marked_row(palette.paint(sign), name, f"{whose}{words}")]
    for edit in item.edits:
        applied, live, wanted = map(value_words, (edit.applied, edit.live, edit.wanted))
        field = escape(edit.field)
        if item.drift_class == "added":  # it was neither applied nor declared
            rows.append(f"{INDENT}{field}: {live}")
            continue
        rows.append(f"{INDENT}{field}: applied {applied}, live {live}, wanted {wanted}")
    return rows
