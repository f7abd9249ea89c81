"""Renewals: whole periods, one charge each, until the expiry is on or after the wanted day.

Invariant: each renewal is a change of its own that moves the expiry by exactly one period, so a
second attempt at it finds the expiry moved and sends nothing.
"""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from reconciler.model.plan import Change, Edit
from reconciler.model.reason import Reason, ReasonCode
from reconciler.wire.period import count_months

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Money
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Value

MOST = 24
TWICE = (
    "the expiry moved by more than one period, although one renewal was sent; it may have "
    "been charged twice: check the client's expenses"
)


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or that month's last day where it is shorter.

    Beyond the calendar it is the calendar's own last day, or first.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def find_renewals(
    kind: ResourceKind, base: Change, observed: Observed | None, today: date, *, price: Money | None
) -> list[Change]:
    """Return the renewals that bring a service to the day it shall be paid through.

    For a service that is yet to be ordered the expiry is an estimate: today and one period.
    """
    if not kind.renew or base.desired is None:
        return []
    wanted = base.desired.fields.get(kind.paid_through)
    months = months_to_renew(kind, base.desired, observed)
    expiry = observed.fields.get(kind.paid_through) if observed else None
    if observed is None and months:
        expiry = add_months(today, months)
    if not isinstance(wanted, date):
        return []
    if not isinstance(expiry, date) or not months:
        text = f"{kind.paid_through}: the panel shows no expiry or no renewal period"
        why = Reason(ReasonCode.EXPIRY_UNKNOWN, text)
        if observed is None:
            period = kind.terms.period
            text = (
                f"{kind.paid_through}: declare {period} as well, because the service is not "
                "ordered yet"
            )
            why = Reason(ReasonCode.FIELD_REQUIRED, text)
        return [replace(base.blocked(why), edits=(), classes=frozenset())]
    changes: list[Change] = []
    renewal = Reason(ReasonCode.RENEWAL, f"renewed by {count_months(months)}")
    while expiry < wanted:
        if len(changes) == MOST:
            count = f"more than {MOST} renewals of {count_months(months)}"
            why = Reason(ReasonCode.TOO_MANY_RENEWALS, f"{kind.paid_through}: {count}")
            return [replace(base.blocked(why), classes=frozenset())]
        following = add_months(expiry, months)
        changes.append(
            replace(
                base.because(renewal),
                action="renew",
                edits=(Edit(kind.paid_through, expiry, following),),
                classes=frozenset({"charge"}),
                money=price,
                precondition="",
            )
        )
        expiry = following
    return changes


def months_to_renew(kind: ResourceKind, desired: Desired | None, observed: Observed | None) -> int:
    """Return the period that is declared or else lives, in months; 0 for unknown."""
    declared = kind.months_of(desired.fields) if desired else 0
    return declared or (kind.months_of(observed.fields) if observed else 0)


def renewed_twice(before: Value, wanted: Value, now: Value) -> bool:
    """Return whether an expiry moved by more than the one period that was asked for."""
    if not (isinstance(before, date) and isinstance(wanted, date) and isinstance(now, date)):
        return False
    # Months differ in length, and panels in how they count their last days.
    return (now - before).days * 2 >= (wanted - before).days * 3
