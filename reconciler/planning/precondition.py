"""What must still hold when a write is sent, as one digest.

Invariants: for a change it covers the identity, the marker and the declared fields, so that what
a person does to other fields of the same form blocks nothing and is not lost; for a delete it
covers all that the form shows. It never covers a secret, for none is ever read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.planning.show import digest, shown

if TYPE_CHECKING:
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.resource import Desired, Observed

ABSENT = "absent"


def precondition(
    kind: ResourceKind, observed: Observed | None, desired: Desired | None = None
) -> str:
    """Return the digest of an object as it was observed, or of its absence."""
    if observed is None:
        return digest({"kind": kind.name, "state": ABSENT})
    fields = {
        facet.name: shown(observed.fields[facet.name])
        for facet in kind.facets
        if facet.name in observed.fields
        and facet.compared
        and (desired is None or facet.name in desired.fields or facet.name in kind.identity)
    }
    return digest(
        {
            "kind": kind.name,
            "id": observed.row_id,
            "key": observed.form_id,
            "marker": observed.marker,
            "state": observed.state,
            "fields": fields,
        }
    )
