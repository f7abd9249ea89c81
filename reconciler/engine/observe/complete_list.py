"""Read lists until they are complete: a list may be outdated, or shortened by a hidden filter.

Invariant: a managed object counts as deleted only when its form does not open either: the panel
reports it missing, or denies it while two complete readings of its list lack it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import is_still_listed, read_list, request_form
from reconciler.errors import AccessError, IncompleteError, RejectedError
from reconciler.model.resource import Observed
from reconciler.planning.match.pairing import still_ours

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address, ElementId
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Scope
    from reconciler.ports import Reader

Owned = Sequence[tuple["Address", "InventoryEntry"]]
ROUNDS = 3


async def read_complete_list(
    reader: Reader, kind: ResourceKind, scope: Scope, owned: Owned, *, namespace: str, login: str
) -> tuple[Observed, ...]:
    """Read one scope until it shows all managed objects that exist; give up after three readings.

    Raises: IncompleteError when a managed object exists that the list does not show.
    """
    lost: Address | None = None
    for _ in range(ROUNDS):
        objects = await read_list(reader, kind, scope, login)
        shown = {observed.row_id for observed in objects}
        unseen = [(address, entry) for address, entry in owned if entry.row_id not in shown]
        lost = await _living(reader, kind, unseen, namespace=namespace, login=login)
        if lost is None:
            return objects
    func = kind.func(kind.list, scope.variant)
    message = (
        f"{func}: the list does not contain {lost}, which exists: a filter is active, or this "
        "user sees only a part; run `reconciler doctor`"
    )
    raise IncompleteError(message)


def by_scope(
    inventory: Mapping[Address, InventoryEntry],
) -> dict[Scope, list[tuple[Address, InventoryEntry]]]:
    """Group the managed objects by their lists."""
    owned: dict[Scope, list[tuple[Address, InventoryEntry]]] = {}
    for address, entry in inventory.items():
        owned.setdefault(entry.scope, []).append((address, entry))
    return owned


async def _living(
    reader: Reader, kind: ResourceKind, unseen: Owned, *, namespace: str, login: str
) -> Address | None:
    """Return the first of some unlisted objects that exists, by its form or another reading."""
    denied: dict[ElementId, Address] = {}
    for address, entry in unseen:
        known = Observed(entry.scope, entry.row_id, {})
        try:
            answer = await request_form(reader, kind, known, why="its list does not show it")
        except (RejectedError, AccessError) as error:
            message = (
                f"{address} (id {entry.row_id}) is not listed, and its form does not show "
                f"whether it exists: {error}; if you know that it was deleted, run `reconciler "
                f"forget {address}`"
            )
            raise IncompleteError(message) from error
        if isinstance(answer, RejectedError):
            denied[entry.row_id] = address
        elif answer and still_ours(kind, namespace, address, answer.observed, entry=entry):
            return address
    known_as = [Observed(entry.scope, entry.row_id, {}) for _, entry in unseen]
    doubtful = (each for each in known_as if each.row_id in denied)
    there = await is_still_listed(reader, kind, doubtful, login)
    return denied[min(there)] if there else None
