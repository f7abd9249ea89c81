"""What an apply would write into the inventory without changing the panel, as a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from typing_extensions import TypedDict

from reconciler.documents.plan import EditDocument, edit_documents
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
from reconciler.model.refresh import RefreshClass

if TYPE_CHECKING:
    from reconciler.model.refresh import RefreshItem, RefreshReport

RefreshCounted = Literal[RefreshClass, "checked"]


# The words of the class are its own; ``class`` is a word of Python, too.
RefreshItemDocument = TypedDict(
    "RefreshItemDocument",
    {
        "address": AddressText,
        "class": RefreshClass,
        "id": IdText | None,
        "newId": IdText | None,
        "edits": list[EditDocument],
        "reason": str,
    },
)


class RefreshDocument(TypedDict):
    """What an apply would write into the inventory without changing the panel."""

    formatVersion: FormatVersion
    target: TargetDocument
    entries: list[RefreshItemDocument]
    summary: dict[RefreshCounted, Count]


def refresh_document(report: RefreshReport) -> RefreshDocument:
    """Return what the inventory would become, as JSON."""
    words = (item.refresh_class for item in report.items)
    counts: dict[RefreshCounted, int] = count_words(words, RefreshCounted)
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target_document(report.target),
        "entries": [_item(item) for item in report.items],
        "summary": counts | {"checked": report.checked},
    }


def _item(item: RefreshItem) -> RefreshItemDocument:
    return {
        "address": str(item.address),
        "class": item.refresh_class,
        "id": item.id,
        "newId": item.new_id,
        "edits": edit_documents(item.edits),
        "reason": item.reason,
    }
