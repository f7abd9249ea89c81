"""Lists to refer to: providers, tariffs, data centres, countries, currencies, groups, staff.

Invariants: read only; visible from the level of an administrator on.
"""

from __future__ import annotations

from reconciler.sandbox.functions.endpoint import listed
from reconciler.sandbox.listing import Column, Listing

_SWITCH = "(SELECT name{l} FROM choice WHERE list = 'switch' AND key = x.active)"
_NAMED = (Column("id", "x.id"), Column("name", "x.name"))
_SPOKEN = (Column("id", "x.id"), Column("name", "x.name{l}"))
_STATE = Column("active", _SWITCH, orig="x.active")
# Doubt: whether the list of tariffs shows what they cost, and in which words.
_PRICE = (
    "(SELECT printf('%d.%02d EUR / ', c.cents / 100, c.cents % 100) || n.name{l} FROM price c"
    " JOIN choice n ON n.list = 'term' AND n.key = c.period || ''"
    " WHERE c.pricelist = x.id AND c.period > 0 ORDER BY c.period LIMIT 1)"
)

LISTS = (
    Listing("project", "project x", (*_NAMED, _STATE), project="x.id = ?", order="x.id"),
    Listing(
        "pricelist",
        "pricelist x LEFT JOIN project p ON p.id = x.project"
        " JOIN itemtype t ON t.intname = x.itemtype",
        (
            *_NAMED,
            Column("intname", "x.intname"),
            Column("itemtype", "t.name{l}", orig="x.itemtype"),
            Column("project", "p.name"),
            Column("price", _PRICE, documented=False),
            _STATE,
        ),
        project="x.project = ?",
        order="x.id",
    ),
    Listing("datacenter", "datacenter x", _NAMED, order="x.id"),
    Listing("country", "country x", (*_SPOKEN, Column("iso2", "x.iso")), order="x.id"),
    Listing("currency", "currency x", (*_SPOKEN, Column("iso", "x.iso")), order="x.id"),
    Listing("accountgroup", "accountgroup x", _NAMED, order="x.id"),
    Listing("employee", "employee x", (*_NAMED, Column("email", "x.email")), order="x.id"),
    Listing("paymethod", "paymethod x", (*_NAMED, Column("module", "x.module")), order="x.id"),
    Listing("itemtype", "itemtype x", (*_SPOKEN, Column("intname", "x.intname")), order="x.id"),
)
FUNCTIONS = {each.func: listed(each) for each in LISTS}
