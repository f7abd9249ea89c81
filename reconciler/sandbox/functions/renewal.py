"""Renewing services, and the cart where what is not yet paid waits.

Invariants: a renewal is made as often as it is sent; with ``skipbasket=on`` the balance pays and
the expiry moves, otherwise neither does; what waits in the cart has cost nothing.
Source: ``service.prolong``, ``basket`` with ``itemlist``, ``cart`` with ``lineitems``.
Doubt: how a person pays the cart; ``basket.pay`` stands for the whole of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reconciler.sandbox import listing
from reconciler.sandbox.call import CLIENT
from reconciler.sandbox.field_types import Field, accept
from reconciler.sandbox.functions import addon, billing, orders
from reconciler.sandbox.functions.endpoint import Endpoint, each
from reconciler.sandbox.listing import Column, Listing
from reconciler.sandbox.options import choices
from reconciler.sandbox.reply import (
    ConfirmationReply,
    FormReply,
    Input,
    NotFoundError,
    PanelError,
    Table,
)
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.sandbox.call import Call
    from reconciler.sandbox.install import Install
    from reconciler.sandbox.reply import Pairs, Reply

_ALIVE = {"2", "3"}
_ITEM = "SELECT id, account, pricelist, period, domain, status, expiredate FROM item WHERE id = ?"


@dataclass(frozen=True, slots=True)
class _CartItem:
    number: int
    account: int
    tariff: int
    period: int
    domain: str
    status: str
    expires: str


def _prolong(call: Call) -> Reply:
    items = [_CartItem(*call.db.execute(_ITEM, (n,)).fetchone()) for n in each(call, "item")]
    items = [item for item in items if item.status != "4"]
    if not items:
        raise NotFoundError("service", call.elid)
    forms = [_shown(call, item) for item in items]
    if not call.confirmed:
        return forms[0]
    for item in items:
        if item.status not in _ALIVE and not item.status.startswith(("5_open", "5_reinstall")):
            raise PanelError("state", "service", str(item.number))
        _renew(call, item)
    return orders.waiting(call, forms[0])


def _renew(call: Call, item: _CartItem) -> None:
    period, _ = _period(call, item)
    bill = _bill(call, item, period)
    if call.given.get("skipbasket") != "on":
        orders.put(call, bill, item.number, what="prolong", period=period)
        return
    billing.pay(call, bill, item=item.number, kind="prolong", name=f"Renewal of {item.number}")
    later = billing.ends(item.expires, period)
    call.db.execute("UPDATE item SET expiredate = ? WHERE id = ?", (later, item.number))


def _period(call: Call, item: _CartItem) -> tuple[int, Pairs]:
    offered = choices(call, "order_period", item.tariff)
    keys = tuple(key for key in offered if int(key[0]) > 0)
    if not item.expires:
        raise PanelError("state", "service", str(item.number))
    text = call.given.get("period")
    if text is not None:
        return int(accept(Field("period", "select", required=True), text, keys)), keys
    return (item.period if item.period > 0 else int(keys[0][0])), keys


def _bill(call: Call, item: _CartItem, period: int) -> billing.Charge:
    extras = addon.present(call, item.number, item.tariff)
    cents = billing.price(call, item.tariff, period, extras)
    full = billing.bill(call, item.account, item.tariff, cents, item=item.number)
    quoted = billing.quoted(call, full, item.tariff, period, item=item.number)
    lowered = billing.discounted(call, full, period, billing.RENEWAL)
    return quoted or billing.taxed(call, lowered, item.tariff)


def _shown(call: Call, item: _CartItem) -> FormReply:
    period, keys = _period(call, item)
    values = (
        ("elid", str(item.number)),
        ("domain", item.domain),
        ("period", str(period)),
        ("expiredate", item.expires),
        ("newexpiredate", billing.ends(item.expires, period)),
        ("cost", str(_bill(call, item, period))),
    )
    inputs = tuple(Input(name, label(call.func, name, call.lang)) for name, _ in values[1:])
    return FormReply(inputs, values, (("period", keys),))


CART = Listing(
    func="basket",
    source=(
        "basket b JOIN item i ON i.id = b.item LEFT JOIN subaccount s ON s.id = i.subaccount"
        " LEFT JOIN currency c ON c.id = s.currency"
    ),
    columns=(
        Column("id", "b.id"),
        Column("item_id", "b.item"),
        Column("name", "i.domain"),
        Column("what", "b.what"),
        Column("period", "b.period"),
        Column("cost", "printf('%.2f', b.cents / 100.0) || ' ' || ifnull(c.iso, 'EUR')"),
        Column("remoteid", "i.remoteid", documented=False),
    ),
    account="b.account",
    order="b.id",
)


def _cart(name: str, call: Call) -> Reply:
    found = listing.read(call, CART)
    return FormReply((), (), tables=(Table(name, found.cells, found.rows),))


def _is(name: str) -> Callable[[Install], bool]:
    return lambda install: install.cart == name


def _drop(call: Call) -> Reply:
    for number in each(call, "basket"):
        row = call.db.execute("SELECT item, what FROM basket WHERE id = ?", (number,)).fetchone()
        call.db.execute("DELETE FROM basket WHERE id = ?", (number,))
        if row[1] == "order":
            call.db.execute("DELETE FROM item_addon WHERE item = ?", (row[0],))
            call.db.execute("DELETE FROM item WHERE id = ?", (row[0],))
    return ConfirmationReply()


def check_out(call: Call, order_id: str | None = None) -> int:
    """Pay what waits in the client's cart, or one order of it, and count what was paid."""
    mine = (call.actor.account, order_id, order_id)
    rows = call.db.execute(
        "SELECT b.id, b.item, b.what, b.period, b.cents, b.changes, i.pricelist, i.expiredate"
        " FROM basket b JOIN item i ON i.id = b.item WHERE b.account = ?"
        " AND (? IS NULL OR b.id || '' = ?) ORDER BY b.id",
        mine,
    ).fetchall()
    for number, item, what, period, cents, changes, tariff, expires in rows:
        own = billing.bill(call, int(mine[0] or 0), tariff, 0, item=item)
        bill = billing.Charge(own.account, own.subaccount, own.currency, cents)
        billing.pay(call, bill, item=item, kind=what, name=f"Cart of {item}")
        call.db.execute("DELETE FROM basket WHERE id = ?", (number,))
        match what:
            case "order":
                orders.open_up(call, item, period)
            case "prolong":
                later = billing.ends(expires, period)
                call.db.execute("UPDATE item SET expiredate = ? WHERE id = ?", (later, item))
            case _:
                addon.keep(call, item, addon.unpack(changes))
    return len(rows)


def _check_out(call: Call) -> Reply:
    check_out(call)
    return ConfirmationReply()


def _functions(name: str, table: str) -> dict[str, Endpoint]:
    runs: dict[str, Callable[[Call], Reply]] = {
        "": partial(_cart, table),
        ".delete": _drop,
        ".pay": _check_out,
    }
    return {
        f"{name}{ending}": Endpoint(run, CLIENT, client_only=True, there=_is(name))
        for ending, run in runs.items()
    }


FUNCTIONS = {
    "service.prolong": Endpoint(_prolong, CLIENT),
    **_functions("basket", "itemlist"),
    **_functions("cart", "lineitems"),
}
