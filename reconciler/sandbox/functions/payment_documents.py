"""What hangs on a payment: its history, its lines, its print, what it paid for, and its return.

Invariants: a payment gives back no more than is left of it, and only what was paid; what it paid
for and what it gave back is used up.
Source: ``payment.history``, ``payment.orderinfo``, ``payment.expense``, ``payment.print``,
``payment.refund`` and their forms; a captured document of one payment.
Doubt: everything about the answers but the documented columns; the parameters of
``subaccount.refund``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.call import CLIENT
from reconciler.sandbox.field_types import Field, accept, euros
from reconciler.sandbox.functions.endpoint import Endpoint, asked, listed
from reconciler.sandbox.functions.payments import PAID
from reconciler.sandbox.listing import Column, Listing
from reconciler.sandbox.reply import ConfirmationReply, Node, PanelError, RawReply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.call import Call
    from reconciler.sandbox.reply import Reply

_AMOUNT = Field("amount", "money", required=True)
_LEFT = "subaccountamount - ifnull(usedamount, 0)"
_PRINTED = ("id", "number", "account", "subaccount", "status", "createdate", "paydate")
_HISTORY = Listing(
    func="payment.history",
    source="audit h",
    columns=(
        Column("changedate", "substr(h.at, 1, 19)"),
        Column("desc", "h.func"),
        Column("user", "h.actor"),
        Column("ip", "'127.0.0.1'"),
        Column("action", "h.func"),
    ),
    parent="CAST(json_extract(h.params, '$.elid') AS INT)",
    under="payment",
    where="h.wrote = 1 AND h.func LIKE 'payment.%'",
    order="h.number",
)
_LINES = Listing(
    func="payment.orderinfo",
    source="payment y",
    columns=(
        Column("id", "y.id"),
        Column("info", "y.description"),
        Column("cost", "printf('%.2f', y.subaccountamount / 100.0)"),
    ),
    parent="y.id",
    under="payment",
)
_SPENT = Listing(
    func="payment.expense",
    source="spent x JOIN expense e ON e.id = x.expense JOIN payment y ON y.id = x.payment",
    columns=(
        Column("expense", "e.id"),
        Column("expense_locale_name", "e.name"),
        Column("amount_iso", "printf('%.2f', x.amount / 100.0) || ' EUR'"),
        Column("invoice", "y.id"),
        Column("invoice_number", "y.number"),
    ),
    key="expense",
    parent="x.payment",
    under="payment",
    order="x.expense",
)


def _line(call: Call) -> Mapping[str, str]:
    return {"name": _payment(call, "elid")["description"]}


def _rename(call: Call, values: Mapping[str, str]) -> None:
    row = _payment(call, "elid")
    call.db.execute("UPDATE payment SET description = ? WHERE id = ?", (values["name"], row["id"]))


def _link(call: Call) -> Mapping[str, str]:
    payment = int(_payment(call, "plid")["id"])
    expense = call.given.get("elid", "")
    sql = "SELECT amount FROM spent WHERE payment = ? AND expense = ?"
    row = call.db.execute(sql, (payment, expense)).fetchone()
    if row is None and expense:
        raise PanelError("missed", "expense", expense)
    return {"expense": expense, "amount": euros(row[0]) if row else ""}


def _spend(call: Call, values: Mapping[str, str]) -> None:
    expense = call.parent("elid" if call.elid else "expense", "expense")
    payment = _payment(call, "plid")
    cents = accept(_AMOUNT, values["amount"], ())
    _unlink(call, int(payment["id"]), expense)
    _use(call, int(payment["id"]), cents)
    sql = "INSERT INTO spent VALUES (?, ?, ?, ?)"
    call.db.execute(sql, (expense, payment["id"], payment["account"], cents))


def _unspend(call: Call) -> Reply:
    payment = int(_payment(call, "plid")["id"])
    for expense in call.elids:
        _unlink(call, payment, expense)
    return ConfirmationReply()


def _unlink(call: Call, payment: int, expense: int) -> None:
    pair = (payment, expense)
    call.db.execute(
        "UPDATE payment SET usedamount = usedamount - ifnull((SELECT amount FROM spent"
        " WHERE payment = ? AND expense = ?), 0) WHERE id = ?",
        (*pair, payment),
    )
    call.db.execute("DELETE FROM spent WHERE payment = ? AND expense = ?", pair)


def _use(call: Call, payment: int, cents: int) -> None:
    sql = f"SELECT {_LEFT} FROM payment WHERE id = ?"
    if not 0 < cents <= call.db.execute(sql, (payment,)).fetchone()[0]:
        raise PanelError("value", "amount", euros(cents))
    sql = "UPDATE payment SET usedamount = ifnull(usedamount, 0) + ? WHERE id = ?"
    call.db.execute(sql, (cents, payment))


def _returnable(call: Call) -> Mapping[str, str]:
    row = _payment(call, "elid")
    if row["status"] != PAID or row["restrictrefund"] == "on":
        raise PanelError("state", "payment", row["id"])
    return {"amount": euros(int(row["left"])), "description": ""}


def _give_back(call: Call, values: Mapping[str, str]) -> None:
    row = _payment(call, "elid")
    cents = accept(_AMOUNT, values["amount"], ())
    _use(call, int(row["id"]), cents)
    _take(call, int(row["subaccount"]), cents)


def _balance(call: Call) -> Mapping[str, str]:
    number = call.parent("elid", "subaccount")
    (cents,) = call.db.execute("SELECT balance FROM subaccount WHERE id = ?", (number,)).fetchone()
    return {"amount": euros(max(cents, 0)), "description": ""}


def _pay_out(call: Call, values: Mapping[str, str]) -> None:
    _take(call, call.parent("elid", "subaccount"), accept(_AMOUNT, values["amount"], ()))


def _take(call: Call, subaccount: int, cents: int) -> None:
    sql = "SELECT balance FROM subaccount WHERE id = ?"
    if not 0 < cents <= call.db.execute(sql, (subaccount,)).fetchone()[0]:
        raise PanelError("balance", "subaccount", euros(cents))
    call.db.execute("UPDATE subaccount SET balance = balance - ? WHERE id = ?", (cents, subaccount))


def _payment(call: Call, name: str) -> dict[str, str]:
    number = call.parent(name, "payment")
    columns = (*_PRINTED, "description", "restrictrefund")
    sql = f"SELECT {', '.join(columns)}, {_LEFT} FROM payment WHERE id = ?"
    row = call.db.execute(sql, (number,)).fetchone()
    texts = ("" if value is None else str(value) for value in row)
    return dict(zip((*columns, "left"), texts, strict=True))


def _print(call: Call) -> Reply:
    row = _payment(call, "elid")
    kids = tuple(Node(name, row[name]) for name in (*_PRINTED, "description"))
    return RawReply((Node("payment", attrs=(("id", row["id"]), ("lang", call.lang)), kids=kids),))


def _print_file(call: Call) -> Reply:
    number = _payment(call, "elid")["number"].encode("ascii", "replace")
    return RawReply(file=b"%%PDF-1.4\n%%\xe2\xe3\xcf\xd3\n%% %b\n%%%%EOF\n" % number)


FUNCTIONS = {
    "payment.history": listed(_HISTORY),
    "payment.orderinfo": listed(_LINES),
    "payment.orderinfo.edit": asked(_line, _rename),
    "payment.expense": listed(_SPENT),
    "payment.expense.edit": asked(_link, _spend),
    "payment.expense.delete": Endpoint(_unspend),
    "payment.refund": asked(_returnable, _give_back),
    "subaccount.refund": asked(_balance, _pay_out),
    "payment.print": Endpoint(_print, CLIENT),
    "payment.print.pdf": Endpoint(_print_file, CLIENT),
}
