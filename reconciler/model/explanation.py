"""Whether a line of a branch explains a change, and what else does.

Invariant: a change that nothing is known of counts as unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# ``drift``: a person changed the object in the panel. ``added``: a person added it to a list that
# is declared whole. ``renewal``: a declared renewal fell due. ``earlier``: an earlier commit
# declared it, and no apply has made it so far. ``unknown``: no record says where it is from.
UnexplainedCause = Literal["drift", "added", "renewal", "earlier", "unknown"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether the branch explains a change; else the cause, and the edits that it is about."""

    explained: bool
    cause: UnexplainedCause | None = None
    edits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BaseCommit:
    """The commit that a branch is compared with: the reference that named it, and its id."""

    reference: str
    commit: str

    def __str__(self) -> str:
        """Return the reference with the first digits of the commit."""
        return f"{self.reference} ({self.commit[:7]})"
