"""Read the documents of a file: line by line, or with the parser of all YAML where that is needed.

Invariant: the parser is imported for a file that needs it; most runs read none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.manifest.yaml.line_reader import read_lines
from reconciler.manifest.yaml.text import decode_text

if TYPE_CHECKING:
    from reconciler.manifest.yaml.positions import YamlDocument
    from reconciler.model.finding import Finding, FindingCode

UNREAD: frozenset[FindingCode] = frozenset(
    {"syntax", "too-deep", "too-large", "encoding", "character", "unreadable"}
)


def compose(raw: bytes, file: str) -> tuple[list[YamlDocument], list[Finding]]:
    """Read all documents of a file; findings whose code is in ``UNREAD`` leave a part unread."""
    text, refused = decode_text(raw, file)
    if refused:
        return [], refused
    documents = read_lines(text, file)
    if documents is not None:
        return documents, []
    from reconciler.manifest.yaml.parser import compose_text, next_event

    return compose_text(text, file, next_event)
