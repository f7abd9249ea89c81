"""Changes in the panel since the last apply, apart from those in Git.

drift     the panel moved, Git did not
pending   Git moved, the panel did not
conflict  both moved, to different values
missing   the object is gone from the panel
added     somebody added an object to a list that is declared whole; the next apply deletes it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.model.address import Address, ElementId
    from reconciler.model.finding import Finding, Source
    from reconciler.model.plan import TargetRef
    from reconciler.model.resource import Desired
    from reconciler.model.value import Value

DriftClass = Literal["drift", "pending", "conflict", "missing", "added"]


@dataclass(frozen=True, slots=True)
class DriftEdit:
    """One field, three ways: as last applied, as the panel holds it, as Git wants it.

    ``shared`` are labels in the live value that several options bear: they name none of them.
    """

    field: str
    applied: Value
    live: Value
    wanted: Value
    shared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DriftItem:
    """One resource that is not as it was left.

    ``source`` is where it is declared; of what was added, where the client is that lists the rest.
    ``client`` is the address of the client that it belongs to, empty for a client. ``desired`` is
    what the manifests declare of it, where they do.
    """

    address: Address
    id: ElementId | None
    edits: tuple[DriftEdit, ...]
    drift_class: DriftClass
    source: Source | None = None
    client: str = ""
    desired: Desired | None = None


@dataclass(frozen=True, slots=True)
class DriftReport:
    """All that moved; ``checked`` counts the resources that were compared."""

    target: TargetRef
    drifted: tuple[DriftItem, ...]
    checked: int
    findings: tuple[Finding, ...] = ()

    @property
    def found(self) -> bool:
        """Return whether the panel changed; a change in Git is not drift."""
        return any(item.drift_class != "pending" for item in self.drifted)
