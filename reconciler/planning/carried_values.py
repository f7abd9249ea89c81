"""The values that one call of a change sets, by the field names of manifests.

Invariant: a secret shows where it comes from, never itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.values import shown
from reconciler.kinds.fields import Mode
from reconciler.wire.call import Effect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents.values import Json
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Change, Edit
    from reconciler.wire.call import Call


def carried_values(
    kind: ResourceKind, change: Change, call: Call
) -> Mapping[str, tuple[Json, Json]]:
    """Return each field's value before and after; for a delete, the values that are lost."""
    if call.effect is Effect.DELETE:
        held = change.observed.fields if change.observed else {}
        return {name: (shown(value), None) for name, value in held.items()}
    return {
        edit.field: (shown(edit.before), shown(edit.after))
        for edit in change.edits
        if _carries(kind, change, call, edit)
    }


def _carries(kind: ResourceKind, change: Change, call: Call, edit: Edit) -> bool:
    names = {name for name, _ in call.params}
    facet = kind.facet_of(edit.field)
    if facet is None:
        return kind.marker is not None and kind.marker.param in names
    wire = facet.wire
    own: tuple[str, ...] = (
        wire.suspend,
        wire.resume,
        *(other for _, other in wire.elsewhere),
        kind.renew if wire.mode is Mode.RENEW else "",
    )
    if wire.members:
        own = (wire.members.resume, wire.members.suspend)
    if any(own):
        return call.func in _filled(kind, change, *own)
    if change.action == "create" and call.func in _filled(kind, change, *_creating(kind)):
        return True
    numbered = f"{facet.param}{edit.key}" if wire.mode is Mode.PAID else facet.param
    return bool(names & {numbered, wire.gate} - {""})


def _creating(kind: ResourceKind) -> tuple[str, ...]:
    return (kind.create, kind.create_add, *(way.func for way in kind.orders))


def _filled(kind: ResourceKind, change: Change, *templates: str) -> set[str]:
    variants = {*kind.variants, *({change.observed.variant} if change.observed else ())}
    return {kind.func(each, variant) for each in templates if each for variant in variants}
