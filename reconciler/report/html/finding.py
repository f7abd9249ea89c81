"""Findings in a page, the worst first, and the page of a validation.

Invariant: of more findings than a page can hold, errors are kept before warnings, and warnings
before notes; the others are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.finding import IN_DOCUMENTS, SEVERITIES
from reconciler.report.escape import escape
from reconciler.report.html.element import tag
from reconciler.report.html.page import Page, Section, badge, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.finding import Finding, Severity
    from reconciler.report.html.element import Element
    from reconciler.report.html.page import Tone

_TONES: dict[Severity, Tone] = {"error": "danger", "warning": "warning", "note": "note"}


def finding_section(findings: Sequence[Finding]) -> tuple[Section, ...]:
    """Return the section of findings; none where there are none."""
    if not findings:
        return ()
    content = (finding_list(findings),)
    return (Section("findings", "Findings", content, len(findings)),)


def finding_list(findings: Sequence[Finding]) -> Element:
    """Return the findings as a list, sorted by how much they count."""
    shown = IN_DOCUMENTS.keep(findings)
    made = tag("ul", class_="findings")
    made.extend(_finding(each) for each in sorted(shown, key=_rank))
    if left := len(findings) - len(shown):
        made.append(tag("li", f"{plural(left, 'more finding')} left out", class_="more"))
    return made


def validation_page(resources: int, findings: Sequence[Finding]) -> Page:
    """Return the page of a validation."""
    counts = {name: sum(each.severity == name for each in findings) for name in SEVERITIES}
    words = [plural(count, name) for name, count in counts.items() if count]
    verdict = "Invalid" if counts["error"] else "Valid"
    about = f"{plural(resources, 'resource')}, {', '.join(words) or 'no errors'}."
    return Page("Validation", None, f"{verdict}. {about}", sections=finding_section(findings))


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def _finding(finding: Finding) -> Element:
    head = tag("p", badge(finding.severity, _TONES[finding.severity]), " ")
    head.append(tag("code", str(finding.code), class_="code"))
    if finding.source:
        head.append(tag("small", " ", tag("code", escape(str(finding.source)))))
    return tag("li", head, tag("p", escape(finding.message)))
