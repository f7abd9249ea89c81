"""Quote a foreign word in a message: short, on one line, escaped.

Invariant: an author's text is put into a message only by ``quote``.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 48
_CANDIDATES = 5000


def quote(text: str) -> str:
    """Return a word in quotes, with unprintable characters escaped, cut if it is long."""
    return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")


def which_rule(code: str, known: Iterable[str]) -> str:
    """Return a hint for an unknown code of lint: its letters may be misspelt, its digits not."""
    near = [each for each in known if each.casefold() == code.strip().casefold()]
    listing = "; `reconciler explain lint` lists the rules"
    return f"; did you mean {quote(near[0])}?" if near else listing


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint with the names that resemble a word; empty if there are none.

    Shape: begins with a semicolon, to be added to a message.
    """
    pool = sorted(known)[:_CANDIDATES]
    near = get_close_matches(word[:_LONGEST], pool, n=3, cutoff=0.6)
    if not near:
        folded = [name for name in pool if name.casefold() == word.casefold()]
        near = folded[:1]
    return f"; did you mean {' or '.join(quote(name) for name in near)}?" if near else ""
