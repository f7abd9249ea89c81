"""Expenses and payments: what was taken from a client's balance and what was put there.

Invariants: only a payment that is not paid can be removed; crediting twice credits once; an edit
of a payment that is tied to a service answers ok and changes nothing; columns that say again, for a
browser, what another column says follow the row's other columns and are described nowhere.
Doubt: the colour of a payment that is not paid; how dates are spelled in English.
Source: ``subaccount.expense``, ``account.payment``, ``payment.edit``, ``payment.setpaid``,
``payment.delete``; captured rows of payments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.call import ADMIN, CLIENT
from reconciler.sandbox.field_types import Field
from reconciler.sandbox.form import Form, Row
from reconciler.sandbox.functions import billing
from reconciler.sandbox.functions.account import WORD
from reconciler.sandbox.functions.endpoint import Endpoint, each, edited, listed
from reconciler.sandbox.listing import Column, Filter, Listing
from reconciler.sandbox.reply import ConfirmationReply, PanelError

if TYPE_CHECKING:
    from reconciler.sandbox.call import Call
    from reconciler.sandbox.reply import Reply


PAID, UNPAID = "4", "1"


def _sum(column: str) -> str:
    return f"printf('%.2f', {column} / 100.0) || ' ' || ifnull(c.iso, 'EUR')"


_TAX = "e.amount - e.amount * 100.0 / (100.0 + CAST(e.taxrate AS REAL))"
EXPENSES = Listing(
    func="subaccount.expense",
    source=(
        "expense e LEFT JOIN subaccount s ON s.id = e.subaccount"
        " LEFT JOIN currency c ON c.id = s.currency"
    ),
    columns=(
        Column("id", "e.id"),
        Column("locale_name", "e.name"),
        Column("realdate", "e.realdate"),
        Column("cdate", "e.cdate"),
        Column("amount", _sum("e.amount")),
        Column("notpayd", _sum("0")),
        Column("discountamount", _sum("ifnull(e.discountamount, 0)")),
        Column("payments", "''"),
        Column("discount", "''"),
        Column("taxamount", _sum(f"({_TAX})")),
    ),
    keyname="locale_name",
    parent="e.account",
    order="e.id",
)


# The same rows as a client lists his own.
OWN_EXPENSES = Listing(
    func="expense",
    source=EXPENSES.source,
    columns=EXPENSES.columns,
    keyname=EXPENSES.keyname,
    account="e.account",
    project="EXISTS (SELECT 1 FROM assigned x WHERE x.account = e.account AND x.project = ?)",
    order="e.id",
)


def _check_expense(call: Call, row: Row, present: Row | None) -> None:
    del present
    row["name"] = row["name"] or f"Expense of {call.today}"


def _after_expense(call: Call, row: Row, fresh: bool) -> None:  # noqa: FBT001 - given by the form
    if not fresh:
        return
    sql = "UPDATE subaccount SET balance = balance - ? WHERE id = ?"
    call.db.execute(sql, (row["amount"], row["subaccount"]))
    iso = call.db.execute(
        "SELECT c.iso FROM subaccount s JOIN currency c ON c.id = s.currency WHERE s.id = ?",
        (row["subaccount"],),
    ).fetchone()[0]
    bill = billing.Charge(row["account"], int(row["subaccount"]), iso, row["amount"])
    billing.record(call, bill, row["item"], "expense")


EXPENSE = Form(
    func="subaccount.expense.edit",
    table="expense",
    check=_check_expense,
    after=_after_expense,
    fields=(
        Field("subaccount", "select", "", "subaccount", "account", required=True, fixed=True),
        Field("item", "select", "", "item", "account"),
        Field("operation", "select", options="operation", required=True),
        Field("amount", "money", required=True, fixed=True),
        Field("taxrate", "percent"),
        Field("postpaid", "flag"),
        Field("name"),
        Field("realdate", "date", default="now"),
        Field("cdate", "date", default="now"),
    ),
)


_FILTERS = (
    Filter("id", "y.id", "keys"),
    Filter("number", "y.number"),
    Filter("sender", "a.realname"),
    Filter("sender_id", "a.id", "keys"),
    Filter("createdate", "y.createdate", "day"),
    Filter("paymethod", "y.paymethod", "keys", "paymethod"),
    Filter("status", "y.status", "keys", "payment_status"),
    Filter("saamount_from", "y.subaccountamount / 100.0", "least"),
    Filter("saamount_to", "y.subaccountamount / 100.0", "most"),
    Filter("pmamount_from", "y.subaccountamount / 100.0", "least"),
    Filter("pmamount_to", "y.subaccountamount / 100.0", "most"),
    Filter("restrictrefund", "ifnull(y.restrictrefund, 'off')", "keys", "switch"),
)


_WORD = "(SELECT name{l} FROM choice WHERE list = '%s' AND key = %s)"


def _dated(name: str, day: str) -> tuple[Column, ...]:
    """Spell the day of a column in full and in short, with its time."""
    number = f"CAST(substr({day}, 9, 2) AS INT)"
    year = f"substr({day}, 1, 4) || {_WORD % ('date', chr(39) + 'year' + chr(39))}"
    spelled = {
        ending: f"CASE WHEN ifnull({day}, '') = '' THEN '' ELSE {number} || ' ' ||"
        f" {_WORD % (months, f'substr({day}, 6, 2)')} || ' ' || {year} END"
        for ending, months in (("l", "month"), ("s", "month_short"))
    }
    time = f"CASE WHEN ifnull({day}, '') = '' THEN '' ELSE '00:00' END"
    return (
        _companion(f"{name}_l", spelled["l"]),
        _companion(f"{name}_s", spelled["s"]),
        _companion(f"{name}_locale_time", time),
    )


def _flags(**columns: str) -> tuple[Column, ...]:
    """Return further columns that a browser alone looks at."""
    return tuple(_companion(name, sql) for name, sql in columns.items())


def _companion(name: str, sql: str) -> Column:
    return Column(name, sql, documented=False, companion=True)


def _payments(func: str, parent: str) -> Listing:
    return Listing(
        func=func,
        source=(
            "payment y JOIN account a ON a.id = y.account"
            " LEFT JOIN subaccount s ON s.id = y.subaccount"
            " LEFT JOIN project p ON p.id = s.project LEFT JOIN currency c ON c.id = s.currency"
            " LEFT JOIN paymethod m ON m.id = y.paymethod"
        ),
        columns=(
            Column("id", "y.id"),
            Column("number", "y.number"),
            Column("create_date", "substr(y.createdate, 1, 10)"),
            Column("pay_date", "y.paydate"),
            Column("sender_name", "a.realname"),
            Column("recipient_name", "''", level=ADMIN),
            Column("project", "p.name", level=ADMIN),
            Column("account_name", "a.name", level=ADMIN),
            Column("paymethod_name", "m.name", nolink=True),
            Column("subaccountamount_iso", _sum("y.subaccountamount")),
            Column("paymethodamount_iso", _sum("y.subaccountamount")),
            Column(
                "status",
                WORD % ("payment_status", "y.status"),
                orig="y.status",
                color=f"CASE y.status WHEN '{PAID}' THEN 'green' ELSE 'gray' END",
            ),
            *_flags(
                docflow_pdf_status="y.status",
                store_payment="'off'",
                allowrefund="'off'",
                refund="'off'",
                real_status="y.status",
                paymethod_module="m.module",
            ),
            *_dated("create_date", "y.createdate"),
            *_dated("pay_date", "y.paydate"),
        ),
        keyname="number",
        parent=parent,
        account="y.account",
        project="EXISTS (SELECT 1 FROM assigned x WHERE x.account = y.account AND x.project = ?)",
        order="y.id",
        filters=_FILTERS,
    )


def _check_payment(call: Call, row: Row, present: Row | None) -> None:
    if present is None:
        row["status"] = UNPAID
        last = call.db.execute("SELECT ifnull(max(id), 0) + 1 FROM payment").fetchone()[0]
        row["number"] = row["number"] or f"P/{last}"
        return
    tied = call.db.execute("SELECT item FROM payment WHERE id = ?", (present["id"],)).fetchone()
    if tied[0] is not None:
        row.update(present)


PAYMENT = Form(
    func="payment.edit",
    table="payment",
    check=_check_payment,
    fields=(
        Field("number"),
        Field("subaccount", "select", "", "subaccount", "account", required=True, fixed=True),
        Field("createdate", "stamp", default="now"),
        Field("paydate", "date"),
        Field("documentnumber"),
        Field("documentdate", "date"),
        Field("description"),
        Field("subaccountamount", "money", required=True),
        Field("usedamount", "shown"),
        Field("status", "shown"),
        Field("paymethod", "select", options="paymethod", required=True),
        Field("restrictrefund", "flag"),
        Field("info", "area"),
        Field("note", "area"),
    ),
)


def _credit(call: Call) -> Reply:
    for number in each(call, "payment"):
        sql = "SELECT subaccount, subaccountamount, status FROM payment WHERE id = ?"
        account, cents, status = call.db.execute(sql, (number,)).fetchone()
        if status != PAID:
            call.db.execute(
                "UPDATE payment SET status = ?, paydate = ? WHERE id = ?",
                (PAID, call.today, number),
            )
            call.db.execute(
                "UPDATE subaccount SET balance = balance + ? WHERE id = ?", (cents, account)
            )
    return ConfirmationReply()


def _remove(call: Call) -> Reply:
    for number in each(call, "payment"):
        sql = "SELECT status FROM payment WHERE id = ?"
        if call.db.execute(sql, (number,)).fetchone()[0] == PAID:
            raise PanelError("state", "payment", str(number))
        call.db.execute("DELETE FROM payment WHERE id = ?", (number,))
    return ConfirmationReply()


def _refund(call: Call) -> Reply:
    for number in each(call, "expense"):
        call.db.execute(
            "UPDATE subaccount SET balance = balance + (SELECT amount FROM expense WHERE id = ?)"
            " WHERE id = (SELECT subaccount FROM expense WHERE id = ?)",
            (number, number),
        )
        call.db.execute("DELETE FROM expense WHERE id = ?", (number,))
    return ConfirmationReply()


FUNCTIONS = {
    "expense": listed(OWN_EXPENSES, CLIENT),
    "subaccount.expense": listed(EXPENSES),
    "subaccount.expense.edit": edited(EXPENSE),
    "subaccount.expense.delete": Endpoint(_refund),
    "account.payment": listed(_payments("account.payment", "y.account")),
    "payment": listed(_payments("payment", ""), CLIENT),
    "payment.edit": edited(PAYMENT),
    "payment.setpaid": Endpoint(_credit),
    "payment.delete": Endpoint(_remove),
}
