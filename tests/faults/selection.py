"""Which cells are tried every time, and which only when everything is asked for.

Of each row of the table the first fault meets every request, and its variants meet a few: they
differ in their bytes and not in what they mean. ``RECONCILER_FAULTS=all`` tries them all.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")
# Answers of many megabytes take their time.
_HEAVY = "F22"
EVERYTHING = os.environ.get("RECONCILER_FAULTS") == "all"


def crossed(
    faults: Iterable[tuple[str, T]], many: Sequence[str], few: Sequence[str]
) -> list[tuple[T, str]]:
    """Pair each fault, named ``ROW-word``, with the places where it is tried."""
    seen: set[tuple[str, str]] = set()
    cells = []
    for name, fault in faults:
        row, _, word = name.partition("-")
        # The two sides of a commit are two faults, each the first of its row.
        key = row, word.rpartition("-")[2] if word.endswith(("-before", "-after")) else ""
        first = key not in seen and row != _HEAVY
        places = many if EVERYTHING or first else few
        seen.add(key)
        cells += [(fault, place) for place in places]
    return cells
