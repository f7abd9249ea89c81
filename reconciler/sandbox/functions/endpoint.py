"""What a function needs to be called, and the actions that many functions share.

Invariants: an action needs no ``sok``; a delete answers ok for what is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.sandbox import form, listing
from reconciler.sandbox.call import ADMIN, sees
from reconciler.sandbox.reply import ConfirmationReply, FormReply, Input
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.sandbox.call import Call
    from reconciler.sandbox.install import Install
    from reconciler.sandbox.reply import Reply

    Fields = Callable[[Call], Mapping[str, str]]
    Submit = Callable[[Call, Mapping[str, str]], int | None]


def everywhere(install: Install) -> bool:
    """Return True: any installation has it."""
    del install
    return True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A function: what runs, the lowest level that may call it, and who it is for.

    ``client_only``: an administrator has to act as a client to call it. ``listing``: the list
    behind it, which may then be filtered. ``there``: whether an installation has the function.
    """

    run: Callable[[Call], Reply]
    level: int = ADMIN
    client_only: bool = False
    listing: listing.Listing | None = None
    there: Callable[[Install], bool] = everywhere


def listed(what: listing.Listing, level: int = ADMIN, *, client_only: bool = False) -> Endpoint:
    """Make the entry of a list."""
    return Endpoint(partial(_read, what), level, client_only, what)


def edited(what: form.Form, level: int = ADMIN) -> Endpoint:
    """Make the entry of a form."""
    return Endpoint(partial(_edit, what), level)


def asked(fields: Fields, submit: Submit, level: int = ADMIN) -> Endpoint:
    """Make the entry of a form that is stored nowhere; ``submit`` runs when it is confirmed."""
    return Endpoint(partial(_ask, fields, submit), level)


def removed(table: str, key: str = "id", *, mine: str = "account") -> Endpoint:
    """Make the entry that deletes rows, of the client in ``plid`` when one is given."""
    return Endpoint(partial(_remove, table, key, mine))


def each(call: Call, table: str, key: str = "id", *, mine: str = "account") -> list[int]:
    """Return the ids of an action whose rows are there, the parent's, and visible."""
    wanted = call.parent() if "plid" in call.given else None
    found = []
    prefix = form.key_prefix(call.settings, key)
    for number in call.ids() if key == "id" else call.keys(prefix):
        sql = f"SELECT id, {mine} FROM {table} WHERE {key} = ?"
        row: tuple[Any, ...] | None = call.db.execute(sql, (number,)).fetchone()
        if row is not None and sees(call, row[1]) and wanted in {None, row[1]}:
            found.append(int(row[0]))
    return found


def _read(what: listing.Listing, call: Call) -> Reply:
    return listing.read(call, what)


def _edit(what: form.Form, call: Call) -> Reply:
    return form.edit(call, what)


def _ask(fields: Fields, submit: Submit, call: Call) -> Reply:
    opened = fields(call)
    inputs = tuple(Input(name, label(call.func, name, call.lang)) for name in opened)
    before = FormReply(inputs, tuple(opened.items()))
    if not call.confirmed:
        return before
    new_id = submit(call, {name: call.given.get(name, text) for name, text in opened.items()})
    return ConfirmationReply(before, ids=(("id", str(new_id)),) if new_id else ())


def _remove(table: str, key: str, mine: str, call: Call) -> Reply:
    for number in each(call, table, key, mine=mine):
        call.db.execute(f"DELETE FROM {table} WHERE id = ?", (number,))
    return ConfirmationReply()
