"""Rules about currency rates: series that jump or stop, and rows that look mistyped.

Unit: a rate counts for ``amount`` units of its base; all comparisons are of one unit.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from reconciler.lint.rule import LintView, Rule, Violation, currency_of, day_of, label_of, number_of
from reconciler.manifest.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from reconciler.model.resource import Desired
    from reconciler.model.value import Ref

# Where the project file has no `maxRateMove`: a factor that no currency moves by between two rows.
_FACTOR = Decimal(1)
_MONTH = 31
_ROWS = 5
_FAR = timedelta(days=5 * 365 + 1)
_BOTH_WAYS = Decimal("0.05")


def _jumps(view: LintView) -> Iterator[Violation]:
    bound = view.guards.max_rate_move
    limit = _FACTOR if bound is None else bound
    for series in _series(view):
        for earlier, later in pairwise(series):
            before, after = _one_unit(earlier), _one_unit(later)
            if not before or not after:
                continue
            moved = abs(after - before) / before
            # Downwards a halving is as far as a doubling is upwards.
            fell = bound is None and before / after - 1 > limit
            if moved > limit or fell:
                whose = "maxRateMove" if bound is not None else "what a currency moves by"
                message = (
                    f"the rate moves by {moved:.0%} from {earlier.address} ({earlier.source}): "
                    f"more than {whose} ({limit:.0%})"
                )
                yield Violation(later, message, "rate")


def _gaps(view: LintView) -> Iterator[Violation]:
    for series in _series(view):
        days = [day for each in series if (day := day_of(each, "date"))]
        steps = [(later - earlier).days for earlier, later in pairwise(days)]
        if len(series) < _ROWS or len(days) < len(series) or not 0 < median(steps) <= _MONTH:
            continue
        usual = median(steps)
        for number, step in enumerate(steps):
            if step > usual * 2:
                later = series[number + 1]
                message = (
                    f"no rate for {step} days before it, where {usual:g} are usual: the rate of "
                    f"{days[number]} counts all that time"
                )
                yield Violation(later, message, "date")


def _both_ways(view: LintView) -> Iterator[Violation]:
    latest: dict[tuple[Ref | None, str, str], Desired] = {}
    for series in _series(view):
        last = series[-1]
        latest[view.owner(last), _code(last, "base"), _code(last, "relate")] = last
    for (owner, base, relate), forth in latest.items():
        back = latest.get((owner, relate, base))
        if back is None or not base < relate:
            continue
        one, other = _one_unit(forth), _one_unit(back)
        if one and other and abs(one * other - 1) > _BOTH_WAYS:
            gain = one * other - 1
            way = f"{_shown(forth, 'base')} to {_shown(forth, 'relate')}"
            message = (
                f"{way} and back by {back.address} ({back.source}) makes "
                f"{gain:+.0%}: the two rates contradict each other"
            )
            yield Violation(forth, message, "rate")


def _odd_amount(view: LintView) -> Iterator[Violation]:
    for desired in view.of("CurrencyRate"):
        amount = number_of(desired, "amount")
        if amount is not None and set(amount.normalize().as_tuple().digits) - {0, 1}:
            message = f"the rate is for {amount} units: 1, 100 or 1000 are usual"
            yield Violation(desired, message, "amount")


def _far(view: LintView) -> Iterator[Violation]:
    for desired in view.of("CurrencyRate"):
        day = day_of(desired, "date")
        if day is not None and day > view.today + _FAR:
            message = f"the rate begins on {day}, in more than five years"
            yield Violation(desired, message, "date")


def _one_to_one(view: LintView) -> Iterator[Violation]:
    for desired in view.of("CurrencyRate"):
        if _one_unit(desired) == 1:
            message = "one currency is worth exactly one of the other"
            yield Violation(desired, message, "rate")


def _series(view: LintView) -> Iterable[Sequence[Desired]]:
    """Return the rates of each owner and pair of currencies, by their days."""
    found: dict[object, list[tuple[date, Desired]]] = defaultdict(list)
    for desired in view.of("CurrencyRate"):
        day = day_of(desired, "date")
        if day is not None:
            key = (view.owner(desired), _code(desired, "base"), _code(desired, "relate"))
            found[key].append((day, desired))
    for dated in found.values():
        dated.sort(key=lambda each: (each[0], each[1].address))
        yield [desired for _, desired in dated]


def _code(desired: Desired, name: str) -> str:
    """Return what a currency is known by, whether its code or its name is written."""
    return currency_of(label_of(desired, name)) or str(desired.fields.get(name))


def _shown(desired: Desired, name: str) -> str:
    return quote(str(desired.fields[name]))


def _one_unit(desired: Desired) -> Decimal | None:
    rate, amount = number_of(desired, "rate"), number_of(desired, "amount")
    return rate / (amount or Decimal(1)) if rate else None


_JANUARY = """\
kind: CurrencyRate
metadata: {name: acme-2027-01}
spec: {client: acme, base: EUR, relate: RUB, rate: 92.5, date: 2027-01-01}
"""
_FEBRUARY = """\
---
kind: CurrencyRate
metadata: {name: acme-2027-02}
spec: {client: acme, base: EUR, relate: RUB, rate: 93.1, date: 2027-02-01}
"""
_YEAR = "---\n".join(
    _JANUARY.replace("2027-01", f"2027-{month:02}") for month in (1, 2, 3, 4, 5, 6, 7)
)
_BACK = """\
---
kind: CurrencyRate
metadata: {name: acme-back}
spec: {client: acme, base: RUB, relate: EUR, rate: 0.0108, date: 2027-01-01}
"""

RULES = (
    Rule(
        code="BM310",
        level="warning",
        title="A rate jumps",
        why="From one row to the next a rate moves by more than `maxRateMove` of the project file, "
        "or, where there is none, by more than a factor of two. A digit too many or a wrong "
        "`amount` looks like this, and prices follow at once.",
        bad=_JANUARY + _FEBRUARY.replace("93.1", "931"),
        good=_JANUARY + _FEBRUARY,
        fix="Check the digits, `amount`, and which currency is the base. Waive the rule where the "
        "currency did move.",
        check=_jumps,
    ),
    Rule(
        code="BM311",
        level="note",
        title="A series of rates has a gap",
        why="Rates come at a steady pace, and one is missing. Until the next row the last rate "
        "counts, which is older than anybody expects.",
        bad=_YEAR.replace("2027-06", "2027-09").replace("2027-07", "2027-10"),
        good=_YEAR,
        fix="Add the row that is missing.",
        check=_gaps,
    ),
    Rule(
        code="BM312",
        level="warning",
        title="Two rates of one pair contradict each other",
        why="A client has a rate for each way between two currencies, and changing money there and "
        "back makes a gain or a loss of more than five per cent. One of the two was updated "
        "and the other one forgotten.",
        bad=_JANUARY + _BACK.replace("0.0108", "0.0125"),
        good=_JANUARY + _BACK,
        fix="Declare one way only, or update both.",
        check=_both_ways,
    ),
    Rule(
        code="BM313",
        level="warning",
        title="A rate is for an odd amount",
        why="`amount` says for how many units of the base currency the rate is: 1, or 100 for a "
        "small currency. Another number is mostly a rate that slipped into the wrong field.",
        bad=_JANUARY.replace("92.5,", "92.5, amount: 93,"),
        good=_JANUARY.replace("92.5,", "9250, amount: 100,"),
        fix="Write the rate for 1, 10, 100 or 1000 units.",
        check=_odd_amount,
    ),
    Rule(
        code="BM314",
        level="warning",
        title="A rate begins in the far future",
        why="Nobody agrees on a rate more than five years ahead: the year is likely mistyped, and "
        "the rate will not count.",
        bad=_JANUARY.replace("date: 2027", "date: 2072"),
        good=_JANUARY,
        fix="Correct the year. The date of a rate is set once, so the row is then another object.",
        check=_far,
    ),
    Rule(
        code="BM315",
        level="warning",
        title="Two currencies are worth the same",
        why="A rate of one to one is mostly a row that was made and never filled in.",
        bad=_JANUARY.replace("92.5", "1"),
        good=_JANUARY,
        fix="Write the rate, or waive the rule for currencies that are tied to each other.",
        check=_one_to_one,
    ),
)
