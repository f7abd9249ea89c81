"""Putting money on an account: the form of a new payment, and paying an order from the balance.

Invariants: a payment is made unpaid and credits nothing; an order that waits is paid whole or not
at all; without sum and method, and without such an order, nothing is made.
Source: ``payment.add``, captured forms and submits of ``payment.add.method``.
Doubt: that ``payment.add`` takes both in one step, as production programs send it; under which name
it shows the new payment besides the install's own (one program reads ``payment_id``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.sandbox.call import CLIENT
from reconciler.sandbox.field_types import Field, accept
from reconciler.sandbox.form import new_ids
from reconciler.sandbox.functions import renewal
from reconciler.sandbox.functions.endpoint import Endpoint
from reconciler.sandbox.functions.payments import UNPAID
from reconciler.sandbox.options import choices
from reconciler.sandbox.reply import ConfirmationReply, FormReply, Input, PanelError
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from reconciler.sandbox.call import Call
    from reconciler.sandbox.reply import Pairs, Reply

_AMOUNT = Field("amount", "money", required=True)
_METHOD = Field("paymethod", "select", required=True)
_CURRENCY = Field("payment_currency", "select")
_HIDDEN = ("billorder", "paymentupload", "randomnumber", "project", "customer_account")
_FROM_BALANCE = "fromsubaccount"


def _first_step(call: Call) -> Reply:
    if call.confirmed:
        return _pay(call)
    return ConfirmationReply(ok="func=payment.add.method", ok_type="form")


def _method(call: Call) -> Reply:
    # The captured submit confirms this step with ``snext``.
    return _pay(call) if call.confirmed or "snext" in call.given else _shown(call)


def _shown(call: Call) -> FormReply:
    lists = (("payment_currency", _currencies(call)), ("paymethod", choices(call, "paymethod")))
    sorts = {"amount": "money", "payment_currency": "select", "paymethod": "select"}
    sorts |= dict.fromkeys(_HIDDEN, "hidden")
    inputs = tuple(
        Input(name, label(call.func, name, call.lang), sort, required=name == "amount")
        for name, sort in sorts.items()
    )
    return FormReply(inputs, tuple((name, call.given.get(name, "")) for name in sorts), lists)


def _pay(call: Call) -> Reply:
    order = call.given.get("billorder")
    if order is not None and call.given.get("clicked_button") == _FROM_BALANCE:
        if not renewal.check_out(call, order):
            raise PanelError("value", "billorder", order)
        return ConfirmationReply(_shown(call), ok="func=payment")
    cents = accept(_AMOUNT, call.given.get("amount", ""), ())
    if cents <= 0:
        raise PanelError("value", "amount", call.given["amount"])
    method = accept(_METHOD, call.given.get("paymethod", ""), choices(call, "paymethod"))
    number = _make(call, cents, method)
    ids = (*new_ids(call, "payment", number), ("payment_id", str(number)))
    link = f"/mancgi/payment?elid={number}"
    return ConfirmationReply(_shown(call), ok=link, ok_type="url", back="func=payment", ids=ids)


def _make(call: Call, cents: int, method: Any) -> int:  # noqa: ANN401 - what SQLite takes
    currency = accept(_CURRENCY, call.given.get("payment_currency", ""), _currencies(call))
    row = call.db.execute(
        "SELECT id FROM subaccount WHERE account = ? AND currency = ifnull(?, currency)"
        " ORDER BY active = 'on' DESC, id LIMIT 1",
        (call.actor.account, currency),
    ).fetchone()
    if row is None:
        raise PanelError("missed", "subaccount")
    made = call.db.execute(
        "INSERT INTO payment (account, subaccount, number, createdate, paydate, documentnumber,"
        " documentdate, description, subaccountamount, usedamount, status, paymethod,"
        " restrictrefund, info, note) SELECT ?, ?, 'P/' || (ifnull(max(id), 0) + 1), ?, '', '', '',"
        " 'Top-up', ?, 0, ?, ?, 'off', '', '' FROM payment",
        (call.actor.account, row[0], call.moment, cents, UNPAID, method),
    )
    return int(made.lastrowid or 0)


def _currencies(call: Call) -> Pairs:
    return tuple(
        call.db.execute(
            "SELECT DISTINCT c.id || '', c.iso FROM subaccount s JOIN currency c"
            " ON c.id = s.currency WHERE s.account = ? ORDER BY c.iso",
            (call.actor.account,),
        )
    )


FUNCTIONS = {
    "payment.add": Endpoint(_first_step, CLIENT, client_only=True),
    "payment.add.method": Endpoint(_method, CLIENT, client_only=True),
}
