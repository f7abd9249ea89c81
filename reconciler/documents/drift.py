"""What moved since the last apply, as a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from reconciler.documents.types import (
    FORMAT_VERSION,
    AddressText,
    Count,
    FormatVersion,
    IdText,
    TargetDocument,
    count_words,
    target_document,
)
from reconciler.documents.values import Json, shown
from reconciler.model.drift import DriftClass

if TYPE_CHECKING:
    from reconciler.model.drift import DriftItem, DriftReport

DriftCounted = Literal[DriftClass, "checked"]
ChangedBy = Annotated[
    dict[str, Json], Field(description="who changed it, where the panel shows it")
]


class DriftEditDocument(TypedDict):
    """One field, three ways: as last applied, as the panel holds it, as Git wants it."""

    field: str
    applied: Json
    live: Json
    wanted: Json


# The words of the class are its own; ``class`` is a word of Python, too.
DriftItemDocument = TypedDict(
    "DriftItemDocument",
    {
        "address": AddressText,
        "id": IdText | None,
        "edits": list[DriftEditDocument],
        "class": DriftClass,
        "by": ChangedBy,
    },
)


class DriftDocument(TypedDict):
    """What moved since the last apply."""

    formatVersion: FormatVersion
    target: TargetDocument
    drifted: list[DriftItemDocument]
    summary: dict[DriftCounted, Count]


def drift_document(report: DriftReport) -> DriftDocument:
    """Return what moved, as JSON."""
    words = (item.drift_class for item in report.drifted)
    counts: dict[DriftCounted, int] = count_words(words, DriftCounted)
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target_document(report.target),
        "drifted": [_drifted(item) for item in report.drifted],
        "summary": counts | {"checked": report.checked},
    }


def _drifted(item: DriftItem) -> DriftItemDocument:
    return {
        "address": str(item.address),
        "id": item.id,
        "edits": [
            {
                "field": edit.field,
                "applied": shown(edit.applied),
                "live": shown(edit.live),
                "wanted": shown(edit.wanted),
            }
            for edit in item.edits
        ],
        "class": item.drift_class,
        "by": {},
    }
