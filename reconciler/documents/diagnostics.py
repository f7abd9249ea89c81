"""What ``doctor`` found, as a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from reconciler.documents.types import (
    FORMAT_VERSION,
    Count,
    FormatVersion,
    TargetDocument,
    count_words,
    target_document,
)
from reconciler.model.diagnostics import Status

if TYPE_CHECKING:
    from reconciler.model.diagnostics import DoctorReport, FunctionCheck, KindCheck


class CheckDocument(TypedDict):
    """One thing that was looked at, what was found, and what to do about it."""

    name: str
    status: Status
    message: str
    remedy: str


class FunctionCheckDocument(TypedDict):
    """Whether a function that a kind needs opens, and what for it is needed."""

    name: str
    purpose: str
    status: Status
    message: str


class KindCheckDocument(TypedDict):
    """What a kind finds in this installation, and what would therefore not work."""

    kind: str
    status: Status
    functions: list[FunctionCheckDocument]
    missingFields: list[str]
    missingColumns: list[str]
    consequences: list[str]


class DiagnosticsDocument(TypedDict):
    """How well a panel can be worked with."""

    formatVersion: FormatVersion
    target: TargetDocument
    checks: list[CheckDocument]
    kinds: list[KindCheckDocument]
    summary: dict[Status, Count]


def health_document(health: DoctorReport) -> DiagnosticsDocument:
    """Return all that was found as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target_document(health.target),
        "checks": [
            {
                "name": check.name,
                "status": check.status,
                "message": check.message,
                "remedy": check.remedy,
            }
            for check in health.checks
        ],
        "kinds": [_kind(kind) for kind in health.kinds],
        "summary": count_statuses(health),
    }


def count_statuses(health: DoctorReport) -> dict[Status, int]:
    """Count what was looked at by what was found."""
    checks = (check.status for check in health.checks)
    kinds = (kind.status for kind in health.kinds)
    return count_words((*checks, *kinds), Status)


def _kind(kind: KindCheck) -> KindCheckDocument:
    return {
        "kind": kind.kind,
        "status": kind.status,
        "functions": [_function(each) for each in kind.functions],
        "missingFields": list(kind.missing_fields),
        "missingColumns": list(kind.missing_columns),
        "consequences": list(kind.consequences),
    }


def _function(function: FunctionCheck) -> FunctionCheckDocument:
    return {
        "name": function.name,
        "purpose": function.purpose,
        "status": function.status,
        "message": function.message,
    }
