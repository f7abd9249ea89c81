from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.mapping.renewals import MOST, add_months, find_renewals
from reconciler.model.plan import Change, Money
from reconciler.model.value import Choice
from tests.support.planning import TODAY, declare, kind_of, live

if TYPE_CHECKING:
    from reconciler.model.resource import Observed
    from reconciler.model.value import Value

PRICE = Money(Decimal("4.20"), "EUR")


def _renewals(wanted: str, observed: Observed | None, months: int | None = 1) -> list[Change]:
    raw: dict[str, object] = {
        "client": "acme",
        "type": "vds",
        "tariff": Choice("6", "S"),
        "domain": "a.example",
        "paidThrough": wanted,
    }
    if months:
        raw["periodMonths"] = months
    desired = declare("Service", "web", raw)
    base = Change(desired.address, "update", desired=desired, observed=observed)
    return find_renewals(kind_of("Service"), base, observed, TODAY, price=PRICE)


def _service(expiry: date | None, months: int | None = None) -> Observed:
    fields: dict[str, Value] = {"paidThrough": expiry} if expiry else {}
    if months is not None:
        fields["periodMonths"] = months
    return live("Service", 5, fields, client=7, variant="vds")


def _days(changes: list[Change]) -> list[str]:
    return [f"{c.edits[0].before} {c.edits[0].after}" for c in changes]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 2, 28), 1, date(2026, 3, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), 11, date(2026, 12, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2027, 1, 31), -2, date(2026, 11, 30)),
        (date(2100, 1, 31), 1, date(2100, 2, 28)),
    ],
)
def test_month_is_added_by_the_calendar(day: date, months: int, then: date) -> None:
    """A day that the month does not have is its last one."""
    assert add_months(day, months) == then


@pytest.mark.parametrize(
    ("wanted", "count"),
    [("2026-12-01", 0), ("2026-11-30", 0), ("2026-12-02", 1), ("2027-01-01", 1), ("2027-01-02", 2)],
)
def test_renewed_by_whole_periods_until_the_day_is_reached(wanted: str, count: int) -> None:
    """The expiry is on or after the wanted day, and no period more is bought."""
    changes = _renewals(wanted, _service(date(2026, 12, 1)))

    assert len(changes) == count


def test_each_renewal_moves_the_expiry_by_one_period() -> None:
    """A second attempt at one of them finds the expiry moved."""
    changes = _renewals("2027-03-31", _service(date(2026, 12, 31)))

    assert _days(changes) == [
        "2026-12-31 2027-01-31",
        "2027-01-31 2027-02-28",
        "2027-02-28 2027-03-28",
        "2027-03-28 2027-04-28",
    ]


def test_each_renewal_is_a_charge_with_its_price() -> None:
    """Money is never spent in a lump."""
    changes = _renewals("2027-03-01", _service(date(2026, 12, 31), 3), months=3)

    assert [c.action for c in changes] == ["renew"]
    assert changes[0].classes == {"charge"}
    assert changes[0].money == PRICE


def test_live_period_counts_where_none_is_declared() -> None:
    """The panel renews by the period that was ordered."""
    assert len(_renewals("2027-06-01", _service(date(2026, 12, 1), 6), months=None)) == 1


@pytest.mark.parametrize("period", [None, -100, -50, 0])
def test_service_without_a_period_of_months_is_not_renewed(period: int | None) -> None:
    """Trial, daily and one-off periods are no months; anything else would be a guess."""
    (change,) = _renewals("2027-06-01", _service(date(2026, 12, 1), period), months=None)

    assert change.action == "blocked"


def test_service_without_an_expiry_is_not_renewed() -> None:
    """From an unknown day there are no whole periods."""
    (change,) = _renewals("2027-06-01", _service(None))

    assert change.action == "blocked"
    assert "expiry" in change.reason


def test_day_far_away_is_blocked_and_not_bought() -> None:
    """A slip in the year would buy centuries: 24 periods are the most."""
    start = date(2026, 12, 1)
    most = _renewals(add_months(start, MOST).isoformat(), _service(start))
    more = _renewals(add_months(start, MOST + 1).isoformat(), _service(start))

    assert MOST == 24
    assert len(most) == MOST
    assert [c.action for c in more] == ["blocked"]
    assert more[0].classes == frozenset()


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("9999-11-30", 3, "9999-12-31"),
        ("2026-01-01", 999_999, "9999-12-31"),
        ("2026-01-01", 10**30, "9999-12-31"),
        ("9999-12-31", 1, "9999-12-31"),
        ("0001-01-01", -1, "0001-01-01"),
        ("0001-03-31", -1, "0001-02-28"),
    ],
)
def test_months_end_with_the_calendar(start: str, months: int, end: str) -> None:
    """A panel may show any day and any period: what lies beyond is the calendar's last day."""
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


def test_new_service_is_paid_for_one_period_from_today() -> None:
    """Its expiry is an estimate until it lives."""
    assert _days(_renewals("2026-12-22", None)) == ["2026-12-21 2027-01-21"]
    assert _renewals("2026-12-21", None) == []


def test_kind_that_cannot_be_renewed_never_is() -> None:
    """Nor is a resource that declares no day."""
    rule = declare("TaxRule", "vat", {"client": "acme", "provider": Choice("1", "Main")})
    base = Change(rule.address, "update", desired=rule)

    assert find_renewals(kind_of("TaxRule"), base, None, TODAY, price=None) == []
