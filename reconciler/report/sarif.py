"""Findings as SARIF 2.1.0, which code scanning keeps, compares and shows.

Shape: one run; each code that was found is a rule with its explanation, and each finding a result
with a place, a region and a fingerprint that does not move with the lines above it.
Source: the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import reconciler
from reconciler.documents.canonical import canonical_json
from reconciler.lint.table import BY_CODE
from reconciler.model.finding import IN_DOCUMENTS
from reconciler.report.code_help import code_helps
from reconciler.report.escape import escape
from reconciler.report.finding import left_out
from reconciler.report.finding_identity import identified
from reconciler.report.reports import validation_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.model.finding import Finding
    from reconciler.report.finding_identity import Place
    from reconciler.report.reports import Layout, Report

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_FINGERPRINT = "reconcilerFinding/v1"
# `off` is a level of a rule that no finding has.
_LEVELS = {"error": "error", "warning": "warning", "note": "note", "off": "none"}


def render(report: Report, layout: Layout) -> str:
    """Return the findings of a report, as many as a program is given."""
    found = validation_report(report, "sarif")
    kept = IN_DOCUMENTS.keep(found.findings)
    codes = sorted({finding.code for finding in kept})
    numbers = {code: number for number, code in enumerate(codes)}
    driver = {
        "name": "reconciler",
        "semanticVersion": reconciler.__version__,
        "rules": _rules(codes),
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [
            _result(finding, place, identity, numbers[finding.code])
            for finding, place, identity in identified(kept, layout.folder)
        ],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": line}}
                    for line in left_out(found.findings, len(kept))
                ],
            }
        ],
    }
    return canonical_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(finding: Finding, place: Place, identity: str, number: int) -> Mapping[str, object]:
    uri = quote(place.path, safe="/", errors="backslashreplace")
    region = {"startLine": place.line, "startColumn": place.column}
    return {
        "ruleId": finding.code,
        "ruleIndex": number,
        "level": finding.severity,
        "message": {"text": _words(finding.message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri, "uriBaseId": _ROOT},
                    "region": region,
                }
            }
        ],
        "partialFingerprints": {_FINGERPRINT: identity},
    }


def _words(message: str) -> str:
    """Return a message in which nothing is a link: a viewer makes one of `[words](address)`."""
    text = escape(message)
    if "](" not in text:
        return text
    return text.replace("[", "\\[").replace("]", "\\]")


def _rules(codes: Iterable[str]) -> list[Mapping[str, object]]:
    """Return the rules behind some codes, each as `explain CODE` explains it."""
    helps = {each.code: each for each in code_helps() if each.sort == "finding"}
    rules: list[Mapping[str, object]] = []
    for code in codes:
        if code in BY_CODE:
            rule = BY_CODE[code]
            words = _rule(code, rule.title, rule.why, f"How to fix: {rule.fix}")
            words["defaultConfiguration"] = {"level": _LEVELS[rule.level]}
        else:
            known = helps[code]
            example = f"Example: {known.example}\nHow to fix: {known.remedy}"
            words = _rule(code, known.meaning, known.meaning, example)
        rules.append(words)
    return rules


def _rule(code: str, title: str, why: str, fix: str) -> dict[str, Any]:
    return {
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": why},
        "help": {"text": f"{why}\n\n{fix}\n\nMore: reconciler explain {code}"},
    }
