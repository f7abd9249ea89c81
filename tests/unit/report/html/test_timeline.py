"""The time line shows what holds from when to when, before a change and after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.kinds.catalogue import discover
from reconciler.model.address import ElementId
from reconciler.model.finding import Source
from reconciler.model.plan import Client, Edit
from reconciler.model.resource import Observed, Scope
from reconciler.report.html.element import written
from reconciler.report.html.timeline import TimelinePeriod, timeline
from tests.unit.report import samples
from tests.unit.report.html.outline import outline

if TYPE_CHECKING:
    from reconciler.model.plan import Change
    from reconciler.model.value import Fields

CATALOGUE = discover()
TODAY = date(2026, 11, 29)
DISCOUNT: Fields = {"percentage": Decimal(10), "from": date(2026, 1, 1), "to": date(2027, 6, 30)}


def rows(*changes: Change, today: date | None = TODAY) -> list[str]:
    """Return the rows of a time line."""
    made = timeline(changes, CATALOGUE, today)
    assert made is not None
    return [line[2:] for line in outline(written(made)).splitlines() if line.startswith("- ")]


def of(change: Change, held: Fields) -> Change:
    """Return a change to an object that holds some values."""
    return replace(change, observed=Observed(Scope("Discount"), ElementId("1"), held))


def test_changed_discount_has_a_line_before_and_one_after() -> None:
    """What the edit leaves alone is the same in both."""
    edit = Edit("percentage", Decimal(10), Decimal(15))
    change = of(samples.change("Discount/a", "update", edits=(edit,)), DISCOUNT)

    assert rows(change) == [
        "Discount/a 10 % until now 2026-01-01 2027-06-30",
        "Discount/a 15 % 2026-01-01 2027-06-30",
    ]


def test_change_of_something_else_has_one_line() -> None:
    """A new comment moves no discount."""
    change = of(samples.change("Discount/a", "update", edits=(Edit("note", "", "x"),)), DISCOUNT)

    assert rows(change) == ["Discount/a 10 % 2026-01-01 2027-06-30"]


def test_deleted_discount_is_shown_as_it_was() -> None:
    """And said to be deleted."""
    change = of(samples.change("Discount/a", "delete"), DISCOUNT)

    assert rows(change) == ["Discount/a 10 % is deleted 2026-01-01 2027-06-30"]


def test_saved_plan_without_the_live_object_says_what_does_not_change() -> None:
    """A day that is not in the plan is no open day."""
    edit = Edit("percentage", "10", "15")
    change = samples.change("Discount/a", "update", "1", edits=(edit,))

    assert rows(change)[1] == "Discount/a 15 % unchanged unchanged"


def test_tax_holds_from_the_apply_on() -> None:
    """A rule has no days of its own."""
    change = samples.update(Source("manifests/acme.yaml", 3))

    assert rows(change) == [
        "TaxRule/globex-vat of acme (pay@acme.example) 19 % until now open the apply",
        "TaxRule/globex-vat of acme (pay@acme.example) 20 % the apply open",
    ]


def test_what_reads_the_same_for_many_is_one_line() -> None:
    """With the number of its clients."""
    edits = tuple(Edit(name, None, value) for name, value in DISCOUNT.items())
    changes = [
        samples.change(f"Discount/d{n}", "create", edits=edits, client=Client(f"c{n % 3}"))
        for n in range(9)
    ]

    assert rows(*changes) == ["9 × Discount of 3 clients 10 % 2026-01-01 2027-06-30"]


def test_plan_without_anything_dated_has_no_time_line() -> None:
    """Nor has one in which it is blocked."""
    blocked = samples.change("TaxRule/a", "blocked", edits=(Edit("rate", "1", "2"),))

    assert timeline([blocked, samples.change("Client/a", "create")], CATALOGUE, TODAY) is None


def test_day_that_means_never_does_not_squeeze_the_others() -> None:
    """The year 9999 is drawn as open, and shown as it is."""
    edits = tuple(
        Edit(name, None, value) for name, value in {**DISCOUNT, "to": date(9999, 12, 31)}.items()
    )
    change = samples.change("Discount/a", "create", edits=edits)

    assert rows(change) == ["Discount/a 10 % 2026-01-01 9999-12-31"]
    drawn = timeline([change], CATALOGUE, TODAY)
    assert drawn is not None
    assert "From 2025" in written(drawn)


@pytest.mark.parametrize("year", [1, 1111, 1899, 2200, 9999])
def test_clock_that_is_wrong_by_centuries_stops_no_report(year: int) -> None:
    """The day of a saved plan is whatever the clock of its machine said."""
    change = of(samples.change("Discount/a", "create"), {})
    period = TimelinePeriod.of([], date(year, 6, 15))

    assert period.first < period.last
    assert period.ticks()
    assert len(rows(replace(change, desired=None), today=date(year, 6, 15))) == 1


@pytest.mark.parametrize("days", [1, 40, 400, 3000, 4300])
def test_axis_has_a_few_marks_in_order_at_every_length(days: int) -> None:
    """Each is the first day of a month inside of what is drawn."""
    scale = TimelinePeriod(TODAY, TODAY + timedelta(days=days + 90), TODAY)

    ticks = scale.ticks()

    assert 1 <= len(ticks) <= 9
    assert ticks == sorted(set(ticks))
    assert all(tick.day == 1 and 0 <= scale.place(tick) <= 100 for tick in ticks)
