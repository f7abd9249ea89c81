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
from reconciler.sandbox.answer import Done, Input, PanelError, Shown
from reconciler.sandbox.call import CLIENT
from reconciler.sandbox.func import service, terms
from reconciler.sandbox.func.entry import Entry, each, listed
from reconciler.sandbox.listing import Column, Listing
from reconciler.sandbox.seeding.install import digest
from reconciler.sandbox.words import label

if TYPE_CHECKING:
    from reconciler.sandbox.answer import Answer
    from reconciler.sandbox.call import Call

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
    source=terms.DISCOUNTS.source,
    columns=terms.DISCOUNTS.columns,
    key=terms.DISCOUNTS.key,
    parent=terms.DISCOUNTS.parent,
    order=terms.DISCOUNTS.order,
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


def _keep_alive(call: Call) -> Answer:
    del call
    return Done()


def _password(call: Call) -> Answer:
    items = each(call, "item")
    if not items:
        raise PanelError("missed", "service", call.elid)
    names = ("passwd", "confirm")
    inputs = tuple(Input(name, label(call.func, name, call.lang), "secret") for name in names)
    before = Shown(inputs, (("elid", call.elid), *((name, "") for name in names)))
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
    return Done(before)


def _by_type(action: str, call: Call) -> Answer:
    for number in each(call, "item"):
        sql = "SELECT itemtype FROM item WHERE id = ?"
        (kind,) = call.db.execute(sql, (number,)).fetchone()
        service.FUNCTIONS[f"{kind}.{action}"].run(
            replace(call, given={**call.given, "elid": str(number)})
        )
    return Done()


def _detail(call: Call) -> Answer:
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
    "keepalive": Entry(_keep_alive, CLIENT),
    "service.changepassword": Entry(_password, CLIENT),
    "service.suspend": Entry(partial(_by_type, "suspend"), CLIENT),
    "service.resume": Entry(partial(_by_type, "resume"), CLIENT),
    "dashboard.info": listed(_BALANCES, CLIENT),
    "account.discountinfo": listed(_DISCOUNTS, CLIENT),
    "pricelist.detail": Entry(_detail, CLIENT),
}
