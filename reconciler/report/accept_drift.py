"""End drift: commands that restore the manifests' values or accept the panel's, and the patch.

Invariant: a patch shows the lines that are written, and no terminal or CI log obeys one of them.
"""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.layout import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.drift import DriftReport

_LINES_OF_ONE = 20
_LINES_OF_ALL = 200


def heal_lines(report: DriftReport, apply: str, resume: str = "") -> list[str]:
    """Return the commands that restore the declared values.

    ``resume`` is the command that must run first, if there is one.
    """
    first = [f"A charge is in doubt, and no apply starts before it is resolved: {resume}"]
    return (first if resume else []) + _apply_lines(report, apply)


def _apply_lines(report: DriftReport, apply: str) -> list[str]:
    classes = {item.drift_class for item in report.drifted}
    if classes == {"pending"}:
        return [f"To apply the changes of the manifests: {apply}"]
    consent = " --allow prune" if "added" in classes else ""
    lines = [f"To restore what the manifests declare: {apply}{consent}"]
    if "pending" in classes:
        lines.append("That also applies pending changes; `--only KIND/NAME` selects.")
    return lines


def accept_lines(report: DriftReport, accept: str) -> list[str]:
    """Return the line with the command that brings the manifests to what the panel holds."""
    moved = any(
        item.drift_class in {"missing", "added"}
        or (item.drift_class != "pending" and any(edit.field != "marker" for edit in item.edits))
        for item in report.drifted
    )
    return [f"To accept the values of the panel: {accept}"] if moved else []


def patch_lines(changes: Mapping[str, tuple[str, str]], palette: Colors = PLAIN) -> list[str]:
    """Return what would be written as a unified diff: texts before and after, by file."""
    lines = []
    for file, (before, after) in sorted(changes.items()):
        name = escape(file)
        whole = unified_diff(
            before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""
        )
        lines += [_shown(line, palette) for line in whole]
    return lines


def patch_samples(changes: Mapping[str, tuple[str, str]], palette: Colors = PLAIN) -> list[str]:
    """Return the beginning of each file's patch, and how many lines are not shown.

    Bound: twenty lines a file, and no further file behind two hundred lines.
    """
    lines: list[str] = []
    unseen = 0
    for file, texts in sorted(changes.items()):
        if len(lines) >= _LINES_OF_ALL:
            unseen += 1
            continue
        patch = patch_lines({file: texts}, palette)
        lines += patch[:_LINES_OF_ONE]
        if more := len(patch[_LINES_OF_ONE:]):
            lines.append(f"  … {counted(more, 'more line')} of {escape(file)}")
    return [*lines, f"  … and {counted(unseen, 'more file')}"] if unseen else lines


def _shown(line: str, palette: Colors) -> str:
    sign = line[:1]
    text = sign + escape(line[1:]) if sign in {"+", "-", " "} else escape(line)
    return palette.paint(sign) + text[1:] if sign in {"+", "-"} else text
