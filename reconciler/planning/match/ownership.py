"""Whether a managed object still belongs to the client that it was applied for.

Invariant: an id alone proves no owner: ids are reused after deletes, and another panel gives the
same ids to other clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.address import Address
from reconciler.model.reason import Reason, ReasonCode
from reconciler.model.resource import Scope
from reconciler.model.value import Ref
from reconciler.planning.match.pairing import identity_holds

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.value import Fields
    from reconciler.planning.context import PlanContext
    from reconciler.planning.snapshot import Snapshot


def owner_mismatch(
    work: PlanContext,
    kind: ResourceKind,
    entry: InventoryEntry,
    seen: Snapshot,
    *,
    address: Address,
) -> Reason | None:
    """Return a reason when the id of an object's parent now belongs to another client.

    A parent that a manifest names only by its id is not checked: there is nothing to compare.
    """
    # The object has no owner that could have changed.
    if not kind.parent:
        return None
    above = work.catalogue.by_name[kind.by_name[kind.parent].wire.ref]
    known = _parent_as_known(work, above, entry)
    holders = (o for o in seen.objects.get(Scope(above.name), ()) if o.row_id == entry.scope.parent)
    holder = next(holders, None)
    # The parent is gone, and its objects with it; or nothing is known to compare with.
    if holder is None or not known:
        return None
    # None (too little shown) proves no other owner: it would block every delete where a list
    # lacks the column.
    if any(identity_holds(above, fields, holder) is not False for fields in known):
        return None
    return Reason(
        ReasonCode.OWNER_CHANGED,
        f"the id {holder.row_id} now belongs to another {above.name} than {entry.client}, for "
        "whom the object was applied: if the object is not yours, run `reconciler forget "
        f"{address}`",
    )


def _parent_as_known(work: PlanContext, kind: ResourceKind, entry: InventoryEntry) -> list[Fields]:
    """Return the known fields of an object's parent: as last applied, and as declared."""
    by_email = entry.client.removeprefix(f"{kind.name}{{email: ").removesuffix("}")
    if entry.client == str(Ref(kind.name, "email", by_email)):
        return [{kind.login: by_email}]
    address = Address(kind.name, entry.client.removeprefix(f"{kind.name}/"))
    was = work.inventory.get(address)
    wanted = (desired.fields for desired in work.desired if desired.address == address)
    return [*([was.fields] if was else []), *wanted]
