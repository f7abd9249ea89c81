"""Find the changes of a plan that no line of a branch explains, and what else they are from.

Invariants: an edit is explained only when the declaration of its field differs, and a change only
when all its edits are; a change of which nothing is known counts as unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.model.address import Address
from reconciler.model.explanation import Explanation
from reconciler.planning.declared_difference import Declared, compare_declared
from reconciler.planning.diff import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.explanation import BaseCommit, UnexplainedCause
    from reconciler.model.plan import Change, Edit, Plan
    from reconciler.planning.context import PlanContext
    from reconciler.planning.declared_difference import DeclaredDifference


def with_explanations(
    plan: Plan, work: PlanContext, before: Declared, *, now: Declared, since: BaseCommit
) -> Plan:
    """Add to each change whether the difference between two declarations explains it."""
    branch = _Branch.of(plan, work, before, now)
    changes = (replace(each, explanation=branch.explanation_of(each)) for each in plan.changes)
    return replace(plan, changes=tuple(changes), since=since)


@dataclass(frozen=True, slots=True)
class _Branch:
    """What differs, what is declared now, and the names of the clients by their ids."""

    work: PlanContext
    differences: Mapping[Address, DeclaredDifference]
    declared: frozenset[Address]
    names: Mapping[str, Address]

    @classmethod
    def of(cls, plan: Plan, work: PlanContext, before: Declared, now: Declared) -> _Branch:
        names = {
            str(observed.row_id): Address(ref.kind, ref.key)
            for ref, observed in plan.parents.items()
            if ref.by == "name"
        }
        declared = frozenset(desired.address for desired in work.desired)
        return cls(work, compare_declared(before, now, work.catalogue), declared, names)

    def explanation_of(self, change: Change) -> Explanation:
        if change.address not in self.declared:
            is_known = self._removal_is_explained(change)
            return Explanation(is_known, None if is_known else self._why_removed(change))
        difference = self.differences.get(change.address)
        above = self._parent_difference(change)
        if change.observed is None or change.action == "adopt":
            # The object is new to Git: what counts is that its declaration is, and not one field.
            moved = (difference and difference.moves) or (above and above.moves)
            return Explanation(bool(moved), None if moved else self._why_missing(change))
        if change.action == "blocked":
            # It sends nothing, so it has no edits to look at.
            is_known = difference is not None
            return Explanation(is_known, None if is_known else "unknown")
        open_edits = tuple(edit for edit in change.edits if not _is_explained(edit, difference))
        if not open_edits:
            return Explanation(explained=True)
        names = tuple(dict.fromkeys(edit.field for edit in open_edits))
        return Explanation(False, self._why_edited(change, open_edits), names)  # noqa: FBT003

    def _removal_is_explained(self, change: Change) -> bool:
        """Return whether the branch removed the declaration, or declared the list whole."""
        difference, above = self.differences.get(change.address), self._parent_difference(change)
        if difference is not None and difference.is_removed:
            return True
        return above is not None and (above.moves or above.newly_whole(change.address.kind))

    def _parent_difference(self, change: Change) -> DeclaredDifference | None:
        """Return how the declaration of a change's client differs, if it does."""
        parent = change.desired.parent if change.desired else None
        if parent is not None and parent.by == "name":
            return self.differences.get(Address(parent.kind, parent.key))
        scope = change.observed.scope if change.observed else None
        name = self.names.get(str(scope.parent)) if scope and scope.parent else None
        return self.differences.get(name) if name else None

    def _why_removed(self, change: Change) -> UnexplainedCause:
        # What is in the inventory was declared once; the rest came from somebody else.
        return "earlier" if change.address in self.work.inventory else "added"

    def _why_missing(self, change: Change) -> UnexplainedCause:
        if change.action == "renew":
            return "renewal"
        # An apply has made it, so a person deleted it since.
        return "drift" if change.address in self.work.inventory else "earlier"

    def _why_edited(self, change: Change, edits: tuple[Edit, ...]) -> UnexplainedCause:
        if change.action == "renew":
            return "renewal"
        entry = self.work.inventory.get(change.address)
        if entry is None or change.observed is None:
            return "unknown"
        kind = self.work.catalogue.by_name[change.address.kind]
        for edit in edits:
            facet = kind.facet_of(edit.field)
            if facet is None:  # the marker, which every apply leaves on the object
                if entry.marked:
                    return "drift"
            elif edit.root in entry.fields:
                live = change.observed.fields.get(edit.root)
                if same(facet, entry.fields[edit.root], live) is False:
                    return "drift"
        return "earlier"


def _is_explained(edit: Edit, difference: DeclaredDifference | None) -> bool:
    return difference is not None and (difference.is_new or edit.root in difference.fields)
