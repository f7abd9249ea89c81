"""What an apply would write into the inventory without changing the panel.

added     an object that the inventory lacks, and that needs no change to be managed
changed   an entry whose id, values or lifecycle are others by now
removed   an entry that is dropped: its object, or its resource, is no more
gone      a declared object that the panel lacks: its entry stays until an apply makes it anew
moved     an object under another id, which is written down once its pending changes are done
unmarked  an object that lost its marker, which an apply sets again
blocked   an object of which nobody can tell what it is: its entry stays as it is
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.model.address import Address, ElementId
    from reconciler.model.finding import Finding
    from reconciler.model.plan import Edit, TargetRef

RefreshClass = Literal["added", "changed", "removed", "gone", "moved", "unmarked", "blocked"]


@dataclass(frozen=True, slots=True)
class RefreshItem:
    """One resource: its id in the inventory and in the panel, and what of its entry changes."""

    address: Address
    refresh_class: RefreshClass
    id: ElementId | None = None
    new_id: ElementId | None = None
    edits: tuple[Edit, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """All that an apply would write down; ``checked`` counts the resources in view.

    ``pending`` tells that the plan changes objects, which a refresh never takes in.
    """

    target: TargetRef
    items: tuple[RefreshItem, ...]
    checked: int
    pending: bool = False
    findings: tuple[Finding, ...] = ()
