"""Which clients a shard plans, and which it only looks at.

The key of a client is the name of its manifest; of one that no manifest declares the name that it
has in the inventory, else its email. What belongs to no client is in shard 0.

Invariants: the shards of one number hold every resource and every object exactly once; a client
whose list holds an object that is declared for another client is in view of both, so that each
decides as the whole plan would.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.model.text import fold_text
from reconciler.planning.match.pairing import former_addresses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Desired, Observed, Scope
    from reconciler.model.shard import Shard
    from reconciler.model.value import Ref
    from reconciler.planning.context import PlanContext


@dataclass(frozen=True, slots=True)
class ShardView:
    """What one shard holds, once the clients are known; without a shard it is everything.

    ``rows`` maps the id of a client's object to the key of the client; ``also`` holds the keys of
    clients that are looked at and not planned.
    """

    shard: Shard | None
    root: ResourceKind
    parents: Mapping[Ref, Observed]
    rows: Mapping[str, str]
    also: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, work: PlanContext, parents: Mapping[Ref, Observed], shard: Shard | None
    ) -> ShardView:
        """Return what a shard holds of a context, by the objects that its references mean."""
        root = work.catalogue.client
        if shard is None:
            return cls(None, root, parents, {})
        rows: dict[str, str] = {live.row_id: _login(root, live) for live in parents.values()}
        for address in sorted(work.inventory, reverse=True):
            if address.kind == root.name:
                rows[work.inventory[address].row_id] = address.name
        for ref in sorted((ref for ref in parents if ref.by == "name"), key=str, reverse=True):
            rows[parents[ref].row_id] = ref.key
        view = cls(shard, root, parents, rows)
        return replace(view, also=view._linked(work, shard))

    def _linked(self, work: PlanContext, shard: Shard) -> frozenset[str]:
        """Return the clients whose objects are declared for a client of the shard, or the reverse.

        An object that is declared under another client than it was applied for is not deleted.
        """
        found: set[str] = set()
        for desired in work.desired:
            kind = work.catalogue.by_name[desired.address.kind]
            own = self.key_of(kind, desired) if kind.parent else ""
            for address in (desired.address, *former_addresses(desired)) if kind.parent else ():
                entry = work.inventory.get(address)
                other = self.key_of_entry(address, entry) if entry else own
                if other != own and (shard.holds(own) or shard.holds(other)):
                    found |= {own, other}
        return frozenset(key for key in found if not shard.holds(key))

    def key_of(self, kind: ResourceKind, desired: Desired) -> str:
        """Return the key of the client that a resource belongs to, empty for a shared one."""
        if not kind.parent:
            return desired.address.name if kind.name == self.root.name else ""
        ref = desired.parent
        live = self.parents.get(ref) if ref else None
        if live is not None:
            return self.rows[live.row_id]
        return "" if ref is None else ref.key if ref.by == "name" else fold_text(ref.key)

    def key_of_object(self, kind: ResourceKind, observed: Observed) -> str:
        """Return the key of the client that a live object belongs to, or is."""
        if kind.parent:
            return self.rows.get(observed.scope.parent or "", "")
        known = self.rows.get(observed.row_id) or _login(kind, observed)
        return known if kind.name == self.root.name else ""

    def key_of_entry(self, address: Address, entry: InventoryEntry) -> str:
        """Return the key of the client that a managed object belongs to, or is."""
        if address.kind == self.root.name:
            return self.rows.get(entry.row_id, address.name)
        parent = entry.scope.parent
        return "" if parent is None else self.rows.get(parent, entry.client)

    def holds(self, key: str) -> bool:
        """Return whether a client of this key is planned here; an empty key is a shared thing."""
        if self.shard is None:
            return True
        return self.shard.holds(key) if key else self.shard.index == 0

    def sees(self, key: str) -> bool:
        """Return whether a client of this key is planned or looked at here."""
        return self.holds(key) or key in self.also

    def plans(self, kind: ResourceKind, desired: Desired) -> bool:
        """Return whether a resource is planned here."""
        return self.shard is None or self.holds(self.key_of(kind, desired))

    def sees_resource(self, kind: ResourceKind, desired: Desired) -> bool:
        """Return whether a resource is planned or looked at here."""
        return self.shard is None or self.sees(self.key_of(kind, desired))

    def plans_object(self, kind: ResourceKind, observed: Observed) -> bool:
        """Return whether a live object is planned here."""
        return self.shard is None or self.holds(self.key_of_object(kind, observed))

    def plans_entry(self, address: Address, entry: InventoryEntry) -> bool:
        """Return whether a managed object is planned here."""
        return self.shard is None or self.holds(self.key_of_entry(address, entry))

    def sees_scope(self, kind: ResourceKind, scope: Scope) -> bool:
        """Return whether a list is looked at here; that of the clients is, by every shard."""
        if self.shard is None or not kind.parent:
            return True
        return self.sees(self.rows.get(scope.parent or "", ""))


def _login(root: ResourceKind, live: Observed) -> str:
    return fold_text(str(live.fields.get(root.login) or live.row_id))
