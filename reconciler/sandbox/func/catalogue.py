"""All functions of the panel, by name.

Invariants: a function that is not here is answered with ``missed``; every list has its filter.
"""

from __future__ import annotations

from reconciler.sandbox import session
from reconciler.sandbox.call import CLIENT
from reconciler.sandbox.func import (
    account,
    filters,
    letter,
    lookup,
    menu,
    money,
    offering,
    order,
    paper,
    renewal,
    service,
    subaccount,
    terms,
    topup,
    upkeep,
    user,
)
from reconciler.sandbox.func.entry import Entry

_OWN = {
    **account.FUNCTIONS,
    **terms.FUNCTIONS,
    **subaccount.FUNCTIONS,
    **lookup.FUNCTIONS,
    **service.FUNCTIONS,
    **menu.FUNCTIONS,
    **order.FUNCTIONS,
    **offering.FUNCTIONS,
    **renewal.FUNCTIONS,
    **money.FUNCTIONS,
    **paper.FUNCTIONS,
    **letter.FUNCTIONS,
    **topup.FUNCTIONS,
    **upkeep.FUNCTIONS,
    **user.FUNCTIONS,
}
FUNCTIONS: dict[str, Entry] = {
    "whoami": Entry(session.whoami, CLIENT),
    session.CONFIRMATION: Entry(session.confirm, CLIENT),
    "session.newkey": Entry(session.new_key),
    "session.delete": Entry(session.end, CLIENT),
    **_OWN,
    **filters.filters_of(_OWN),
}
