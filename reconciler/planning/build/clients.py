"""The client of each change, from the manifests and the panel.

Invariant: the name comes from the manifest first, the email from the panel first: the email in
the manifest may not be set yet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.plan import Client
from reconciler.model.resource import Scope
from reconciler.model.value import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.context import PlanContext
    from reconciler.planning.snapshot import Snapshot


def with_clients(
    changes: Iterable[Change], work: PlanContext, snapshot: Snapshot
) -> tuple[Change, ...]:
    """Add the client to each change whose client is known, and the set that declares it."""
    known = _Known(work, snapshot)
    return tuple(
        replace(
            change,
            client=known.client_of(change),
            from_set=change.desired.from_set if change.desired else "",
        )
        for change in changes
    )


class _Known:
    """The known clients, by reference and by id; exists only while a plan is built."""

    def __init__(self, work: PlanContext, snapshot: Snapshot) -> None:
        self._catalogue = work.catalogue
        self._parents = snapshot.parents
        self._declared = {
            Ref(desired.address.kind, "name", desired.address.name): desired
            for desired in work.desired
            if not work.catalogue.by_name[desired.address.kind].parent
        }
        self._names = {
            observed.row_id: ref.key
            for ref, observed in snapshot.parents.items()
            if ref.by == "name"
        }
        self._live = {
            (kind.name, row.row_id): row
            for kind in work.catalogue.resources
            if not kind.parent
            for row in snapshot.objects.get(Scope(kind.name), ())
        }

    def client_of(self, change: Change) -> Client | None:
        kind = self._catalogue.by_name[change.address.kind]
        if not kind.parent:
            return _named(kind, change.address.name, change.desired, change.observed)
        above = self._catalogue.by_name[kind.by_name[kind.parent].wire.ref]
        ref = change.desired.parent if change.desired else None
        scope = change.observed.scope if change.observed else None
        live = self._parents.get(ref) if ref else None
        number: ElementId | None = live.row_id if live else scope.parent if scope else None
        live = live or (self._live.get((above.name, number)) if number else None)
        name = ref.key if ref and ref.by == "name" else self._names.get(number) if number else None
        declared = self._declared.get(Ref(above.name, "name", name)) if name else None
        found = _named(above, name or "", declared, live)
        found = replace(found, id=found.id or number or "")
        return found if found != Client() else None


def _named(
    kind: ResourceKind, name: str, declared: Desired | None, live: Observed | None
) -> Client:
    seen = live.fields if live else {}
    wanted = declared.fields if declared else {}
    return Client(
        name=name or str(seen.get(kind.title) or ""),
        email=str(seen.get(kind.login) or wanted.get(kind.login) or ""),
        id=live.row_id if live else "",
    )
