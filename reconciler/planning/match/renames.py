"""Resources that were renamed, or whose object belongs to another parent.

Invariant: an object that is, was or could be a declared resource is never deleted in the same
plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.mapping.marker import is_ours, name_in
from reconciler.model.address import Address
from reconciler.model.reason import Reason, ReasonCode
from reconciler.model.resource import Scope
from reconciler.planning.match.pairing import former_addresses
from reconciler.planning.match.remedies import former_name_remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.context import PlanContext
    from reconciler.planning.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Renames:
    """The inventory compared with the manifests, by name and parent.

    ``owners`` maps the scope and id of each managed object to its address. ``elsewhere`` collects
    the objects of declared resources that are under another parent or name, ``held`` the addresses
    whose object a declared resource matches: neither is forgotten or deleted in this plan.
    """

    inventory: Mapping[Address, InventoryEntry]
    declared: Mapping[Address, Desired]
    owners: Mapping[tuple[Scope, ElementId], Address]
    elsewhere: set[tuple[Scope, ElementId]]
    held: set[Address]

    @classmethod
    def of(cls, work: PlanContext) -> Renames:
        """Index the inventory."""
        declared = {desired.address: desired for desired in work.desired}
        owners = {(e.scope, e.row_id): address for address, e in work.inventory.items()}
        return cls(work.inventory, declared, owners, set(), set())

    def why_renamed(self, desired: Desired, observed: Observed) -> Reason | None:
        """Return a reason when a resource matches an object managed under a removed name."""
        owner = self.owners.get((observed.scope, observed.row_id))
        # Not managed, or managed under a name that is still declared: it is not renamed.
        if owner is None or owner == desired.address or owner in self.declared:
            return None
        # The resource would adopt the object while its old name deletes it.
        self.held.add(owner)
        return Reason(
            ReasonCode.RENAMED,
            f"object {observed.row_id} is managed as {owner}: if this is its new name, "
            f"{former_name_remedy(desired, owner.name)}",
        )

    def why_tangled(
        self, kind: ResourceKind, desired: Desired, observed: Observed | None
    ) -> Reason | None:
        """Return a reason when names move on to one another in one plan.

        A marker leads to the object of the present name: it would be edited into the other one,
        and the last of the names would be created, or ordered, anew.
        """
        if not kind.marker:
            return None
        own = self.inventory.get(desired.address)
        for former in former_addresses(desired):
            was = self.inventory.get(former)
            if was is None:
                continue
            taken = former in self.declared
            new = observed is None and own is None and taken
            apart = own and not taken and (own.scope, own.row_id) != (was.scope, was.row_id)
            if new or apart or self._goes_round(desired):
                # The object is still somebody's: it is neither deleted nor forgotten in this plan.
                self.held.add(former)
                self.elsewhere.add((was.scope, was.row_id))
                why = "is declared too" if taken else f"is managed as object {was.row_id}"
                return Reason(
                    ReasonCode.RENAMED,
                    f"movedFrom names {former}, which {why}: rename one resource at a time, the "
                    "one whose name is taken first, and apply after each",
                )
        return None

    def _goes_round(self, desired: Desired) -> bool:
        """Return whether each of some resources takes the name of the next."""
        seen = {desired.address}
        at: Desired | None = desired
        while at is not None and (names := former_addresses(at)):
            at = self.declared.get(names[0])
            if at is not None and at.address in seen:
                return at.address == desired.address
            seen.add(names[0])
        return False

    def why_elsewhere(
        self, kind: ResourceKind, desired: Desired, scope: Scope | None, snapshot: Snapshot
    ) -> Reason | None:
        """Return a reason when the object of a resource is under another parent.

        The panel cannot move an object, so a second one would be created, perhaps at a price.
        Where the list of the former parent was not read, the object counts as existing.
        """
        entry = self.inventory.get(desired.address)
        if entry is None or not kind.parent:
            return None
        stays = (
            entry.client == str(desired.parent)
            if scope is None
            else (entry.scope.parent == scope.parent)
        )
        above = snapshot.objects.get(Scope(kind.by_name[kind.parent].wire.ref))
        orphaned = above is not None and entry.scope.parent not in {o.row_id for o in above}
        if stays or orphaned or not _may_exist(entry, snapshot):
            return None
        self.elsewhere.add((entry.scope, entry.row_id))
        return Reason(
            ReasonCode.PARENT_CHANGED,
            f"object {entry.row_id} belongs to {entry.client} and cannot move to "
            f"{desired.parent}: declare a resource with a new name for {desired.parent}; if "
            f"object {entry.row_id} was deleted, run `reconciler forget {desired.address}`",
        )

    def is_elsewhere(self, observed: Observed, namespace: str) -> bool:
        """Return whether an object is that of a declared resource under its former parent."""
        if (observed.scope, observed.row_id) in self.elsewhere:
            return True
        if not is_ours(observed.marker, namespace) or observed.marker is None:
            return False
        address = Address(observed.scope.kind, name_in(observed.marker))
        entry = self.inventory.get(address)
        return entry is not None and (entry.scope, entry.row_id) in self.elsewhere

    def why_protected(self, entry: InventoryEntry | None, kind: ResourceKind) -> Reason | None:
        """Return a reason when the removed parent of an undeclared child was protected."""
        if entry is None or not kind.parent or "/" not in entry.client:
            return None
        above, _, name = entry.client.partition("/")
        parent = Address(above, name)
        was = self.inventory.get(parent)
        if parent in self.declared or was is None or not was.lifecycle.protect:
            return None
        text = f"the {above} {parent} is protected, and with it everything that belongs to it"
        return Reason(ReasonCode.PARENT_PROTECTED, text)

    def followed(self, desired: Desired) -> tuple[Address, ...]:
        """Return the former names of a resource that the inventory still holds."""
        former = former_addresses(desired)
        return tuple(a for a in former if a in self.inventory and a not in self.declared)

    def idle(self, desired: Desired) -> tuple[Address, ...]:
        """Return the former names that have left the inventory since the rename."""
        if desired.address not in self.inventory:
            return ()
        return tuple(a for a in former_addresses(desired) if a not in self.inventory)


def _may_exist(entry: InventoryEntry, snapshot: Snapshot) -> bool:
    """Return whether a managed object is in its list, or its list was not read."""
    seen = snapshot.objects.get(entry.scope)
    return seen is None or any(
        each.row_id == entry.row_id and each.state not in {"gone", "closing"} for each in seen
    )
