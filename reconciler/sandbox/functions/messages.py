"""What reaches people: tickets, SMS, invoices by email, and the registration of a client.

Invariants: what is sent is kept, and never sent without a client who is there; a form sends
nothing before it is confirmed, while an action sends at once.
Source: ``register``, ``account.sms``, ``ticket.write.account``, ``ticket.write.payment``,
``payment.send``.
Doubt: the parameters of tickets, which no document names; what ``account.su`` answers.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reconciler.sandbox import form
from reconciler.sandbox.functions import account
from reconciler.sandbox.functions.endpoint import Endpoint, asked, each
from reconciler.sandbox.reply import ConfirmationReply, PanelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.call import Call
    from reconciler.sandbox.reply import Reply

_REGISTERED = ("email", "passwd", "realname", "phone", "country", "state", "project", "recovery")
_AGREED = "conditions_agree"


def _send(call: Call, number: int, way: str, body: str) -> None:
    if not body:
        raise PanelError("value", "message")
    sql = "INSERT INTO letter (at, account, way, body) VALUES (?, ?, ?, ?)"
    call.db.execute(sql, (call.moment, number, way, body))


def _invoices(call: Call) -> Reply:
    for number in each(call, "payment"):
        sql = "SELECT account, number FROM payment WHERE id = ?"
        owner, name = call.db.execute(sql, (number,)).fetchone()
        _send(call, owner, "email", f"Invoice {name}")
    return ConfirmationReply()


def _phone(call: Call) -> Mapping[str, str]:
    sql = "SELECT ifnull(nullif(valid_phone, ''), try_phone) FROM account WHERE id = ?"
    (phone,) = call.db.execute(sql, (call.parent("elid"),)).fetchone()
    return {"type": "primary", "phone": phone or "", "message": ""}


def _text(call: Call, values: Mapping[str, str]) -> None:
    if not values["phone"]:
        raise PanelError("value", "phone")
    _send(call, call.parent("elid"), "sms", values["message"])


def _ticket(table: str, call: Call) -> Mapping[str, str]:
    call.parent("elid", table)
    return {"subject": "", "message": ""}


def _write(table: str, call: Call, values: Mapping[str, str]) -> None:
    number = call.parent("elid", table)
    if table != "account":
        sql = f"SELECT account FROM {table} WHERE id = ?"
        (number,) = call.db.execute(sql, (number,)).fetchone()
    _send(call, number, "ticket", values["message"])


def _blank(call: Call) -> Mapping[str, str]:
    del call
    return {**dict.fromkeys(_REGISTERED, ""), _AGREED: "off"}


def _register(call: Call, values: Mapping[str, str]) -> int:
    if values[_AGREED] != "on":
        raise PanelError("value", _AGREED)
    given = {name: text for name, text in values.items() if text and name in _REGISTERED}
    given |= {"confirm": given.get("passwd", ""), "try_phone": given.pop("phone", ""), "sok": "ok"}
    form.edit(call.under("account.edit", **{n: t for n, t in given.items() if t}), account.FORM)
    sql = "SELECT id FROM account WHERE email = ?"
    (number,) = call.db.execute(sql, (values["email"],)).fetchone()
    if values["recovery"] == "on":
        _send(call, number, "email", "Welcome")
    return int(number)


def _drill_down(call: Call) -> Reply:
    call.parent("elid")
    return ConfirmationReply(ok="func=dashboard", ok_type="top")


FUNCTIONS = {
    "payment.send": Endpoint(_invoices),
    "account.sms": asked(_phone, _text),
    "account.su": Endpoint(_drill_down),
    "ticket.write.account": asked(partial(_ticket, "account"), partial(_write, "account")),
    "ticket.write.payment": asked(partial(_ticket, "payment"), partial(_write, "payment")),
    "register": asked(_blank, _register),
}
