"""The guards: the limits on one plan, and the changes that need a consent.

Invariants: a guard that cannot decide refuses; a consent (``--allow``) lifts the guard of its
class, except the bound on money, which only the project file changes; the same rules check a plan
and, before each write, the sum of the changes that its apply has begun.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.documents.values import listed, shown_money
from reconciler.model.refusal import Refusal
from reconciler.model.resource import unclear_note
from reconciler.planning.diff import same
from reconciler.planning.scopes import scope_of
from reconciler.wire.number import explain_doubt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Change, ChangeClass, Money, Plan
    from reconciler.model.resource import Desired
    from reconciler.model.target import Guards
    from reconciler.model.value import Fields
    from reconciler.planning.snapshot import Snapshot


_CONSENTS: tuple[tuple[ChangeClass, str], ...] = (
    ("charge", "charges money"),
    ("reinstall", "reinstalls a machine and erases its disk"),
    ("history", "rewrites a rate that is dated in the past"),
    ("terminate", "deletes a service: its content is lost"),
    ("prune", "deletes an object that Git never managed"),
)
# The classes whose changes are sent only with a consent; the others pass within the guards.
CONSENTED: frozenset[ChangeClass] = frozenset(name for name, _ in _CONSENTS)
_AS_HISTORY = "--allow history"


@dataclass(frozen=True, slots=True)
class ConsentHints:
    """The classes to allow for a whole plan, and those to leave out so that the rest passes.

    None where neither helps.
    """

    allow: frozenset[ChangeClass] | None = None
    without: frozenset[ChangeClass] | None = None


@dataclass(frozen=True, slots=True)
class GuardReview:
    """Why a plan is refused, which consents its application needs, and how it could be applied."""

    refusals: tuple[Refusal, ...]
    consents: tuple[Refusal, ...]
    ways: ConsentHints = ConsentHints()

    @property
    def passes(self) -> bool:
        """Return whether the plan may be applied."""
        return not self.refusals and not self.consents


def check_guards(
    plan: Plan,
    guards: Guards,
    allow: frozenset[ChangeClass],
    catalogue: Catalogue,
    *,
    whole: Plan | None = None,
) -> GuardReview:
    """Check a plan against the guards and the consents that were given.

    Of the plan of a shard, the sums are those of the ``whole`` plan.
    """
    summed = whole or plan
    tally = Totals(_resources(summed))
    for change in summed.changes:
        tally.add(change)
    refusals = [
        *_deletes(tally, guards, allow),
        *_updates(tally, guards),
        *(text for change in plan.changes for text in _amount(change, guards, catalogue)),
        *_money(tally, guards),
        *(text for change in plan.changes for text in _rate(change, guards, allow, catalogue)),
    ]
    return GuardReview(tuple(refusals), tuple(_missing_consents(plan, allow)))


def guards_of_shard(part: Plan, whole: Plan, guards: Guards) -> tuple[Plan, Guards]:
    """Return a shard's plan with the resources of the whole one, and the bounds of its apply.

    A shard charges no more than was planned for it: the others may need what a bound leaves.
    """
    tally = Totals(0)
    for change in part.changes:
        tally.add(change)
    most = None if guards.max_charge is None else dict(tally.charges)
    return replace(part, declared=_resources(whole)), replace(guards, max_charge=most)


@dataclass(slots=True)
class Totals:
    """The sums over some changes: ``charges`` by currency, out of all ``resources``."""

    resources: int
    deletes: int = 0
    updates: int = 0
    charges: dict[str, Decimal] = field(default_factory=dict)

    def __add__(self, change: Change) -> Totals:
        """Return the totals with one more change."""
        more = replace(self, charges=dict(self.charges))
        more.add(change)
        return more

    def add(self, change: Change) -> None:
        """Count one more change."""
        self.deletes += change.action == "delete"
        # A change that only sets our marker overwrites no value.
        self.updates += change.action in {"update", "adopt"} and any(
            edit.field != "marker" for edit in change.edits
        )
        self.exchange(None, change.money if "charge" in change.classes else None)

    def exchange(self, out: Money | None, for_: Money | None) -> None:
        """Replace one sum of money in the totals by another; a negative sum counts as none."""
        for money, sign in ((out, -1), (for_, 1)):
            for currency, amount in _counted(money):
                known = self.charges.get(currency, Decimal(0))
                self.charges[currency] = known + sign * amount

    def share(self, count: int) -> Decimal:
        """Return a count as a share of all resources, in view or not."""
        return Decimal(count) / Decimal(self.resources) if self.resources else Decimal(0)


def _counted(money: Money | None) -> tuple[tuple[str, Decimal], ...]:
    """Return the amount of a charge, or else the most that it may cost."""
    if money is None:
        return ()
    if money.amount is None:
        return money.at_most
    return ((money.currency, money.amount),) if money.amount >= 0 else ()


class ApplyBudget:
    """The guards of one apply: checks each change before it is sent, and counts those admitted."""

    def __init__(
        self, plan: Plan, guards: Guards, allow: frozenset[ChangeClass], catalogue: Catalogue
    ) -> None:
        self._guards = guards
        self._allow = allow
        self._catalogue = catalogue
        self._begun = Totals(_resources(plan))

    def admit(self, change: Change) -> tuple[Refusal, ...]:
        """Count a change that is about to be sent; return the reasons if it is refused."""
        guards, allow, then = self._guards, self._allow, self._begun + change
        refusals = (
            *_deletes(then, guards, allow),
            *_updates(then, guards),
            *_amount(change, guards, self._catalogue),
            *(_money(then, guards) if "charge" in change.classes else ()),
            *_rate(change, guards, allow, self._catalogue),
            *_consents(change, allow),
        )
        self._begun = self._begun if refusals else then
        return refusals

    def correct(self, change: Change, taken: Money) -> None:
        """Count the expense of an admitted change in place of its planned price."""
        self._begun.exchange(change.money, taken)


def _deletes(tally: Totals, guards: Guards, allow: frozenset[ChangeClass]) -> Iterable[Refusal]:
    if "delete" in allow:
        return
    count, share = tally.deletes, tally.share(tally.deletes * guards.shards)
    if guards.max_deletes is not None and count * guards.shards > guards.max_deletes:
        yield Refusal(
            "max-deletes",
            f"{count} deletes {_each(guards, 'are')} more than maxDeletes ({guards.max_deletes}): "
            "--allow delete",
        )
    if guards.max_delete_share is not None and count and share > guards.max_delete_share:
        yield Refusal(
            "max-delete-share",
            f"deletes {_each(guards, 'are')} {share:.0%} of all resources, more than "
            f"maxDeleteShare ({guards.max_delete_share:.0%}): --allow delete",
        )


def _updates(tally: Totals, guards: Guards) -> Iterable[Refusal]:
    count = tally.updates * guards.shards
    share = tally.share(count)
    if guards.max_update_share is not None and count > 1 and share > guards.max_update_share:
        yield Refusal(
            "max-update-share",
            f"updates {_each(guards, 'are')} {share:.0%} of all resources, more than "
            f"maxUpdateShare ({guards.max_update_share:.0%}): raise maxUpdateShare in the project "
            "file, or select fewer resources with --only",
        )


def _each(guards: Guards, verb: str) -> str:
    """Return a verb, for a part of a plan as if each of the other parts did as much."""
    return verb if guards.shards == 1 else f"in each of {guards.shards} shards would be"


def _amount(change: Change, guards: Guards, catalogue: Catalogue) -> Iterable[Refusal]:
    if guards.max_charge is None or "charge" not in change.classes:
        return
    if change.money is None or (change.money.amount is None and not change.money.at_most):
        unclear = change.money.unclear if change.money else ""
        yield Refusal(
            "charge-unknown",
            f"{change.address}: the price {explain_doubt(unclear)} (maxCharge)"
            if unclear
            else (
                f"{change.address} charges an unknown amount (maxCharge): "
                f"{_bound_of(change, catalogue)}"
            ),
        )
    elif change.money.amount is None:
        return
    elif change.money.amount < 0:
        yield Refusal("charge-negative", f"{change.address} has a negative price (maxCharge)")


def _bound_of(change: Change, catalogue: Catalogue) -> str:
    """Return the remedy for a charge of an unknown amount."""
    kind = catalogue.by_name.get(change.address.kind)
    if kind is None or not kind.terms.max_price:
        return "order it by hand, or remove maxCharge from the project file"
    return f"bound it in its manifest, for example {kind.terms.max_price}: {{EUR: 10}}"


def _money(tally: Totals, guards: Guards) -> Iterable[Refusal]:
    if guards.max_charge is None:
        return
    for currency, amount in sorted(tally.charges.items()):
        bound = guards.max_charge.get(currency)
        if bound is None:
            named = currency or "an unnamed currency"
            yield Refusal("charge-unbounded", f"maxCharge has no bound for charges in {named}")
        elif amount * guards.shards > bound:
            total, most = shown_money(amount), shown_money(bound)
            verb = "exceed" if guards.shards == 1 else f"{_each(guards, '')} more than"
            text = f"charges of {total} {currency} {verb} maxCharge ({most} {currency})"
            yield Refusal("max-charge", text)


def _rate(
    change: Change, guards: Guards, allow: frozenset[ChangeClass], catalogue: Catalogue
) -> Iterable[Refusal]:
    kind = catalogue.by_name.get(change.address.kind)
    if guards.max_rate_move is None or "history" in allow or kind is None:
        return
    sides = _sides_of_move(kind, change)
    if sides is None:
        return
    before, after = (_worth(kind, fields, sides) for fields in sides)
    name = kind.bounded_move
    if not before or after is None:
        notes = change.observed.notes if change.observed else {}
        unclear = next((notes[n] for n in map(unclear_note, _bounds(kind)) if n in notes), "")
        why = f": {explain_doubt(unclear)}, or" if unclear else ":"
        text = f"{change.address}: the move of {name} is unknown (maxRateMove){why} {_AS_HISTORY}"
        yield Refusal("rate-move-unknown", text)
    elif abs(after / before - 1) > guards.max_rate_move:
        yield Refusal(
            "max-rate-move",
            f"{change.address}: {name} moves {before:.10g} → {after:.10g}, more than "
            f"maxRateMove ({guards.max_rate_move:.0%}): {_AS_HISTORY}",
        )


def _bounds(kind: ResourceKind) -> tuple[str, str]:
    return kind.bounded_move, kind.bounded_per


def _sides_of_move(kind: ResourceKind, change: Change) -> tuple[Fields, Fields] | None:
    """Return the fields before and after a move that is bounded; None where there is none."""
    if change.action == "create":
        old, new = change.precedent, change.desired
        return (old, {kind.bounded_per: Decimal(1), **new.fields}) if old and new else None
    edits = [e for e in change.edits if e.field in {kind.bounded_move, kind.bounded_per}]
    if not kind.bounded_move or not edits:
        return None
    live = change.observed.fields if change.observed else {}
    before = {**live, **{edit.field: edit.before for edit in edits}}
    return before, {**live, **{edit.field: edit.after for edit in edits}}


def _worth(kind: ResourceKind, fields: Fields, sides: tuple[Fields, Fields]) -> Decimal | None:
    """Return the bounded value for one unit; None when only one side has the number of units."""
    is_given = any(kind.bounded_per in side for side in sides)
    value = fields.get(kind.bounded_move)
    units = fields.get(kind.bounded_per, None if is_given else Decimal(1))
    if not isinstance(value, Decimal) or not isinstance(units, Decimal) or not units:
        return None
    return value / units


def _consents(change: Change, allow: frozenset[ChangeClass]) -> Iterable[Refusal]:
    for name, what in _CONSENTS:
        if name in change.classes and name not in allow and change.action != "blocked":
            text = f"{change.address} {what}, which needs --allow {name}"
            yield Refusal("consent-missing", text)


def _missing_consents(plan: Plan, allow: frozenset[ChangeClass]) -> Iterable[Refusal]:
    """Return a line for each class that lacks its consent, with the changes of that class."""
    for name, what in _CONSENTS:
        wanting = [
            change.address
            for change in plan.changes
            if name in change.classes and name not in allow and change.action != "blocked"
        ]
        if wanting:
            each = "" if len(set(wanting)) == 1 else ": each"
            text = f"{listed(wanting)}{each} {what}, which needs --allow {name}"
            yield Refusal("consent-missing", text)


def _resources(plan: Plan) -> int:
    """Return the number of all resources, those that are filtered out included."""
    there = {change.address for change in plan.changes if change.action != "create"}
    return max(plan.declared, plan.keeps + len(there))


def with_previous_rates(
    changes: Iterable[Change], snapshot: Snapshot, catalogue: Catalogue
) -> list[Change]:
    """Add to each new row with a bounded value the row that is in force before it."""
    given = list(changes)
    new = [c.desired for c in given if c.action == "create" and c.desired is not None]
    return [_with_previous_rate(change, snapshot, catalogue, new) for change in given]


def _with_previous_rate(
    change: Change, snapshot: Snapshot, catalogue: Catalogue, new: Sequence[Desired]
) -> Change:
    kind = catalogue.by_name[change.address.kind]
    desired = change.desired
    day = desired.fields.get(kind.history) if desired else None
    if not kind.bounded_move or change.action != "create" or desired is None:
        return change
    if not isinstance(day, date):
        return change
    scope = scope_of(kind, desired, snapshot.parents)
    rows = snapshot.objects.get(scope, ()) if scope else ()
    live = [row.fields for row in rows if row.state == "live"]
    beside = [
        other.fields
        for other in new
        if other.address.kind == kind.name
        and other.parent == desired.parent
        and other.address != desired.address
    ]
    dated = [
        (when, fields)
        for fields in [*live, *beside]
        if isinstance(when := fields.get(kind.history), date) and _alike(kind, desired, fields)
    ]
    older = [each for each in dated if each[0] <= day]
    later = [each for each in dated if each[0] > day and each[1] in live]
    if older:
        return replace(change, precedent=max(older, key=_day)[1])
    return replace(change, precedent=min(later, key=_day)[1]) if later else change


def _day(row: tuple[date, Fields]) -> date:
    return row[0]


def _alike(kind: ResourceKind, desired: Desired, fields: Fields) -> bool:
    names = [name for name in kind.identity if name != kind.history]
    return all(
        name in desired.fields
        and name in fields
        and same(kind.by_name[name], desired.fields[name], fields[name]) is True
        for name in names
    )
