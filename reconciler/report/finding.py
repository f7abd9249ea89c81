"""Show findings as lines from which editors and terminals can open the file.

Shape: ``manifests/clients/acme.yaml:14:3: error[unknown-field]: …``.
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
    """Show each finding on one line, up to a limit that keeps errors, then warnings, then notes.

    Order: as given.
    """
    shown = IN_TEXT.keep(findings)
    return [*(_line(finding, palette) for finding in shown), *left_out(findings, len(shown))]


def left_out(findings: Sequence[Finding], shown: int) -> list[str]:
    """Return the line that counts the findings that are not shown; none where all are."""
    left = len(findings) - shown
    if not left:
        return []
    most = len(IN_DOCUMENTS.keep(findings))
    all_or_some = "all" if most == len(findings) else str(most)
    return [f"… and {counted(left, 'finding')} more: --json shows {all_or_some} of them"]


def validation_text(resources: int, findings: Sequence[Finding], palette: Colors = PLAIN) -> str:
    """Show all findings and the number of resources."""
    return joined([finding_lines(findings, palette), [summary_line(resources, findings)]])


def summary_line(resources: int, findings: Sequence[Finding]) -> str:
    """Return how many resources and findings there are, and the verdict."""
    counts = {s: sum(finding.severity == s for finding in findings) for s in SEVERITIES}
    words = ", ".join(counted(count, severity) for severity, count in counts.items() if count)
    verdict = "invalid" if counts["error"] else "valid"
    return f"{counted(resources, 'resource')}, {words or 'no errors'}: {verdict}."


def _line(finding: Finding, palette: Colors) -> str:
    place = f"{escape(str(finding.source))}: " if finding.source else ""
    kind = f"{palette.paint(finding.severity)}[{finding.code}]"
    return f"{place}{kind}: {escape(finding.message)}"
