"""What is declared and not yet so, and cannot be made so now: the panel is at work, or unpaid.

Invariant: whoever plans or applies is told; nothing is sent for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.kinds._facet import Mode
from reconciler.model.plan import Change
from reconciler.planning.decide import TRIGGERED, is_waiting, mode_of
from reconciler.planning.diff import compare
from reconciler.planning.marker import marker_of

if TYPE_CHECKING:
    from collections.abc import Container

    from reconciler.kinds._kind import ResourceKind
    from reconciler.planning.decide import Terms
    from reconciler.planning.match import Pair

_UNPAID = "it is ordered, and not seen to be paid: pay it in the panel, it is not ordered again"


def decide_busy(kind: ResourceKind, pair: Pair, terms: Terms) -> list[Change]:
    """Decide about what can be triggered only once the panel has done its work on an object.

    A switch that nobody can see meanwhile is taken for on, which it will be, and not for off.
    """
    desired, observed = pair.desired, pair.observed
    if observed.state != "busy":
        return []
    found = compare(kind, desired, observed, terms.today)
    hidden = [name for name in found.unknown if kind.by_name[name].wire.mode is Mode.SWITCH]
    names = [edit.field for edit in found.edits if mode_of(kind, edit) in TRIGGERED]
    names += [name for name in hidden if desired.fields[name] is True]
    if not names:
        return []
    reason = f"the panel is still at work on it; plan again after that: {', '.join(names)}"
    blocked = Change(desired.address, "blocked", desired=desired, observed=observed, reason=reason)
    return [replace(blocked, source=desired.source)]


def decide_unpaid(
    kind: ResourceKind, pair: Pair, terms: Terms, paid: Container[str]
) -> list[Change]:
    """Decide about an order from the balance of which nothing says that it was paid.

    ``paid`` are the marks of the orders that were seen to be: such a one waits for the panel alone.
    """
    desired, observed = pair.desired, pair.observed
    if desired.fields.get("payFrom") != "balance" or not is_waiting(kind, observed):
        return []
    if marker_of(kind, terms.namespace, desired) in paid:
        return []
    blocked = Change(desired.address, "blocked", desired=desired, observed=observed, reason=_UNPAID)
    return [replace(blocked, source=desired.source)]
