"""What ``fmt`` did, as a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from reconciler.documents.types import FORMAT_VERSION, Count, FormatVersion

if TYPE_CHECKING:
    from collections.abc import Iterable


class FormattedDocument(TypedDict):
    """How many files `fmt` read, which were not in canonical form, and whether it wrote them."""

    formatVersion: FormatVersion
    files: Count
    changed: list[str]
    written: bool


def formatted_document(files: int, changed: Iterable[str], *, is_check: bool) -> FormattedDocument:
    """Return what ``fmt`` did as JSON; a check writes nothing."""
    names = list(changed)
    return {
        "formatVersion": FORMAT_VERSION,
        "files": files,
        "changed": names,
        "written": bool(names) and not is_check,
    }
