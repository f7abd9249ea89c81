"""What things cost, and how a balance pays for them.

Invariants: a sum is taken whole or not at all, never beyond balance and credit; whatever is taken
leaves one expense and one ledger row; the price shown and the sum taken come of the same rule.
Order: the price of the tariff, in the currency of the account by the client's own rate of the day
if there is one; then one discount; then the tax.
Source: ``subaccount.expense`` shows the rows, and says that the tax is a part of the amount.
``account.discount.edit``: the discount of the highest priority is given, a personal one before that
of a promotion; one of a negative priority only where no promotion suits; not on the renewal of what
is paid by the day.
Doubt: whether an install adds the tax to its prices (``tax: added``); which of two equal discounts
wins: here the larger one; whether a client's own rate moves the prices of tariffs.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from reconciler.sandbox.field_types import euros
from reconciler.sandbox.functions import addon
from reconciler.sandbox.reply import PanelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.call import Call

ORDER, RENEWAL, OTHER = 0, 1, 2
_BOTH = 2
_PROMOTION = 1
TRIAL, DAILY, ONCE = -100, -50, 0
# In place of a period: what a client was quoted for the next change of a service's add-ons.
EXTRAS = -1
_TRIAL_DAYS = 14


@dataclass(frozen=True, slots=True)
class Charge:
    """A sum in the currency of the account that is to pay it."""

    account: int
    subaccount: int | None
    currency: str
    full: int
    off: int = 0
    rate: str = ""
    tax: int = 0

    @property
    def due(self) -> int:
        """The cents to pay."""
        return self.full - self.off + self.tax

    def __str__(self) -> str:
        """The sum as the panel prints it."""
        return f"{euros(self.due)} {self.currency}"


def months(period: int) -> int:
    """Return the months that add-ons are paid for within a period."""
    return max(period, 1)


def price(call: Call, tariff: int, period: int, chosen: Mapping[int, str]) -> int:
    """Return the undiscounted price of a tariff with add-ons, in euro cents."""
    wanted = (tariff, period)
    row = call.db.execute("SELECT cents FROM price WHERE pricelist = ? AND period = ?", wanted)
    found = row.fetchone()
    if found is None:
        raise PanelError("value", "period", str(period))
    extra = addon.monthly(call, tariff, chosen) * months(period)
    return int(found[0]) if period == TRIAL else int(found[0]) + extra


def bill(call: Call, account: int, tariff: int, cents: int, *, item: int = 0) -> Charge:
    """Turn euro cents into the currency of the account that pays: an item's own, or a tariff's."""
    row = call.db.execute(
        "SELECT s.id, c.iso, c.factor, c.id FROM subaccount s JOIN currency c ON c.id = s.currency"
        " WHERE s.account = :account AND (s.project = (SELECT project FROM pricelist WHERE"
        " id = :tariff) OR s.id = (SELECT subaccount FROM item WHERE id = :item))"
        " ORDER BY s.id = (SELECT subaccount FROM item WHERE id = :item) DESC,"
        " s.active = 'on' DESC, s.id LIMIT 1",
        {"account": account, "tariff": tariff, "item": item},
    ).fetchone()
    if row is None:
        return Charge(account, None, "EUR", cents)
    factor = _own_rate(call, account, row[3]) or Decimal(row[2]) / 100
    return Charge(account, row[0], row[1], _whole(cents * factor))


def _own_rate(call: Call, account: int, currency: int) -> Decimal | None:
    """Return how many units of a currency a client pays for a euro, by his own rate of the day."""
    found = call.db.execute(
        "SELECT r.rate, r.amount, b.iso = 'EUR' FROM currencyrate r"
        " JOIN currency b ON b.id = r.currency_base JOIN currency t ON t.id = r.currency_relate"
        " WHERE r.account = :account AND r.ratedate <= :today AND"
        " (b.iso = 'EUR' AND t.id = :currency OR t.iso = 'EUR' AND b.id = :currency)"
        " ORDER BY r.ratedate DESC, r.id DESC LIMIT 1",
        {"account": account, "currency": currency, "today": call.today},
    ).fetchone()
    if found is None or not Decimal(found[0]) or not Decimal(found[1]):
        return None
    rate = Decimal(found[0]) / Decimal(found[1])
    return rate if found[2] else 1 / rate


def _whole(cents: Decimal) -> int:
    return int(cents.quantize(Decimal(1), ROUND_HALF_UP))


def discounted(call: Call, full: Charge, period: int, action: int) -> Charge:
    """Take the one discount that is given off a bill."""
    if action == RENEWAL and period == DAILY:
        return full
    rows = call.db.execute(
        "SELECT d.percentage, d.period, d.priority, s.pos FROM discount d"
        " JOIN choice c ON c.list = 'discount_action' AND c.key = d.actiontype"
        " LEFT JOIN choice s ON s.list = 'discount_type' AND s.key = d.type"
        " WHERE d.account = ? AND c.pos IN (?, ?)"
        " AND d.fromdate <= ? AND (d.todate = '' OR d.todate >= ?)",
        (full.account, action, _BOTH, call.today, call.today),
    )
    suiting = [
        (int(priority or 0), sort != _PROMOTION, Decimal(percentage))
        for percentage, only, priority, sort in rows
        if Decimal(percentage) and (not only or str(period) in only.split(","))
    ]
    promoted = any(not personal for _, personal, _ in suiting)
    given = [each for each in suiting if each[0] >= 0 or not (promoted and each[1])]
    _, _, share = max(given, default=(0, True, Decimal(0)))
    return replace(full, off=_whole(full.full * share / 100))


def taxed(call: Call, bill: Charge, tariff: int) -> Charge:
    """Put the client's tax on a bill: as a part of it, or added, as the install does."""
    found = call.db.execute(
        "SELECT t.taxrate FROM taxrule t JOIN pricelist l ON l.id = ?"
        " WHERE t.account = ? AND t.project = l.project AND (t.specialitemtype <> 'on' OR"
        " instr(',' || t.itemtype || ',',"
        " ',' || (SELECT id FROM itemtype WHERE intname = l.itemtype) || ','))"
        " ORDER BY t.specialitemtype DESC, t.id LIMIT 1",
        (tariff, bill.account),
    ).fetchone()
    if found is None or not Decimal(found[0] or 0):
        return bill
    added = call.settings.tax == "added"
    tax = _whole((bill.full - bill.off) * Decimal(found[0]) / 100) if added else 0
    return replace(bill, rate=str(found[0]), tax=tax)


def quoted(call: Call, full: Charge, tariff: int, period: int, *, item: int = 0) -> Charge | None:
    """Return the bill that a client was quoted, where a copy of another panel holds a quote."""
    row = call.db.execute(
        "SELECT cents FROM quote WHERE account = ? AND item = ? AND pricelist = ? AND period = ?",
        (full.account, item, tariff, period),
    ).fetchone()
    return Charge(full.account, full.subaccount, full.currency, row[0]) if row else None


def pay(call: Call, what: Charge, *, item: int, kind: str, name: str) -> None:
    """Take a sum from the balance.

    Raises: PanelError ``balance`` when it is too low, ``missed`` when there is no account to pay.
    Doubt: the type of the error for a low balance.
    """
    row = call.db.execute(
        "SELECT balance + creditlimit, suspended FROM subaccount WHERE id = ?", (what.subaccount,)
    ).fetchone()
    if row is None:
        raise PanelError("missed", "subaccount")
    if row[1] == "on":
        raise PanelError("state", "subaccount")
    if row[0] < what.due:
        raise PanelError("balance", "subaccount", str(what))
    call.db.execute(
        "UPDATE subaccount SET balance = balance - ? WHERE id = ?", (what.due, what.subaccount)
    )
    place = {"order": ORDER, "prolong": RENEWAL}.get(kind, OTHER)
    call.db.execute(
        "INSERT INTO expense (account, subaccount, item, operation, amount, discountamount,"
        " taxrate, postpaid, name, realdate, cdate) VALUES (?, ?, ?,"
        " (SELECT key FROM choice WHERE list = 'operation' AND pos = ?),"
        " ?, ?, ?, 'off', ?, ?, ?)",
        (
            what.account,
            what.subaccount,
            item,
            place,
            what.due,
            what.off,
            what.rate,
            name,
            call.today,
            call.today,
        ),
    )
    record(call, what, item, kind)


def record(call: Call, what: Charge, item: int | None, kind: str) -> None:
    """Put a sum that was taken into the ledger."""
    marks = call.db.execute("SELECT remoteid FROM item WHERE id = ?", (item,)).fetchone()
    call.db.execute(
        "INSERT INTO ledger (at, account, item, cents, currency, what, remoteid)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            call.now.isoformat(sep=" "),
            what.account,
            item,
            what.due,
            what.currency,
            kind,
            marks[0] if marks else "",
        ),
    )


def ends(start: str, period: int) -> str:
    """Return the day on which a period that begins on ``start`` ends; empty for a one-off."""
    day = date.fromisoformat(start)
    if period == ONCE:
        return ""
    if period in {TRIAL, DAILY}:
        return str(day + timedelta(days=_TRIAL_DAYS if period == TRIAL else 1))
    year, month = divmod(day.year * 12 + day.month - 1 + period, 12)
    return str(date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])))
