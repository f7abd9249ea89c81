"""What a command printed for each of several targets, as one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from reconciler.documents.drift import DriftDocument
from reconciler.documents.findings import ErrorDocument
from reconciler.documents.outcome import ApplyDocument
from reconciler.documents.plan import PlanDocument
from reconciler.documents.refresh import RefreshDocument
from reconciler.documents.types import FORMAT_VERSION, FormatVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

TargetReport = PlanDocument | ApplyDocument | DriftDocument | RefreshDocument | ErrorDocument


class TargetEndDocument(TypedDict):
    """How a command ended for one target, and what it printed.

    Both are null where the command was not begun, because it had not ended well for a target
    before.
    """

    name: str
    exitCode: int | None
    report: TargetReport | None


class TargetsDocument(TypedDict):
    """What a command printed for each of several targets, in the order in which they were done."""

    formatVersion: FormatVersion
    targets: list[TargetEndDocument]


def targets_document(ends: Iterable[TargetEndDocument]) -> TargetsDocument:
    """Return the reports of several targets as one document."""
    return {"formatVersion": FORMAT_VERSION, "targets": list(ends)}
