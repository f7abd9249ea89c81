"""Reports as JSON: one canonical form, and the documents that no other room makes.

Invariants: keys are sorted, the text is UTF-8 and ends with one line end; characters that a
terminal or a CI log obeys are written as escapes, which leaves the values as they are.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from reconciler.documents.plan import FORMAT_VERSION, findings_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.documents.values import Json
    from reconciler.model.finding import Finding

_COMMAND = re.compile(r":(?=:)|#(?=#(?:vso)?\[)")


def canonical_json(document: Mapping[str, Json]) -> str:
    """Write one document, indented by two, with nothing in it that could be obeyed."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False)
    if not text.replace("\n", "").isprintable():
        text = "".join(_escaped(character) for character in text)
    return _COMMAND.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text) + "\n"


def error_document(
    code: str,
    message: str,
    *,
    reasons: Sequence[str] = (),
    findings: Sequence[Finding] = (),
) -> dict[str, Json]:
    """Return the document that a failed command prints in place of its report."""
    error: dict[str, Json] = {"code": code, "message": message}
    if reasons:
        error["reasons"] = list(reasons)
    if findings:
        error |= findings_document(findings)
    return {"formatVersion": FORMAT_VERSION, "error": error}


def validation_document(resources: int, findings: Sequence[Finding]) -> dict[str, Json]:
    """Return what ``validate`` found."""
    return {
        "formatVersion": FORMAT_VERSION,
        "resources": resources,
        **findings_document(findings),
    }


def _escaped(character: str) -> str:
    if character == "\n" or character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
