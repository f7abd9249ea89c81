"""Findings as the report of GitLab's Code Quality, which a merge request shows beside its lines.

Source: the JSON array that GitLab reads from ``artifacts: reports: codequality``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from typing_extensions import TypedDict

from reconciler.documents.canonical import canonical_json
from reconciler.model.finding import IN_DOCUMENTS
from reconciler.report.escape import escape
from reconciler.report.finding_identity import identified
from reconciler.report.reports import validation_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.finding import Severity
    from reconciler.report.reports import Layout, Report

Grade = Literal["info", "minor", "major", "critical", "blocker"]
_GRADES: Mapping[Severity, Grade] = {"error": "critical", "warning": "minor", "note": "info"}


class _Lines(TypedDict):
    begin: int


class _Location(TypedDict):
    path: str
    lines: _Lines


class _Issue(TypedDict):
    type: Literal["issue"]
    check_name: str
    description: str
    fingerprint: str
    severity: Grade
    location: _Location


def render(report: Report, layout: Layout) -> str:
    """Return the findings of a report, as many as a program is given."""
    found = validation_report(report, "codequality")
    kept = identified(IN_DOCUMENTS.keep(found.findings), layout.folder)
    issues: list[_Issue] = [
        {
            "type": "issue",
            "check_name": finding.code,
            "description": escape(finding.message),
            "fingerprint": identity,
            "severity": _GRADES[finding.severity],
            "location": {"path": escape(place.path), "lines": {"begin": place.line}},
        }
        for finding, place, identity in kept
    ]
    return canonical_json(issues)
