"""The guards: how much one plan may do, and what needs to be said aloud.

Invariants: a guard that cannot decide says no; a consent (``--allow``) lifts the guard of its
class, except the bound on money, which only the project file moves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.plan import Change, ChangeClass, Plan
    from reconciler.model.target import Guards

_CONSENTS: tuple[tuple[ChangeClass, str], ...] = (
    ("charge", "charges money"),
    ("reinstall", "reinstalls a machine and erases its disk"),
    ("history", "rewrites a rate that is history"),
)


@dataclass(frozen=True, slots=True)
class Review:
    """Why a plan is refused, and which consents its application needs."""

    refusals: tuple[str, ...]
    consents: tuple[str, ...]

    @property
    def passes(self) -> bool:
        """Tell whether nothing stands in the way of applying the plan."""
        return not self.refusals and not self.consents


def review(
    plan: Plan, guards: Guards, allow: frozenset[ChangeClass], catalogue: Catalogue
) -> Review:
    """Hold a plan against the guards and the consents that were given."""
    refusals = [
        *_deletes(plan, guards, allow),
        *_updates(plan, guards),
        *_money(plan.changes, guards),
        *_rates(plan, guards, allow, catalogue),
    ]
    consents = [
        f"{change.address} {what}: it needs --allow {name}"
        for change in plan.changes
        for name, what in _CONSENTS
        if name in change.classes and name not in allow and change.action != "blocked"
    ]
    return Review(tuple(refusals), tuple(dict.fromkeys(consents)))


def _deletes(plan: Plan, guards: Guards, allow: frozenset[ChangeClass]) -> Iterable[str]:
    if "delete" in allow:
        return
    count = sum(change.action == "delete" for change in plan.changes)
    if guards.max_deletes is not None and count > guards.max_deletes:
        yield f"{count} deletes are more than maxDeletes ({guards.max_deletes}): --allow delete"
    share = _share(count, plan)
    if guards.max_delete_share is not None and count and share > guards.max_delete_share:
        yield (
            f"deletes are {share:.0%} of all resources, more than maxDeleteShare "
            f"({guards.max_delete_share:.0%}): --allow delete"
        )


def _updates(plan: Plan, guards: Guards) -> Iterable[str]:
    count = sum(
        change.action in {"update", "adopt"} and bool(change.edits) for change in plan.changes
    )
    share = _share(count, plan)
    if guards.max_update_share is not None and count > 1 and share > guards.max_update_share:
        yield (
            f"updates are {share:.0%} of all resources, more than maxUpdateShare "
            f"({guards.max_update_share:.0%}): raise it in the project file, or narrow the plan"
        )


def _money(changes: Iterable[Change], guards: Guards) -> Iterable[str]:
    if guards.max_charge is None:
        return
    totals: Counter[str] = Counter()
    sums: dict[str, Decimal] = {}
    for change in changes:
        if "charge" not in change.classes:
            continue
        if change.money is None or change.money.amount is None:
            yield f"{change.address} charges an amount that the panel does not tell (maxCharge)"
            continue
        if change.money.amount < 0:
            yield f"{change.address} charges less than nothing, which is no charge (maxCharge)"
            continue
        currency = change.money.currency
        totals[currency] += 1
        sums[currency] = sums.get(currency, Decimal(0)) + change.money.amount
    for currency, amount in sorted(sums.items()):
        bound = guards.max_charge.get(currency)
        if bound is None:
            yield f"charges in {currency or 'an unnamed currency'} have no bound in maxCharge"
        elif amount > bound:
            yield f"charges of {amount} {currency} are more than maxCharge ({bound} {currency})"


def _rates(
    plan: Plan, guards: Guards, allow: frozenset[ChangeClass], catalogue: Catalogue
) -> Iterable[str]:
    if guards.max_rate_move is None or "history" in allow:
        return
    for change in plan.changes:
        kind = catalogue.by_name.get(change.address.kind)
        for edit in change.edits:
            if not kind or edit.field != kind.bounded_move or change.action == "create":
                continue
            before, after = edit.before, edit.after
            if not isinstance(before, Decimal) or not isinstance(after, Decimal) or not before:
                yield f"{change.address}: the move of {edit.field} cannot be judged (maxRateMove)"
            elif abs(after / before - 1) > guards.max_rate_move:
                yield (
                    f"{change.address}: {edit.field} moves {before} → {after}, more than "
                    f"maxRateMove ({guards.max_rate_move:.0%})"
                )


def _share(count: int, plan: Plan) -> Decimal:
    """Return a count as a share of all resources, in view or not."""
    resources = {change.address for change in plan.changes if change.action != "create"}
    total = max(plan.declared, plan.keeps + len(resources))
    return Decimal(count) / Decimal(total) if total else Decimal(0)
