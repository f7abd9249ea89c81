"""Filters that stick: of one list, and of all lists to one client.

Invariants: a filter is the user's, holds until it is taken off, and is told by ``p_filter`` nodes
only where it is a list's own; a confirmed filter without values, or ``drop=on``, takes it off.
Source: ``<list>.filter``, ``account.setfilter``.
Doubt: how either filter is taken off.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reconciler.sandbox.answer import Done, Input, PanelError, Shown
from reconciler.sandbox.call import sees
from reconciler.sandbox.func.entry import Entry
from reconciler.sandbox.listing import find_column
from reconciler.sandbox.words import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.answer import Answer
    from reconciler.sandbox.call import Call
    from reconciler.sandbox.listing import Listing

_STEERING = {"filter", "elid", "plid"}


def filters_of(functions: Mapping[str, Entry]) -> dict[str, Entry]:
    """Give every list the function that filters it."""
    made = {
        f"{entry.listing.func}.filter": Entry(
            partial(_filter, entry.listing), entry.level, entry.client_only
        )
        for entry in functions.values()
        if entry.listing is not None
    }
    return made | {"account.setfilter": Entry(_only)}


def _filter(listing: Listing, call: Call) -> Answer:
    me = (call.actor.user, listing.func)
    saved = dict(call.db.execute("SELECT field, value FROM sticky WHERE user = ? AND func = ?", me))
    names = [column.name for column in listing.columns]
    inputs = tuple(Input(name, label(listing.func, name, call.lang)) for name in names)
    before = Shown(inputs, tuple((name, saved.get(name, "")) for name in names))
    dropped = call.given.get("drop") == "on"
    if not call.confirmed and not dropped:
        return before
    call.db.execute("DELETE FROM sticky WHERE user = ? AND func = ?", me)
    for name, value in call.given.items():
        if not dropped and name not in _STEERING and find_column(listing, name) is not None:
            call.db.execute("INSERT INTO sticky VALUES (?, ?, ?, ?)", (*me, name, value))
    return Done(before)


def _only(call: Call) -> Answer:
    call.db.execute("DELETE FROM onlyaccount WHERE user = ?", (call.actor.user,))
    for account in call.elids[:1]:
        there = call.db.execute("SELECT 1 FROM account WHERE id = ?", (account,)).fetchone()
        if there is None or not sees(call, account):
            raise PanelError("missed", "account", call.elid)
        call.db.execute("INSERT INTO onlyaccount VALUES (?, ?)", (call.actor.user, account))
    return Done()
