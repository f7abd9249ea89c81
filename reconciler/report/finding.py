"""Findings as lines that editors and terminals can follow to their place.

Shape: ``manifests/acme.yaml:14:3: error[unknown-field]: …``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.finding import IN_DOCUMENTS, IN_TEXT, SEVERITIES
from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.layout import counted, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.finding import Finding


def finding_lines(findings: Sequence[Finding], palette: Colors = PLAIN) -> list[str]:
    """Show each finding on one line, in the order given, as many as anybody reads.

    Errors outrank warnings, and those notes.
    """
    shown = IN_TEXT.keep(findings)
    lines = [_line(finding, palette) for finding in shown]
    if left := len(findings) - len(shown):
        told = len(IN_DOCUMENTS.keep(findings))
        whole = "all" if told == len(findings) else str(told)
        lines.append(f"… and {counted(left, 'finding')} more: --json shows {whole} of them")
    return lines


def validation_text(resources: int, findings: Sequence[Finding], palette: Colors = PLAIN) -> str:
    """Show all findings and how many resources were read."""
    counts = {s: sum(finding.severity == s for finding in findings) for s in SEVERITIES}
    told = ", ".join(counted(count, severity) for severity, count in counts.items() if count)
    verdict = "invalid" if counts["error"] else "valid"
    summary = f"{counted(resources, 'resource')}, {told or 'no errors'}: {verdict}."
    return joined([finding_lines(findings, palette), [summary]])


def _line(finding: Finding, palette: Colors) -> str:
    place = f"{escape(str(finding.source))}: " if finding.source else ""
    kind = f"{palette.paint(finding.severity)}[{finding.code}]"
    return f"{place}{kind}: {escape(finding.message)}"
