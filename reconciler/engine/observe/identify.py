"""Match the objects of a list, opening the forms of rows that show too little.

Invariant: a row's label proves no absence, because a list may spell an option differently than the
form that offers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import OpenedForms, read_object_forms
from reconciler.kinds.fields import ValueType
from reconciler.planning.match.pairing import needs_form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Observed
    from reconciler.planning.match.pairing import MatchResult
    from reconciler.ports import Reader
    from reconciler.wire.reply import Form

Objects = tuple["Observed", ...]
_HIDDEN = "the list does not show which resource it is"
_VAGUE = "the list may name an option otherwise than the form"


@dataclass(frozen=True, slots=True)
class IdentifiedObjects:
    """The objects of a list, with the forms that had to be opened, and their matches.

    ``denied`` holds why a form did not open that was needed to match its object: while there is
    one, no resource of the list is proved absent.
    """

    objects: Objects
    pairing: MatchResult
    forms: Mapping[ElementId, Form]
    denied: Mapping[ElementId, str]


async def identify(
    reader: Reader,
    kind: ResourceKind,
    objects: Objects,
    paired: Callable[[Objects], MatchResult],
    *,
    login: str = "",
) -> IdentifiedObjects:
    """Match the objects of one list, opening the forms of those that may be a missing resource."""
    unsure = [o for o in objects if needs_form(kind, o)]
    first = await read_object_forms(reader, kind, unsure, login, why=_HIDDEN)
    objects = _laid_over(objects, first)
    pairing = paired(objects)
    while vague := _vague(kind, objects, pairing):
        more = await read_object_forms(reader, kind, vague, login, why=_VAGUE)
        objects = _laid_over(objects, more)
        pairing = paired(objects) if more.forms else pairing
        first = OpenedForms({**first.forms, **more.forms}, {**first.denied, **more.denied})
        if not more.forms:
            break
    forms = {key: each.form for key, each in first.forms.items()}
    return IdentifiedObjects(objects, pairing, forms, first.denied)


def _vague(kind: ResourceKind, objects: Objects, pairing: MatchResult) -> Objects:
    """Return the objects whose forms may tell more than their rows about what is not paired."""
    if not _by_label(kind):
        return ()
    # Two options may have one label, so rows that look alike are all opened; a new row is held
    # against one before it, of which its form tells all.
    every = pairing.blocked or (pairing.absent and kind.bounded_move)
    likely = objects if every else pairing.rest if pairing.absent else ()
    return tuple(o for o in likely if not o.from_form and o.state == "live")


def _laid_over(objects: Objects, opened: OpenedForms) -> Objects:
    forms = opened.forms
    return tuple(forms[o.row_id].observed if o.row_id in forms else o for o in objects)


def _by_label(kind: ResourceKind) -> bool:
    """Return whether a kind's identity has options, whose labels in lists may differ."""
    return any(kind.by_name[name].wire.shape is not ValueType.PLAIN for name in kind.known_by)
