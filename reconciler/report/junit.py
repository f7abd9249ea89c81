"""Findings as JUnit XML, which the test reports of CI servers show.

Shape: one suite; each finding is a case, and an error is one that failed. Where nothing is wrong,
one case passes, for a suite without a case counts as a run that did not happen.
Source: the XML that Jenkins, GitLab and Azure Pipelines read: ``testsuites``, ``testsuite``,
``testcase``, ``failure``, ``system-out``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reconciler.model.finding import IN_DOCUMENTS
from reconciler.report.escape import escape
from reconciler.report.finding import left_out, summary_line
from reconciler.report.finding_identity import place_of
from reconciler.report.reports import validation_report

if TYPE_CHECKING:
    from reconciler.model.finding import Finding
    from reconciler.report.reports import Layout, Report

_SUITE = "reconciler validate"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(report: Report, layout: Layout) -> str:
    """Return the findings of a report, as many as a program is given."""
    found = validation_report(report, "junit")
    kept = IN_DOCUMENTS.keep(found.findings)
    failed = sum(finding.severity == "error" for finding in kept)
    counts = {"tests": str(max(len(kept), 1)), "failures": str(failed), "errors": "0"}
    root = Element("testsuites", {"name": _SUITE, **counts, "time": "0"})
    suite = SubElement(root, "testsuite", {"name": _SUITE, **counts, "skipped": "0", "time": "0"})
    for finding in kept:
        _add_case(suite, finding, layout.folder)
    summary = summary_line(found.resources, found.findings)
    if not kept:
        names = {"name": "manifests are valid", "classname": "manifests", "time": "0"}
        SubElement(suite, "testcase", names)
    words = "\n".join([*left_out(found.findings, len(kept)), summary])
    SubElement(suite, "system-out").text = words
    indent(root)
    return _DECLARATION + tostring(root, encoding="unicode") + "\n"


def _add_case(suite: Element, finding: Finding, folder: str) -> None:
    path, line, _ = place_of(finding.source, folder)
    place = f"{escape(path)}:{line}"
    names = {"name": f"{finding.code} at {place}", "classname": escape(path)}
    case = SubElement(suite, "testcase", {**names, "file": escape(path), "line": str(line)})
    case.set("time", "0")
    message = escape(finding.message)
    if finding.severity == "error":
        failure = SubElement(case, "failure", {"type": finding.code, "message": message})
        failure.text = f"{place}: {message}"
    else:
        words = f"{place}: {finding.severity}[{finding.code}]: {message}"
        SubElement(case, "system-out").text = words
