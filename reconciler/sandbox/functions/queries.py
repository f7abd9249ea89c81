"""What programs ask for beside lists and forms: a service by its id, balances, a live session.

Invariants: what a client may not do to a service by its type's function he may not do here.
Source: production programs that call ``service.changepassword``, ``service.suspend``,
``service.resume``, ``keepalive``, ``dashboard.info``, ``account.discountinfo`` and
``pricelist.detail``.
Doubt: the parameters and columns of all of them, which no document names.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from reconciler.sandbox import listing
from reconciler.sandbox.call import CLIENT
from reconciler.sandbox.functions import client_terms, service
from reconciler.sandbox.functions.endpoint import Endpoint, each, listed
from reconciler.sandbox.listing import Column, Listing
from reconciler.sandbox.reply import ConfirmationReply, FormReply, Input, PanelError
from reconciler.sandbox.seeding.install import digest
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from reconciler.sandbox.call import Call
    from reconciler.sandbox.reply import Reply

_BALANCES = Listing(
    func="dashboard.info",
    source="subaccount s JOIN project p ON p.id = s.project JOIN currency c ON c.id = s.currency",
    columns=(
        Column("id", "s.id"),
        Column("project", "p.name"),
        Column("balance", "printf('%.2f', s.balance / 100.0) || ' ' || c.iso"),
        Column("creditlimit", "printf('%.2f', s.creditlimit / 100.0) || ' ' || c.iso"),
        Column("currency", "c.iso"),
    ),
    keyname="project",
    account="s.account",
    order="s.id",
)
_DISCOUNTS = Listing(
    func="account.discountinfo",
    source=client_terms.DISCOUNTS.source,
    columns=client_terms.DISCOUNTS.columns,
    key=client_terms.DISCOUNTS.key,
    parent=client_terms.DISCOUNTS.parent,
    order=client_terms.DISCOUNTS.order,
)
_PARTS = Listing(
    func="pricelist.detail",
    source="addon x JOIN pricelist l ON l.id = x.pricelist",
    columns=(
        Column("id", "x.id"),
        Column("name", "x.name"),
        Column("min", "x.low"),
        Column("max", "x.high"),
        Column("base", "x.base"),
        Column("cost", "printf('%.2f', x.cents / 100.0) || ' EUR'"),
    ),
    order="x.id",
)


def _keep_alive(call: Call) -> Reply:
    del call
    return ConfirmationReply()


def _password(call: Call) -> Reply:
    items = each(call, "item")
    if not items:
        raise PanelError("missed", "service", call.elid)
    names = ("passwd", "confirm")
    inputs = tuple(Input(name, label(call.func, name, call.lang), "secret") for name in names)
    before = FormReply(inputs, (("elid", call.elid), *((name, "") for name in names)))
    if not call.confirmed:
        return before
    password = call.given.get("passwd", "")
    if not password:
        raise PanelError("value", "passwd")
    if call.given.get("confirm", password) != password:
        raise PanelError("value", "confirm")
    for number in items:
        sql = "UPDATE item SET userpassword = ? WHERE id = ?"
        call.db.execute(sql, (digest(password), number))
    return ConfirmationReply(before)


def _by_type(action: str, call: Call) -> Reply:
    for number in each(call, "item"):
        sql = "SELECT itemtype FROM item WHERE id = ?"
        (kind,) = call.db.execute(sql, (number,)).fetchone()
        service.FUNCTIONS[f"{kind}.{action}"].run(
            replace(call, given={**call.given, "elid": str(number)})
        )
    return ConfirmationReply()


def _detail(call: Call) -> Reply:
    found = None
    if call.elid.isdecimal() and call.elid.isascii():
        sql = "SELECT project FROM pricelist WHERE id || '' = ?"
        found = call.db.execute(sql, (call.elid,)).fetchone()
    if found is None or not _sold_to(call, found[0]):
        raise PanelError("missed", "pricelist", call.elid)
    return listing.read(call, replace(_PARTS, where=f"x.pricelist = {int(call.elid)}"))


def _sold_to(call: Call, project: int) -> bool:
    if call.actor.account is None:
        return call.actor.project in {None, project}
    mine = (call.actor.account, project)
    sql = "SELECT 1 FROM assigned WHERE account = ? AND project = ?"
    return call.db.execute(sql, mine).fetchone() is not None


FUNCTIONS = {
    "keepalive": Endpoint(_keep_alive, CLIENT),
    "service.changepassword": Endpoint(_password, CLIENT),
    "service.suspend": Endpoint(partial(_by_type, "suspend"), CLIENT),
    "service.resume": Endpoint(partial(_by_type, "resume"), CLIENT),
    "dashboard.info": listed(_BALANCES, CLIENT),
    "account.discountinfo": listed(_DISCOUNTS, CLIENT),
    "pricelist.detail": Endpoint(_detail, CLIENT),
}
