"""Rules about discounts: which one wins, when it ends, and how it is written."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from reconciler.lint.rule import (
    LintView,
    Rule,
    Violation,
    choices_of,
    day_of,
    find_fractions,
    label_of,
    meaning,
    number_of,
)
from reconciler.model.text import fold_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from reconciler.model.resource import Desired

_ALL = Decimal(100)
# With how many earlier discounts of a client one is compared: more are no plausible manifest, and
# comparing each with each would take hours on a hostile one.
_COMPARED = 50


def _overlaps(view: LintView) -> Iterator[Violation]:
    for group in view.groups("Discount", "type"):
        for number, desired in enumerate(group):
            for other in _before(group, number):
                if _is_rival(desired, other) and not (
                    _covers(desired, other) or _covers(other, desired)
                ):
                    message = (
                        f"it overlaps {other.address} ({other.source}) in time, periods and "
                        "action, with the same priority: the panel chooses one of them"
                    )
                    yield Violation(desired, message)
                    break


def _never_wins(view: LintView) -> Iterator[Violation]:
    for group in view.groups("Discount", "type"):
        seen: set[int] = set()
        for number, desired in enumerate(group):
            for place, other in enumerate(_before(group, number), max(0, number - _COMPARED)):
                for loser, winner, at in (
                    (desired, other, number),
                    (other, desired, place),
                ):
                    if at not in seen and _covers(winner, loser):
                        seen.add(at)
                        message = (
                            f"it never applies: {winner.address} ({winner.source}) outranks it on "
                            "each day, period and action"
                        )
                        yield Violation(loser, message)
                        break


def _before(group: Sequence[Desired], number: int) -> Sequence[Desired]:
    return group[max(0, number - _COMPARED) : number]


def _is_rival(one: Desired, other: Desired) -> bool:
    """Return whether two discounts of one sort meet on an order, and neither has precedence."""
    return (
        _priority(one) == _priority(other)
        and _first(one) <= _last(other)
        and _first(other) <= _last(one)
        and _periods_meet(one, other)
        and bool(_actions(one) & _actions(other))
    )


def _covers(winner: Desired, loser: Desired) -> bool:
    """Return whether a discount outranks another one wherever that could apply."""
    ours, theirs = number_of(winner, "percentage"), number_of(loser, "percentage")
    if ours is None or theirs is None:
        return False
    outranks = _priority(winner) > _priority(loser)
    if not outranks and (_priority(winner) < _priority(loser) or ours < theirs):
        return False
    periods = choices_of(winner, "periods")
    wanted = choices_of(loser, "periods")
    return (
        _first(winner) <= _first(loser)
        and _last(loser) <= _last(winner)
        and (not periods or bool(wanted and _meanings(wanted) <= _meanings(periods)))
        and _actions(loser) <= _actions(winner)
    )


def _priority(desired: Desired) -> Decimal:
    return number_of(desired, "priority") or Decimal(0)


def _first(desired: Desired) -> str:
    first = day_of(desired, "from")
    return first.isoformat() if first else ""


def _last(desired: Desired) -> str:
    last = day_of(desired, "to")
    return last.isoformat() if last else "~"


def _periods_meet(one: Desired, other: Desired) -> bool:
    ours, theirs = choices_of(one, "periods"), choices_of(other, "periods")
    return not ours or not theirs or bool(_meanings(ours) & _meanings(theirs))


def _meanings(choices: frozenset[object]) -> frozenset[object]:
    return frozenset(meaning(each) for each in choices)


def _actions(desired: Desired) -> frozenset[object]:
    """Return the actions of a discount: those that its label names, or the option as it is."""
    value = desired.fields.get("appliesTo")
    if value is None:
        return frozenset({"order", "renewal"})
    words = fold_text(label_of(desired, "appliesTo"))
    named = frozenset(word for word in ("order", "renewal") if word in words)
    return named or frozenset({meaning(value)})


def _free_for_ever(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Discount"):
        if number_of(desired, "percentage") == _ALL and day_of(desired, "to") is None:
            message = "100 per cent without an end: what the client orders stays free for ever"
            yield Violation(desired, message, "percentage")


def _is_over(view: LintView) -> Iterator[Violation]:
    for desired in view.of("Discount"):
        last: date | None = day_of(desired, "to")
        if last is not None and last < view.today:
            yield Violation(desired, f"its last day was {last}: it applies to nothing now", "to")


def _is_too_exact(view: LintView) -> Iterator[Violation]:
    for kind, name in (("Discount", "percentage"), ("TaxRule", "rate")):
        for desired in view.of(kind):
            share = number_of(desired, name)
            if share is not None and share != round(share, 2):
                message = f"{name} {share} has more than two decimals: a panel may keep two of them"
                yield Violation(desired, message, name)


_SPRING = """\
kind: Discount
metadata: {name: acme-spring}
spec:
  client: acme
  percentage: 15
  type: Percentage discount
  appliesTo: Order
  from: 2027-03-01
  to: 2027-05-31
"""
_MAY = """\
---
kind: Discount
metadata: {name: acme-may}
spec:
  client: acme
  percentage: 20
  type: Percentage discount
  appliesTo: Order
  from: 2027-05-01
  to: 2027-06-30
"""
_YEARLY = """\
---
kind: Discount
metadata: {name: acme-always}
spec:
  client: acme
  percentage: 20
  type: Percentage discount
"""
_STAFF = """\
kind: Discount
metadata: {name: acme-free}
spec:
  client: acme
  percentage: 100
  type: Percentage discount
  to: 2027-12-31
"""

RULES = (
    Rule(
        code="BM301",
        level="warning",
        title="Two discounts of one client overlap",
        why="Both apply to the same order on the same day, and none has precedence. Which one the "
        "client gets is the choice of the panel, and may change with its next version.",
        bad=_SPRING + _MAY,
        good=_SPRING + _MAY.replace("2027-05-01", "2027-06-01"),
        fix="Let one end before the other begins, or give the one that shall win a higher "
        "`priority`.",
        check=_overlaps,
    ),
    Rule(
        code="BM302",
        level="warning",
        title="A discount never applies",
        why="Another discount of the same client and type holds on each of its days, for each of "
        "its periods and actions, and outranks it by priority, or by its per cent.",
        bad=_SPRING + _YEARLY,
        good=_SPRING.replace("percentage: 15", "percentage: 25\n  priority: 10") + _YEARLY,
        fix="Remove the one that never applies, or let it outrank the other one by `priority`.",
        check=_never_wins,
    ),
    Rule(
        code="BM303",
        level="warning",
        title="A discount of 100 per cent has no end",
        why="What the client orders or renews is free for ever. Such a discount is mostly meant "
        "for a test or a single case, and forgotten.",
        bad=_STAFF.replace("  to: 2027-12-31\n", ""),
        good=_STAFF,
        fix="Write `to: YYYY-MM-DD`, or waive the rule with a reason and an owner.",
        check=_free_for_ever,
    ),
    Rule(
        code="BM304",
        level="warning",
        title="A per cent of a discount looks like a fraction",
        why="`percentage` is per cent: 0.15 takes off 0.15 per cent, which nobody would notice.",
        bad=_SPRING.replace("percentage: 15", "percentage: 0.15"),
        good=_SPRING,
        fix="Write the per cent: `percentage: 15`.",
        check=partial(find_fractions, kind="Discount", name="percentage"),
    ),
    Rule(
        code="BM305",
        level="off",
        title="A discount is over",
        why="Its last day has passed, so it applies to nothing. Panels are full of these, hence "
        "the rule is off unless a project wants its manifests tidy.",
        bad=_SPRING.replace("2027", "2026"),
        good=_SPRING,
        fix="Remove the discount; the next apply then deletes it from the panel.",
        check=_is_over,
    ),
    Rule(
        code="BM306",
        level="warning",
        title="A per cent has more than two decimals",
        why="A panel that keeps two decimals stores another number than the one that is declared, "
        "and each plan after that shows the difference again.",
        bad=_SPRING.replace("percentage: 15", "percentage: 33.333"),
        good=_SPRING.replace("percentage: 15", "percentage: 33.33"),
        fix="Round the number to two decimals.",
        check=_is_too_exact,
    ),
)
