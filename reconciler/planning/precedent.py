"""What a new dated row takes over from: the newest row alike in all of its identity but the day.

Invariants: only a row that is certainly of the same sort is one; a row of the same plan counts like
one that lives; where none is older, the next later one that lives bounds the move.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from reconciler.planning.diff import same
from reconciler.planning.scopes import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.kinds._kind import ResourceKind
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired
    from reconciler.model.value import Fields
    from reconciler.planning.snapshot import Snapshot


def with_precedents(
    changes: Iterable[Change], snapshot: Snapshot, catalogue: Catalogue
) -> list[Change]:
    """Name for each new row whose moves are bounded the row that it takes over from."""
    given = list(changes)
    new = [c.desired for c in given if c.action == "create" and c.desired is not None]
    return [_with_precedent(change, snapshot, catalogue, new) for change in given]


def _with_precedent(
    change: Change, snapshot: Snapshot, catalogue: Catalogue, new: Sequence[Desired]
) -> Change:
    kind = catalogue.by_name[change.address.kind]
    desired = change.desired
    day = desired.fields.get(kind.history) if desired else None
    if not kind.bounded_move or change.action != "create" or desired is None:
        return change
    if not isinstance(day, date):
        return change
    scope = scope_of(kind, desired, snapshot.parents)
    rows = snapshot.objects.get(scope, ()) if scope else ()
    live = [row.fields for row in rows if row.state == "live"]
    beside = [
        other.fields
        for other in new
        if other.address.kind == kind.name
        and other.parent == desired.parent
        and other.address != desired.address
    ]
    dated = [
        (when, fields)
        for fields in [*live, *beside]
        if isinstance(when := fields.get(kind.history), date) and _alike(kind, desired, fields)
    ]
    older = [each for each in dated if each[0] <= day]
    later = [each for each in dated if each[0] > day and each[1] in live]
    if older:
        return replace(change, precedent=max(older, key=_day)[1])
    return replace(change, precedent=min(later, key=_day)[1]) if later else change


def _day(row: tuple[date, Fields]) -> date:
    return row[0]


def _alike(kind: ResourceKind, desired: Desired, fields: Fields) -> bool:
    names = [name for name in kind.identity if name != kind.history]
    return all(
        name in desired.fields
        and name in fields
        and same(kind.by_name[name], desired.fields[name], fields[name]) is True
        for name in names
    )
