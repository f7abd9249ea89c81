"""Recognising: which object of a list each resource means, with forms opened where rows are vague.

Invariant: nothing is taken for absent on the label of a row, for a list may print an option
otherwise than the form that offers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.engine.look import look_at_forms
from reconciler.kinds._facet import Shape
from reconciler.planning.match import needs_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Observed
    from reconciler.planning.match import Pairing
    from reconciler.ports import Reader
    from reconciler.wire.reply import Form

Objects = tuple["Observed", ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """The objects of a list as far as they had to be read, and how they pair."""

    objects: Objects
    pairing: Pairing
    forms: Mapping[ElementId, Form]


async def recognise(
    reader: Reader, kind: ResourceKind, objects: Objects, paired: Callable[[Objects], Pairing]
) -> Recognised:
    """Pair the objects of one list, opening the forms of those that might be what is missing."""
    objects, forms = await _opened(
        reader, kind, objects, (o for o in objects if needs_form(kind, o))
    )
    pairing = paired(objects)
    if pairing.absent and _by_label(kind):
        # A new row is held against one before it, of which its form tells all.
        likely = objects if kind.bounded_move else pairing.rest
        vague = [o for o in likely if not o.from_form and o.state == "live"]
        objects, more = await _opened(reader, kind, objects, vague)
        return Recognised(objects, paired(objects) if more else pairing, {**forms, **more})
    return Recognised(objects, pairing, forms)


async def _opened(
    reader: Reader, kind: ResourceKind, objects: Objects, some: Iterable[Observed]
) -> tuple[Objects, dict[ElementId, Form]]:
    seen = await look_at_forms(reader, kind, some)
    told = tuple(seen[o.row_id].observed if o.row_id in seen else o for o in objects)
    return told, {key: each.form for key, each in seen.items()}


def _by_label(kind: ResourceKind) -> bool:
    """Tell whether a kind's identity rests on options, whose labels in lists may differ."""
    names = kind.adopt_by or kind.identity
    return any(kind.by_name[name].wire.shape is not Shape.PLAIN for name in names)
