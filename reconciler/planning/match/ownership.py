"""Whether an owned object still stands under the one whom it was applied for.

Invariant: an id alone says nothing of whose it is: ids are given anew after deletes, and another
panel's mean other clients.
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
    """Say why an owned object may be a stranger's: its parent's id is somebody else's by now.

    A parent that was named by its id alone is taken at its word.
    """
    if not kind.parent:
        return None
    above = work.catalogue.by_name[kind.by_name[kind.parent].wire.ref]
    known = _parent_as_known(work, above, entry)
    holders = (o for o in seen.objects.get(Scope(above.name), ()) if o.row_id == entry.scope.parent)
    holder = next(holders, None)
    if holder is None or not known:
        return None
    if any(identity_holds(above, fields, holder) is not False for fields in known):
        return None
    return Reason(
        ReasonCode.OWNER_CHANGED,
        f"the id {holder.row_id} now belongs to another {above.name} than {entry.client}, for "
        "whom the object was applied: if the object is not yours, run `reconciler forget "
        f"{address}`",
    )


def _parent_as_known(work: PlanContext, kind: ResourceKind, entry: InventoryEntry) -> list[Fields]:
    """Collect what the parent of an owned object was when it was applied, and what it is to be."""
    by_email = entry.client.removeprefix(f"{kind.name}{{email: ").removesuffix("}")
    if entry.client == str(Ref(kind.name, "email", by_email)):
        return [{kind.login: by_email}]
    address = Address(kind.name, entry.client.removeprefix(f"{kind.name}/"))
    was = work.inventory.get(address)
    wanted = (desired.fields for desired in work.desired if desired.address == address)
    return [*([was.fields] if was else []), *wanted]
