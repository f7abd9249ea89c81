"""What can be ordered: the steps before an order form.

Invariants: a client is offered the tariffs of his providers alone, an administrator all; the rows
follow data centre and period, which are the first ones unless they are given.
Source: ``<type>.order``, ``<type>.order.pricelist``.
Doubt: the names of both steps on newer panels, and whether a price has its discount off.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reconciler.sandbox.call import CLIENT
from reconciler.sandbox.field_types import Field, accept
from reconciler.sandbox.functions import billing
from reconciler.sandbox.functions.endpoint import Endpoint
from reconciler.sandbox.functions.service import KINDS, PLACELESS
from reconciler.sandbox.reply import ColumnHead, FormReply, Input, Table
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.sandbox.call import Call
    from reconciler.sandbox.install import Install
    from reconciler.sandbox.reply import Pairs, Reply

_MINE = (
    "pricelist l WHERE l.itemtype = :kind AND l.active = 'on' AND (:account IS NULL"
    " OR l.project IN (SELECT project FROM assigned WHERE account = :account))"
)
_PLACES = (
    "SELECT DISTINCT d.id || '', d.name FROM offer o JOIN datacenter d ON d.id = o.datacenter"
    f" WHERE o.pricelist IN (SELECT l.id FROM {_MINE}) ORDER BY d.name"
)
_PERIODS = (
    "SELECT DISTINCT c.key, c.name{l} FROM price p JOIN choice c ON c.list = 'period'"
    f" AND c.key = p.period || '' WHERE p.pricelist IN (SELECT l.id FROM {_MINE})"
    " ORDER BY p.period < 1, p.period"
)
_ROWS = (
    f"SELECT l.id, l.name FROM {_MINE}"
    " AND (:place IS NULL OR l.id IN (SELECT pricelist FROM offer WHERE datacenter = :place))"
    " AND l.id IN (SELECT pricelist FROM price WHERE period = :period) ORDER BY l.id"
)
_CELLS = ("pricelist", "desc", "price", "order_available")


def _offer(kind: str, step: str, call: Call) -> Reply:
    filled = not (step == "pricelist" and call.settings.order_steps == "order")
    wanted: dict[str, object] = {"kind": kind, "account": call.actor.account}
    ending = "_ru" if call.lang == "ru" else ""
    places: Pairs = ()
    if kind not in PLACELESS:
        places = tuple(call.db.execute(_PLACES, wanted))
    periods: Pairs = tuple(call.db.execute(_PERIODS.replace("{l}", ending), wanted))
    lists = (*((("datacenter", places),) if places else ()), ("period", periods))
    chosen = {name: _chosen(call, name, keys) for name, keys in lists if keys}
    rows: list[tuple[str, ...]] = []
    if filled and "period" in chosen and (places or kind in PLACELESS):
        wanted |= {"place": chosen.get("datacenter"), "period": chosen["period"]}
        found = call.db.execute(_ROWS, wanted).fetchall()
        period = int(chosen["period"])
        rows = [(str(n), text, _price(call, n, period), "on") for n, text in found]
    cells = tuple(ColumnHead(name, label(call.func, name, call.lang)) for name in _CELLS)
    inputs = tuple(Input(name, label(call.func, name, call.lang), "select") for name in chosen)
    return FormReply(inputs, tuple(chosen.items()), lists, (Table("tariflist", cells, rows),))


def _chosen(call: Call, name: str, keys: Pairs) -> str:
    text = call.given.get(name)
    if text is None:
        return keys[0][0]
    return str(accept(Field(name, "select", required=True), text, keys))


def _price(call: Call, tariff: int, period: int) -> str:
    cents = billing.price(call, tariff, period, {})
    return str(billing.bill(call, call.actor.account or 0, tariff, cents))


def _has(*, newer: bool, step: str) -> Callable[[Install], bool]:
    kinds = {"v2"} if newer else {"wizard"}
    return lambda install: (
        install.orders in kinds and not (step == "order" and install.order_steps == "pricelist")
    )


FUNCTIONS = {
    f"{prefix}{kind}.order{ending}": Endpoint(
        partial(_offer, kind, step), CLIENT, there=_has(newer=newer, step=step)
    )
    for kind in KINDS
    for prefix, newer in (("", False), ("v2.", True))
    for ending, step in (("", "order"), (".pricelist", "pricelist"))
}
