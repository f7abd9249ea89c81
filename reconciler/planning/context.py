"""The input of planning beside the panel: resources, inventory, journal and guards.

Invariant: it is read before the first request to the panel and never changes during a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.address import Address
    from reconciler.model.finding import Finding
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.plan import ChangeClass, TargetRef
    from reconciler.model.resource import Desired, Lifecycle, Scope
    from reconciler.model.shard import Shard
    from reconciler.model.target import Guards


@dataclass(frozen=True, slots=True)
class PlanContext:
    """The declared resources, the inventory and what the journal adds to it.

    ``doubts`` maps each resource with a charge in doubt to the reason: nothing is planned for it.
    ``ordered`` maps the marker of each object created or ordered before to the id that it had.
    ``unseen`` maps each list that does not show a created object to the reason: nothing more is
    created in it. ``endings`` holds the lifecycle of each resource with a request in the journal,
    which the inventory may not have yet.
    """

    catalogue: Catalogue
    namespace: str
    target: TargetRef
    desired: tuple[Desired, ...]
    findings: tuple[Finding, ...]
    manifest_digest: str
    inventory: Mapping[Address, InventoryEntry]
    guards: Guards
    today: date
    doubts: Mapping[Address, str] = field(default_factory=dict)
    ordered: Mapping[str, str] = field(default_factory=dict)
    endings: Mapping[Address, Lifecycle] = field(default_factory=dict)
    unseen: Mapping[Scope, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the caller narrows or consents to; ``shard`` is the part that is planned here."""

    adopt: bool = True
    only: tuple[Address, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    allow: frozenset[ChangeClass] = frozenset()
    shard: Shard | None = None
    _named: frozenset[Address] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the selected addresses, which may be many."""
        object.__setattr__(self, "_named", frozenset(self.only))

    @property
    def whole(self) -> bool:
        """Return whether no resource is filtered out: only then is an undeclared one pruned."""
        return not self.only and not self.labels

    def selects(self, desired: Desired) -> bool:
        """Return whether a resource passes the filters."""
        if not self.only and not self.labels:
            return True
        if self.only and desired.address not in self._named:
            return False
        return all(desired.labels.get(key) == value for key, value in self.labels.items())
