"""What a new dated row takes over from: the newest row alike in all of its identity but the day.

Invariant: only a row that is certainly of the same sort and not of a later day is one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from reconciler.planning.diff import same
from reconciler.planning.scopes import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds._kind import ResourceKind
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.snapshot import Snapshot


def with_precedents(
    changes: Iterable[Change], snapshot: Snapshot, catalogue: Catalogue
) -> list[Change]:
    """Name for each new row whose moves are bounded the live row that it takes over from."""
    return [_with_precedent(change, snapshot, catalogue) for change in changes]


def _with_precedent(change: Change, snapshot: Snapshot, catalogue: Catalogue) -> Change:
    kind = catalogue.by_name[change.address.kind]
    desired = change.desired
    if not kind.bounded_move or change.action != "create" or desired is None:
        return change
    scope = scope_of(kind, desired, snapshot.parents)
    rows = snapshot.objects.get(scope, ()) if scope else ()
    day = desired.fields.get(kind.history)
    older = {
        row.fields[kind.history]: row
        for row in rows
        if row.state == "live" and _is_older(kind, row, day) and _alike(kind, desired, row)
    }
    latest = max((each for each in older if isinstance(each, date)), default=None)
    return change if latest is None else replace(change, precedent=older[latest])


def _is_older(kind: ResourceKind, row: Observed, day: object) -> bool:
    live = row.fields.get(kind.history)
    return isinstance(live, date) and isinstance(day, date) and live <= day


def _alike(kind: ResourceKind, desired: Desired, row: Observed) -> bool:
    names = [name for name in kind.identity if name != kind.history]
    return all(
        name in desired.fields
        and name in row.fields
        and same(kind.by_name[name], desired.fields[name], row.fields[name]) is True
        for name in names
    )
