"""A foreign word inside a message: short, on one line, and inert.

Invariant: nothing that an author wrote reaches a message but through ``quote``.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 48
_CANDIDATES = 5000


def quote(text: str) -> str:
    """Return a word in quotes, escaped where it does not print, cut where it is long."""
    return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the names next to a word, or return nothing.

    Shape: begins with a semicolon, to be hung onto a message.
    """
    pool = sorted(known)[:_CANDIDATES]
    near = get_close_matches(word[:_LONGEST], pool, n=3, cutoff=0.6)
    if not near:
        folded = [name for name in pool if name.casefold() == word.casefold()]
        near = folded[:1]
    return f"; did you mean {' or '.join(quote(name) for name in near)}?" if near else ""
