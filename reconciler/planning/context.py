"""What a round works on: the resources, the inventory, the terms. One value, passed along.

Invariant: it is read before the panel is asked anything, and never changes during a run.
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
    from reconciler.model.target import Guards


@dataclass(frozen=True, slots=True)
class PlanContext:
    """The declared side and our memory of the live one.

    ``doubts`` names the resources with a charge in doubt, which nothing may be planned for;
    ``ordered`` the markers of what was made or ordered before, with the ids that it had;
    ``unseen`` says of the lists that do not show what was made why nothing more is made in them;
    ``endings`` how what was sent for may end, which the inventory may not know yet.
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
    """What the caller narrows or consents to."""

    adopt: bool = True
    only: tuple[Address, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    allow: frozenset[ChangeClass] = frozenset()

    @property
    def whole(self) -> bool:
        """Tell whether everything is in view, so that what is gone from Git can be judged."""
        return not self.only and not self.labels

    def selects(self, desired: Desired) -> bool:
        """Tell whether a resource is in view."""
        if self.only and desired.address not in self.only:
            return False
        return all(desired.labels.get(key) == value for key, value in self.labels.items())
