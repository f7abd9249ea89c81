"""What `comment` did, as a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from typing_extensions import TypedDict

from reconciler.documents.types import (
    FORMAT_VERSION,
    FormatVersion,
    TargetDocument,
    target_document,
)
from reconciler.model.forge import Provider, Written

if TYPE_CHECKING:
    from reconciler.model.plan import TargetRef

# ``printed``: there was no token; ``failed``: under --best-effort.
CommentResult = Literal[Written, "printed", "failed"]


class CommentDocument(TypedDict):
    """The comment or the issue about a target.

    `url` is its address where the server names one. `text` is what would be written, null where
    something was sent. `message` says why nothing was.
    """

    formatVersion: FormatVersion
    target: TargetDocument
    kind: Literal["comment", "issue"]
    result: CommentResult
    forge: Provider | None
    url: str | None
    text: str | None
    message: str | None


def comment_document(
    target: TargetRef,
    kind: Literal["comment", "issue"],
    result: CommentResult,
    *,
    provider: Provider | None = None,
    url: str = "",
    text: str | None = None,
    message: str = "",
) -> CommentDocument:
    """Return what became of a comment or an issue, as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target_document(target),
        "kind": kind,
        "result": result,
        "forge": provider,
        "url": url or None,
        "text": text,
        "message": message or None,
    }
