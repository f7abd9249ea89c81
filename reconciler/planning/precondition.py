"""A digest of the values that must be unchanged when a write is sent.

Invariants: for a change it covers the identity, the marker and the declared fields: an edit by
hand in another field of the form blocks nothing and is not lost. It does not cover that the panel
is still processing the object, which ends without us. For a delete it covers all fields of the
form. It never covers a secret, because none is ever read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.documents.values import Json, digest, shown
from reconciler.model.value import Choice

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Change, Edit
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Value

ABSENT = "absent"


def precondition(
    kind: ResourceKind, observed: Observed | None, desired: Desired | None = None
) -> str:
    """Return the digest of an observed object, or of its absence."""
    if observed is None:
        return digest({"kind": kind.name, "state": ABSENT})
    fields = {
        facet.name: _exact(observed.fields[facet.name])
        for facet in kind.facets
        if facet.name in observed.fields
        and facet.compared
        and (desired is None or facet.name in desired.fields or facet.name in kind.identity)
    }
    return digest(
        {
            "kind": kind.name,
            "id": observed.row_id,
            "marker": observed.marker,
            "state": "live" if desired and observed.state == "busy" else observed.state,
            "fields": fields,
        }
    )


def rolled_back(change: Change, seen: Observed) -> Observed:
    """Return an object with the edits of a change that took effect set back to the planned values.

    A value that is neither the planned nor the wanted one stays: somebody else has set it. A side
    list may be partly switched, because its rows are switched one by one.
    """
    if change.observed is None:
        return seen
    fields, marker = dict(seen.fields), seen.marker
    for edit in change.edits:
        name = edit.root
        if edit.field == "marker":
            marker = change.observed.marker if marker == edit.after else marker
        elif name in change.observed.fields and _is_on_its_way(edit, fields.get(name)):
            fields[name] = change.observed.fields[name]
    return replace(seen, fields=fields, marker=marker)


def _is_on_its_way(edit: Edit, live: Value) -> bool:
    before, after = edit.before, edit.after
    if isinstance(live, frozenset) and isinstance(before, frozenset | None):
        had, wanted = _ids(before), _ids(after)
        return (had & wanted) <= _ids(live) <= (had | wanted)
    return shown(live) == shown(after)


def _ids(value: Value) -> set[str | None]:
    return {choice.id for choice in value} if isinstance(value, frozenset) else set()


def _exact(value: Value) -> Json:
    """Return a value as JSON; an option as its id, because two options may have one label."""
    match value:
        case Choice():
            return str(value) if value.id is None else {"id": value.id}
        case frozenset():
            return sorted((_exact(choice) for choice in value), key=str)
        case _:
            return shown(value)
