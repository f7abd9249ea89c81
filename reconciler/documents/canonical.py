"""Documents as text, in one canonical form.

Invariants: keys are sorted, the text is UTF-8 and ends with one line end; characters that a
terminal or a CI log obeys are written as escapes, which leaves the values as they are.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COMMAND = re.compile(r":(?=:)|#(?=#(?:vso)?\[)")


def canonical_json(document: Mapping[str, object] | Sequence[object]) -> str:
    """Write one document, indented by two, with nothing in it that could be obeyed."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False)
    if not text.replace("\n", "").isprintable():
        text = "".join(_escaped(character) for character in text)
    return _COMMAND.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text) + "\n"


def _escaped(character: str) -> str:
    if character == "\n" or character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
