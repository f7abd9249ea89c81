"""What a finding is known by from one run to the next, and where in the repository it is.

Invariants: the identity of a finding does not change when lines are added above it; two findings of
one run never share one.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.model.finding import Finding, Source

# The place of another document in a message: its line moves, and the finding stays the same one.
_PLACE = re.compile(r"(\.ya?ml):\d+(?::\d+)?")
# Where findings about the project as a whole are shown by programs that need a place.
_PROJECT_FILE = "reconciler.yaml"


class Place(NamedTuple):
    """A place as programs want it: a path from the root of the repository, and a line from 1."""

    path: str
    line: int
    column: int


def identified(findings: Iterable[Finding], folder: str) -> Iterator[tuple[Finding, Place, str]]:
    """Return findings with their places and identities.

    ``folder`` is the path from the root of the repository to the project, empty where they are one.
    Order: as given.
    """
    seen: Counter[str] = Counter()
    for finding in findings:
        place = place_of(finding.source, folder)
        words = _PLACE.sub(r"\1", finding.message)
        text = f"{finding.code}\0{place.path}\0{words}"
        seen[text] += 1
        number = seen[text]
        digest = hashlib.sha256(f"{text}\0{number}".encode(errors="backslashreplace"))
        yield finding, place, digest.hexdigest()


def place_of(source: Source | None, folder: str) -> Place:
    """Return where a finding is shown; about the whole project, that is the project file."""
    path = source.file if source else _PROJECT_FILE
    line, column = (source.line, source.column) if source else (0, 0)
    return Place(f"{folder}/{path}" if folder else path, line or 1, column or 1)
