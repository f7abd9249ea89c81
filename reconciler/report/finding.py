"""Findings as lines that editors and terminals can follow to their place.

Shape: ``manifests/acme.yaml:14:3: error[unknown-field]: …``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.report.inert import inert
from reconciler.report.layout import counted, joined
from reconciler.report.palette import PLAIN, Palette

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.finding import Finding, Severity

_MOST_IN_FILE = 20
_MOST = 200
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


def finding_lines(findings: Sequence[Finding], palette: Palette = PLAIN) -> list[str]:
    """Show each finding on one line, in the order given, as many as anybody reads.

    That is twenty a file and two hundred in all; errors outrank warnings, and those notes.
    """
    shown = _bounded(findings)
    lines = [_line(finding, palette) for number, finding in enumerate(findings) if number in shown]
    left = len(findings) - len(lines)
    if left:
        lines.append(f"… and {counted(left, 'finding')} more: --json shows all of them")
    return lines


def _bounded(findings: Sequence[Finding]) -> set[int]:
    by_severity = sorted(
        range(len(findings)), key=lambda number: _SEVERITIES.index(findings[number].severity)
    )
    files: Counter[str] = Counter()
    shown: set[int] = set()
    for number in by_severity:
        source = findings[number].source
        name = source.file if source else ""
        if len(shown) < _MOST and (not name or files[name] < _MOST_IN_FILE):
            shown.add(number)
            files[name] += 1
    return shown


def validation_text(resources: int, findings: Sequence[Finding], palette: Palette = PLAIN) -> str:
    """Show all findings and how many resources were read."""
    counts = {s: sum(finding.severity == s for finding in findings) for s in _SEVERITIES}
    told = ", ".join(counted(count, severity) for severity, count in counts.items() if count)
    verdict = "invalid" if counts["error"] else "valid"
    summary = f"{counted(resources, 'resource')}, {told or 'nothing to complain of'}: {verdict}."
    return joined([finding_lines(findings, palette), [summary]])


def _line(finding: Finding, palette: Palette) -> str:
    place = f"{inert(str(finding.source))}: " if finding.source else ""
    kind = f"{palette.paint(finding.severity)}[{finding.code}]"
    return f"{place}{kind}: {inert(finding.message)}"
