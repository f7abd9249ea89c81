"""Findings as JSON, what ``validate`` prints, and what a failed command prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NotRequired

from typing_extensions import TypedDict

from reconciler.documents.types import (
    FORMAT_VERSION,
    OPEN_WORD,
    Count,
    FormatVersion,
    Position,
)
from reconciler.model.finding import IN_DOCUMENTS, FindingCode, Severity
from reconciler.model.refusal import RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.finding import Finding, Source
    from reconciler.model.refusal import Refusal

# The words by which a failed command names its error; its exit code follows from it.
ErrorCode = Literal[
    "access",
    "commit",
    "forge",
    "in-doubt",
    "incomplete",
    "interrupted",
    "locked",
    "lost-answer",
    "manifests",
    "not-a-panel",
    "not-recorded",
    "panel",
    "refused",
    "rejected",
    "secret",
    "security-stop",
    "selection",
    "sign-in",
    "stale-plan",
    "store",
    "unexpected",
    "unreachable",
    "usage",
]


class LineDocument(TypedDict):
    """A place in a file; about a whole file, the line is null."""

    file: str
    line: Position | None


class PlaceDocument(LineDocument):
    """A place in a file, as exact as an editor's; about a whole file, line and column are null."""

    column: Position | None


class FindingDocument(TypedDict):
    """One message to the author: severity, a stable code, words, and place.

    A code that another version wrote is read as it is.
    """

    severity: Severity
    code: Annotated[FindingCode, OPEN_WORD]
    message: str
    source: PlaceDocument | None


class FindingsDocument(TypedDict):
    """Findings, as many as a program is given, and how many were left out."""

    findings: list[FindingDocument]
    omitted: NotRequired[Count]


class ValidationDocument(FindingsDocument):
    """What is wrong with the manifests."""

    formatVersion: FormatVersion
    resources: Count


class ErrorDetail(TypedDict):
    """Why a command failed; ``reasons`` where it was refused, ``findings`` where manifests are.

    ``reasonCodes`` holds the code of each reason, in the same order.
    """

    code: ErrorCode
    message: str
    reasons: NotRequired[list[str]]
    reasonCodes: NotRequired[list[Annotated[RefusalCode, OPEN_WORD]]]
    findings: NotRequired[list[FindingDocument]]
    omitted: NotRequired[Count]


class ErrorDocument(TypedDict):
    """What a failed command prints in place of its report."""

    formatVersion: FormatVersion
    error: ErrorDetail


def finding_document(finding: Finding) -> FindingDocument:
    """Return a finding as JSON."""
    return {
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "source": place_document(finding.source),
    }


def findings_document(findings: Sequence[Finding]) -> FindingsDocument:
    """Return findings as JSON, as many as a program is given, and how many were left out."""
    kept = IN_DOCUMENTS.keep(findings)
    document: FindingsDocument = {"findings": [finding_document(finding) for finding in kept]}
    if len(kept) < len(findings):
        document["omitted"] = len(findings) - len(kept)
    return document


def validation_document(resources: int, findings: Sequence[Finding]) -> ValidationDocument:
    """Return what ``validate`` found."""
    return {
        "formatVersion": FORMAT_VERSION,
        "resources": resources,
        **findings_document(findings),
    }


def error_document(
    code: ErrorCode,
    message: str,
    *,
    reasons: Sequence[Refusal] = (),
    findings: Sequence[Finding] = (),
) -> ErrorDocument:
    """Return the document that a failed command prints in place of its report."""
    error: ErrorDetail = {"code": code, "message": message}
    if reasons:
        error["reasons"] = [str(reason) for reason in reasons]
        error["reasonCodes"] = [reason.code for reason in reasons]
    if findings:
        listed = findings_document(findings)
        error["findings"] = listed["findings"]
        if "omitted" in listed:
            error["omitted"] = listed["omitted"]
    return {"formatVersion": FORMAT_VERSION, "error": error}


def line_document(source: Source | None) -> LineDocument | None:
    """Return the file and the line of a place as JSON."""
    return {"file": source.file, "line": source.line or None} if source else None


def place_document(source: Source | None) -> PlaceDocument | None:
    """Return a place as JSON, with its column."""
    if source is None:
        return None
    return {"file": source.file, "line": source.line or None, "column": source.column or None}
