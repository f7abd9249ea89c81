"""Lists that lack what we own: out of date, or shortened by a filter that no answer names.

Invariant: an owned object is taken for gone only when the panel does not open it any more either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.look import look_at_form, look_at_list
from reconciler.errors import IncompleteError
from reconciler.model.resource import Observed
from reconciler.planning.match import still_ours

if TYPE_CHECKING:
    from reconciler.engine.view import View
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.address import Address
    from reconciler.model.resource import Scope

ROUNDS = 3


async def look_at_whole_list(view: View, kind: ResourceKind, scope: Scope) -> tuple[Observed, ...]:
    """Read one scope until it shows all that we own there, and give up after the third time.

    Raises: IncompleteError when an owned object lives that the list does not show.
    """
    lost: Address | None = None
    for _ in range(ROUNDS):
        objects = await look_at_list(view.reader, kind, scope, view.login(kind, scope.parent))
        lost = await _lost(view, kind, scope, objects)
        if lost is None:
            return objects
    func = kind.func(kind.list, scope.variant)
    message = (
        f"{func}: the list does not show {lost}, which lives: a filter is in force, or this user "
        "is shown a part only; `reconciler doctor` tells more"
    )
    raise IncompleteError(message)


async def _lost(
    view: View, kind: ResourceKind, scope: Scope, objects: tuple[Observed, ...]
) -> Address | None:
    shown = {observed.row_id for observed in objects}
    for address, entry in view.owned.get(scope, ()):
        if entry.row_id in shown:
            continue
        seen = await look_at_form(
            view.reader, kind, Observed(scope, entry.row_id, entry.form_id, {})
        )
        if seen is None:
            continue
        if still_ours(kind, view.work.namespace, address, seen.observed, entry=entry):
            return address
    return None
