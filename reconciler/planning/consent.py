"""Which consents, or which changes left out, let a refused plan pass.

Invariant: a way is proposed only when the plan that it leads to was reviewed and passes.
"""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING

from reconciler.planning.exclusions import exclude
from reconciler.planning.guards import CONSENTED, ConsentHints

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from reconciler.model.plan import ChangeClass, Plan

    Passes = Callable[[Plan, frozenset[ChangeClass]], bool]

# The guards that a consent lifts are those on deletes and on the move of rates.
_LIFTING: tuple[ChangeClass, ...] = ("delete", "history")


def find_ways(plan: Plan, allow: Collection[ChangeClass], passes: Passes) -> ConsentHints:
    """Find the fewest consents, and the fewest classes to leave out, with which a plan passes.

    ``allow`` are the consents that were given, ``passes`` reviews a plan with consents.
    """
    given = frozenset(allow)
    present = frozenset(
        name for change in plan.changes if change.action != "blocked" for name in change.classes
    )
    missing = (present & CONSENTED) - given

    def is_enough(names: frozenset[ChangeClass]) -> bool:
        return passes(plan, given | names)

    def leaves_what_passes(names: frozenset[ChangeClass]) -> bool:
        part, left = exclude(plan, names)
        rest = any(change.action != "blocked" for change in part.changes)
        return bool(left) and rest and passes(part, given)

    return ConsentHints(
        allow=next(filter(is_enough, _larger(missing, set(_LIFTING) - given)), None),
        without=next(filter(leaves_what_passes, _larger(missing, present - given)), None),
    )


def _larger(
    least: frozenset[ChangeClass], more: Collection[ChangeClass]
) -> Iterable[frozenset[ChangeClass]]:
    """Return the classes, and every larger set of them with some of ``more``, the smallest first.

    No set is empty.
    """
    names = sorted(set(more) - least)
    sets = chain.from_iterable(combinations(names, count) for count in range(len(names) + 1))
    return (least.union(each) for each in sets if least or each)
