"""Option lists: the keys and labels that the selects of forms offer.

Invariants: labels are in the caller's language; keys are this install's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.texts import UNSET, pick

if TYPE_CHECKING:
    from reconciler.sandbox.call import Call
    from reconciler.sandbox.reply import Pairs

_TABLES = {
    "country": "SELECT id || '', name{l} FROM country ORDER BY iso",
    "currency": "SELECT id || '', iso FROM currency ORDER BY iso",
    "project": "SELECT id || '', name FROM project WHERE active = 'on' ORDER BY id",
    "every_datacenter": "SELECT id || '', name FROM datacenter ORDER BY name",
    "employee": "SELECT id || '', name FROM employee ORDER BY id",
    "itemtype": "SELECT id || '', name{l} FROM itemtype ORDER BY id",
    "paymethod": "SELECT id || '', name FROM paymethod ORDER BY id",
}
_SCOPED = {
    "state": "SELECT id || '', name FROM state WHERE country = ? ORDER BY name",
    "pricelist": "SELECT id || '', name FROM pricelist WHERE itemtype = ? ORDER BY id",
    "datacenter": (
        "SELECT d.id || '', d.name FROM offer o JOIN datacenter d ON d.id = o.datacenter"
        " WHERE o.pricelist = ? ORDER BY d.name"
    ),
    "order_period": (
        "SELECT c.key, c.name{l} FROM price p JOIN choice c ON c.list = 'period'"
        " AND c.key = p.period || '' WHERE p.pricelist = ? ORDER BY p.period < 1, p.period"
    ),
    "subaccount": (
        "SELECT s.id || '', p.name || ' (' || c.iso || ')' FROM subaccount s"
        " JOIN project p ON p.id = s.project JOIN currency c ON c.id = s.currency"
        " WHERE s.account = ? ORDER BY s.id"
    ),
    "item": "SELECT id || '', domain FROM item WHERE account = ? ORDER BY id",
}
_CHOICES = "SELECT key, name{l} FROM choice WHERE list = ? ORDER BY pos"


def choices(call: Call, name: str, scope: object = None) -> Pairs:
    """Return the options of a list; ``scope`` is the row that narrows it."""
    ending = "_ru" if call.lang == "ru" else ""
    if name in _TABLES:
        return tuple(call.db.execute(_TABLES[name].replace("{l}", ending)))
    if name in _SCOPED:
        return tuple(call.db.execute(_SCOPED[name].replace("{l}", ending), (scope,)))
    return tuple(call.db.execute(_CHOICES.replace("{l}", ending), (name,)))


def unset(call: Call) -> Pairs:
    """Return the option that stands for none."""
    return (("null", pick(UNSET, call.lang)),)
