"""A plan without the changes of some classes, and the ways in which a refused plan would pass.

Invariants: a plan and a saved plan follow the same rule; a change that depends on an excluded one
is excluded too, and so is every later change of the same resource; a way is proposed only when the
plan that it leads to was reviewed and passes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import TYPE_CHECKING

from reconciler.planning.guards import CONSENTED, ConsentHints

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from reconciler.documents.plan import ChangeDocument
    from reconciler.model.plan import Change, ChangeClass, Plan

    Passes = Callable[[Plan, frozenset[ChangeClass]], bool]

# The guards that a consent lifts are those on deletes and on the move of rates.
_LIFTING: tuple[ChangeClass, ...] = ("delete", "history")


@dataclass(frozen=True, slots=True)
class ExcludedChange:
    """A change that is left out, for its own ``classes`` or for those of a change it ``needs``."""

    change: Change
    classes: frozenset[str]
    needs: str = ""


@dataclass(frozen=True, slots=True)
class _Item:
    """The input of the rule, from a plan or from a saved plan."""

    address: str
    classes: Collection[str]
    needs: Sequence[str]
    blocked: bool


def exclude(
    plan: Plan, classes: Collection[ChangeClass]
) -> tuple[Plan, tuple[ExcludedChange, ...]]:
    """Return the plan without the changes of some classes, and the changes that were left out.

    A price that the whole plan moves is the one that was read again: what moves it may be left out.
    """
    items = [
        _Item(str(c.address), c.classes, [str(n) for n in c.depends_on], c.action == "blocked")
        for c in plan.changes
    ]
    out = _left_out(items, classes)
    kept = tuple(c for position, c in enumerate(plan.changes) if position not in out)
    if out:
        kept = tuple(_at_read_price(each) for each in kept)
    left = (ExcludedChange(plan.changes[p], names, needs) for p, (names, needs) in out.items())
    return plan.part(kept), tuple(left)


def _at_read_price(change: Change) -> Change:
    read = change.money.before if change.money else None
    return change if read is None else replace(change, money=read)


def remaining(
    changes: Iterable[ChangeDocument], earlier: Iterable[Collection[str]]
) -> list[ChangeDocument]:
    """Return the changes of a saved plan that every earlier run of it left out.

    ``earlier`` holds the excluded classes of each run.
    """
    listed = list(changes)
    for classes in earlier:
        out = _left_out([_item(each) for each in listed], classes)
        listed = [each for position, each in enumerate(listed) if position in out]
    return listed


def _left_out(
    items: Sequence[_Item], classes: Collection[str]
) -> dict[int, tuple[frozenset[str], str]]:
    """Return the excluded positions, each with its classes and the address that it depends on.

    Order: a plan is sorted, so a change comes after those that it depends on.
    """
    found: dict[int, tuple[frozenset[str], str]] = {}
    gone: dict[str, frozenset[str]] = {}
    for position, item in enumerate(items):
        if item.blocked:  # nothing is sent for it anyway, and the report must show its reason
            continue
        own = frozenset(classes).intersection(item.classes)
        needs = [each for each in (*item.needs, item.address) if each in gone]
        if own or needs:
            names = own.union(*(gone[each] for each in needs))
            found[position] = (names, "" if own else needs[0])
            gone[item.address] = gone.get(item.address, frozenset()) | names
    return found


def _item(change: ChangeDocument) -> _Item:
    return _Item(
        change["address"], change["classes"], change["dependsOn"], change["action"] == "blocked"
    )


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
