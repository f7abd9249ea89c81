"""Filters that stick: of one list, and of all lists to one client.

Invariants: a filter is the user's, holds until it is cleared, and is shown by ``p_filter`` nodes
only where it is a list's own; a confirmed filter without values, or ``drop=on``, takes it off.
Source: ``<list>.filter``, ``account.setfilter``.
Doubt: how either filter is taken off; which words name a day, beside ``nodate`` and ``other``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reconciler.sandbox.call import sees
from reconciler.sandbox.functions.endpoint import Endpoint
from reconciler.sandbox.listing import find_column, find_filter
from reconciler.sandbox.options import choices
from reconciler.sandbox.reply import ConfirmationReply, FormReply, Input, PanelError
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.call import Call
    from reconciler.sandbox.listing import Listing
    from reconciler.sandbox.reply import Reply

_STEERING = {"filter", "elid", "plid"}


def filters_of(functions: Mapping[str, Endpoint]) -> dict[str, Endpoint]:
    """Return for every list the function that filters it."""
    made = {
        f"{entry.listing.func}.filter": Endpoint(
            partial(_filter, entry.listing), entry.level, entry.client_only
        )
        for entry in functions.values()
        if entry.listing is not None
    }
    return made | {"account.setfilter": Endpoint(_only)}


def _filter(listing: Listing, call: Call) -> Reply:
    me = (call.actor.user, listing.func)
    saved = dict(call.db.execute("SELECT field, value FROM sticky WHERE user = ? AND func = ?", me))
    before = _shown(listing, call, saved)
    dropped = call.given.get("drop") == "on"
    if not call.confirmed and not dropped:
        return before
    call.db.execute("DELETE FROM sticky WHERE user = ? AND func = ?", me)
    for name, value in call.given.items():
        known = find_filter(listing, name) or find_column(listing, name)
        if not dropped and name not in _STEERING and known is not None:
            call.db.execute("INSERT INTO sticky VALUES (?, ?, ?, ?)", (*me, name, value))
    return ConfirmationReply(before)


def _shown(listing: Listing, call: Call, saved: Mapping[str, str]) -> FormReply:
    """Return the fields that a list is filtered by: its own ones, or its columns."""
    selects = {"keys", "day"}
    sorts = {each.name: "select" if each.sort in selects else "text" for each in listing.filters}
    for each in listing.filters:
        if each.sort == "day":
            sorts |= {f"{each.name}start": "text", f"{each.name}end": "text"}
    names = sorts or dict.fromkeys((column.name for column in listing.columns), "text")
    inputs = tuple(Input(n, label(listing.func, n, call.lang), sort) for n, sort in names.items())
    lists = []
    for each in listing.filters:
        if each.sort == "day":
            words = (("nodate", ""), ("today", ""), ("other", ""))
            lists.append((each.name, tuple((k, label("", k, call.lang)) for k, _ in words)))
        elif each.options:
            lists.append((each.name, choices(call, each.options, each.scope)))
    return FormReply(inputs, tuple((name, saved.get(name, "")) for name in names), tuple(lists))


def _only(call: Call) -> Reply:
    call.db.execute("DELETE FROM onlyaccount WHERE user = ?", (call.actor.user,))
    for account in call.elids[:1]:
        there = call.db.execute("SELECT 1 FROM account WHERE id = ?", (account,)).fetchone()
        if there is None or not sees(call, account):
            raise PanelError("missed", "account", call.elid)
        call.db.execute("INSERT INTO onlyaccount VALUES (?, ?)", (call.actor.user, account))
    return ConfirmationReply()
