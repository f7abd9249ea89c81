"""Ordering a service: the form with its offers and its price, and the order itself.

Invariants: an order is made as often as it is sent, whatever its ``remoteid``; with
``skipbasket=on`` the balance pays at once, otherwise it waits in the cart and costs nothing; a
domain is made up. Where the form opens bare, what is left out takes its default; elsewhere it opens
and is confirmed with tariff, data centre and period alone.
Source: ``<type>.order.param`` and ``v2.<type>.order.param``.
Doubt: whether a server that opens bare refuses a missing period; what a renewal for each period is
where ``autoprolong`` is a flag.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.call import CLIENT
from reconciler.sandbox.field_types import Field, accept, euros
from reconciler.sandbox.form import new_ids, next_id
from reconciler.sandbox.functions import addon, billing
from reconciler.sandbox.functions.endpoint import Endpoint
from reconciler.sandbox.functions.service import KINDS, PLACELESS, licence_key
from reconciler.sandbox.functions.transitions import begin
from reconciler.sandbox.options import choices, unset
from reconciler.sandbox.reply import ConfirmationReply, FormReply, Input, PanelError
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from reconciler.sandbox.call import Call
    from reconciler.sandbox.install import Install
    from reconciler.sandbox.reply import Pairs, Reply

_MOST_AT_ONCE = 100
_TARIFFS = (
    "SELECT l.id || '', l.name FROM pricelist l WHERE l.itemtype = ? AND l.active = 'on'"
    " AND l.project IN (SELECT project FROM assigned WHERE account = ?)"
    # The first is what an empty form shows: one that can be had, where any can.
    " ORDER BY l.id NOT IN (SELECT pricelist FROM offer),"
    " l.id NOT IN (SELECT pricelist FROM price), l.id"
)


def _order(kind: str, call: Call) -> Reply:
    account = int(call.actor.account or 0)
    call = _renamed(call)
    _check_steps(call, kind)
    lists = _offers(call, kind, account)
    chosen = {name: _choose(call, name, keys) for name, keys in lists}
    tariff, period = int(chosen["pricelist"]), int(chosen["period"])
    wanted = addon.bases(call, tariff) | addon.wanted(call, tariff)
    full = billing.bill(call, account, tariff, billing.price(call, tariff, period, wanted))
    quoted = billing.quoted(call, full, tariff, period)
    bill = quoted or billing.taxed(
        call, billing.discounted(call, full, period, billing.ORDER), tariff
    )
    before = _shown(call, lists, chosen, wanted, bill=bill)
    if not call.confirmed:
        return before
    if "pricelist" not in call.given:
        raise PanelError("value", "pricelist")
    ids: Pairs = ()
    for _ in range(_count(call)):
        number = _make(call, kind, chosen, bill)
        addon.keep(call, number, wanted)
        ids = ids or new_ids(call, "item", number)
        if call.given.get("skipbasket") == "on":
            billing.pay(call, bill, item=number, kind="order", name=f"Order of {number}")
            open_up(call, number, period)
        else:
            put(call, bill, number, what="order", period=period)
    return waiting(call, before, ids)


def put(
    call: Call, bill: billing.Charge, item: int, *, what: str, period: int, changes: str = ""
) -> None:
    """Put something into the client's cart."""
    call.db.execute(
        "INSERT INTO basket (account, item, what, period, cents, changes)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (bill.account, item, what, period, bill.due, changes),
    )


def waiting(call: Call, before: FormReply, ids: Pairs = ()) -> ConfirmationReply:
    """Confirm what was paid, or return the order that waits in the cart."""
    if call.given.get("skipbasket") == "on":
        return ConfirmationReply(before, ids=ids)
    (last,) = call.db.execute("SELECT max(id) FROM basket").fetchone()
    cart = f"func={call.settings.cart}"
    return ConfirmationReply(before, ok=cart, ok_type="form", ids=(*ids, ("billorder", str(last))))


def _renamed(call: Call) -> Call:
    """Read the parameters of a newer panel under their older names."""
    if call.settings.orders != "v2":
        return call
    given = dict(call.given)
    if "order_period" in given:
        given["period"] = given["order_period"]
    if "autoprolong" in given:
        lasting = given.get("period", "") if given["autoprolong"] == "on" else "null"
        offered = {key for key, _ in choices(call, "autoprolong")}
        given["autoprolong"] = lasting if lasting in {*offered, "null"} else min(offered, key=int)
    return replace(call, given=given)


def _check_steps(call: Call, kind: str) -> None:
    steps = ("pricelist", "period") if kind in PLACELESS else ("pricelist", "datacenter", "period")
    if call.settings.orders != "bare" and any(name not in call.given for name in steps):
        raise PanelError("wizard_unavailable", call.func)


def _count(call: Call) -> int:
    text = call.given.get("order_count", "1") if call.settings.orders == "v2" else "1"
    if not (text.isdecimal() and text.isascii() and 0 < int(text) <= _MOST_AT_ONCE):
        raise PanelError("value", "order_count", text)
    return int(text)


def open_up(call: Call, item: int, period: int) -> None:
    """Begin a service that is paid for."""
    call.db.execute(
        "UPDATE item SET createdate = ?, expiredate = ? WHERE id = ?",
        (call.today, billing.ends(call.today, period), item),
    )
    begin(call, item, "5_open", "2")


def _offers(call: Call, kind: str, account: int) -> list[tuple[str, Pairs]]:
    tariffs = tuple(call.db.execute(_TARIFFS, (kind, account)))
    if not tariffs:
        raise PanelError("missed", "pricelist")
    tariff = _choose(call, "pricelist", tariffs)
    places = () if kind in PLACELESS else (("datacenter", choices(call, "datacenter", tariff)),)
    lists = [
        ("pricelist", tariffs),
        *places,
        ("period", choices(call, "order_period", tariff)),
        ("autoprolong", (*unset(call), *choices(call, "autoprolong"))),
    ]
    if kind == "vhost" or kind in PLACELESS:
        return lists
    return [
        *lists,
        ("ostempl", choices(call, "ostempl")),
        ("recipe", (*unset(call), *choices(call, "recipe"))),
    ]


def _choose(call: Call, name: str, keys: Pairs) -> str:
    field = Field(name, "select", required=True)
    text = call.given.get(name)
    if name in call.blank:
        raise PanelError("value", name)
    return str(accept(field, text, keys)) if text is not None else keys[0][0]


def _shown(
    call: Call,
    lists: list[tuple[str, Pairs]],
    chosen: dict[str, str],
    wanted: dict[int, str],
    *,
    bill: billing.Charge,
) -> FormReply:
    own = ("domain", "remoteid") if "datacenter" in chosen else ("ip", "licname", "remoteid")
    typed = {name: call.given.get(name, "") for name in own}
    extras = {f"addon_{key}": value for key, value in wanted.items()}
    price = {"cost": str(bill), "item_cost": f"{euros(bill.due)}00", "skipbasket": "off"}
    values = chosen | typed | extras | price
    if call.settings.orders == "v2":
        values |= {"order_period": values.pop("period"), "order_count": str(_count(call))}
        values["autoprolong"] = "off" if values["autoprolong"] == "null" else "on"
        new = {"period": "order_period"}
        lists = [(new.get(name, name), keys) for name, keys in lists if name != "autoprolong"]
    names = [name for name in values if not name.startswith("addon_")]
    offered = dict(lists)
    inputs = tuple(
        Input(name, label(call.func, name, call.lang), "select" if name in offered else "text")
        for name in names
    )
    tariff = int(chosen["pricelist"])
    return FormReply(inputs + addon.inputs(call, tariff), tuple(values.items()), tuple(lists))


def _make(call: Call, kind: str, chosen: dict[str, str], bill: billing.Charge) -> int:
    domain = call.given.get("domain") or f"{kind}-{secrets.token_hex(4)}.example.com"
    if kind in PLACELESS:
        domain = call.given.get("licname", "")
    system = "" if chosen.get("ostempl") is None else chosen["ostempl"]
    recipe = chosen.get("recipe", "null")
    row: dict[str, Any] = {
        "id": next_id(call, "item"),
        "account": bill.account,
        "subaccount": bill.subaccount,
        "itemtype": kind,
        "pricelist": chosen["pricelist"],
        "datacenter": chosen.get("datacenter"),
        "period": chosen["period"],
        "domain": domain.strip(),
        "ip": "",
        "username": "",
        "userpassword": "",
        "serverid": "",
        "ostempl": system,
        "recipe": "" if recipe == "null" else recipe,
        "autoprolong": chosen["autoprolong"],
        "remoteid": call.given.get("remoteid", "").strip(),
        "status": "0",
        "createdate": call.today,
        "expiredate": "",
        "cents": bill.due,
    }
    marks = ", ".join("?" * len(row))
    made = call.db.execute(
        f"INSERT INTO item ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
    )
    number = int(made.lastrowid or 0)
    address = "" if kind == "vhost" else f"203.0.113.{number % 254 + 1}"
    if kind in PLACELESS:
        licence_key(call, number)
        address = call.given.get("ip", "")
    call.db.execute(
        "UPDATE item SET ip = ?, username = ? WHERE id = ?", (address, f"u{number}", number)
    )
    return number


def _is_older(install: Install) -> bool:
    return install.orders != "v2"


def _is_newer(install: Install) -> bool:
    return install.orders == "v2"


FUNCTIONS = {
    f"{prefix}{kind}.order.param": Endpoint(
        partial(_order, kind), CLIENT, client_only=True, there=there
    )
    for kind in KINDS
    for prefix, there in (("", _is_older), ("v2.", _is_newer))
}
