"""Users: those who sign in, a second object beside the client whose they are.

Invariants: a login is one user's alone, and a client's is his address; a client sees and changes
his own users; the level of a user is never changed.
Source: ``user``, ``user.lookup``, ``user.edit``, ``usrparam``.
Doubt: all but the names of the functions, that ``user.lookup`` takes ``by``, ``text`` and ``level``
and shows an id, and that email and password are the user's: two programs call them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.sandbox import listing
from reconciler.sandbox.call import ADMIN, CLIENT, sees
from reconciler.sandbox.functions.endpoint import Endpoint, listed
from reconciler.sandbox.listing import Column, Listing
from reconciler.sandbox.reply import ConfirmationReply, FormReply, Input, PanelError
from reconciler.sandbox.seeding.install import digest
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.call import Call
    from reconciler.sandbox.reply import Reply

_COLUMNS = (
    Column("id", "u.id"),
    Column("name", "u.login"),
    Column("email", "ifnull(a.email, u.login)"),
    Column("realname", "u.realname"),
    Column("level", "u.level"),
    Column("lang", "u.lang"),
    Column("account", "a.name", level=ADMIN),
    Column("account_id", "u.account", level=ADMIN),
)
_SOURCE = "user u LEFT JOIN account a ON a.id = u.account"
_PROJECT = "EXISTS (SELECT 1 FROM assigned x WHERE x.account = u.account AND x.project = ?)"
LIST = Listing(
    "user", _SOURCE, _COLUMNS, account="u.account", project=_PROJECT, where="u.level < 30"
)
# What a user can be found by.
_BY = {"email": "ifnull(a.email, u.login)", "name": "u.login", "realname": "u.realname"}


def _look_up(call: Call) -> Reply:
    by, text = call.given.get("by", ""), call.given.get("text", "")
    if by not in _BY:
        raise PanelError("value", "by", by)
    if not text:
        raise PanelError("value", "text")
    level = call.given.get("level")
    if level is not None and not (level.isdecimal() and level.isascii() and len(level) < 4):  # noqa: PLR2004 - no level is longer
        raise PanelError("value", "level", level)
    bound = f" AND u.level = {int(level)}" if level is not None else ""
    quoted = text.replace("'", "''")
    return listing.read(
        call,
        Listing(
            call.func,
            _SOURCE,
            _COLUMNS,
            account="u.account",
            project=_PROJECT,
            where=f"lower({_BY[by]}) = lower('{quoted}'){bound}",
        ),
    )


def _edit(call: Call) -> Reply:
    text = call.elid
    row = None
    if text.isdecimal() and text.isascii() and len(text) < 19:  # noqa: PLR2004 - 64 bits
        row = call.db.execute(
            "SELECT id, account, level FROM user WHERE id = ?", (text,)
        ).fetchone()
    if row is None or row[2] > call.actor.level or not _reaches(call, row[1]):
        raise PanelError("missed", "user", text)
    return _form(call, int(row[0]))


def _own(call: Call) -> Reply:
    if not call.actor.user:
        raise PanelError("access", call.func)
    return _form(call, call.actor.user)


def _reaches(call: Call, account: int | None) -> bool:
    if account is not None:
        return sees(call, account)
    return call.actor.account is None and call.actor.project is None


def _form(call: Call, number: int) -> Reply:
    # No field for the language: ``lang`` steers the answer of every request.
    sql = "SELECT login, realname, account FROM user WHERE id = ?"
    login, realname, account = call.db.execute(sql, (number,)).fetchone()
    kept = {"email": login, "realname": realname, "passwd": "", "confirm": ""}
    sorts = {"passwd": "secret", "confirm": "secret"}
    inputs = tuple(
        Input(name, label(call.func, name, call.lang), sorts.get(name, "text")) for name in kept
    )
    values = (("elid", str(number)), *kept.items())
    before = FormReply(inputs, values)
    if call.confirmed:
        _change(call, number, kept | {n: t for n, t in call.given.items() if n in kept}, account)
        return ConfirmationReply(before)
    return before


def _change(call: Call, number: int, row: Mapping[str, Any], account: int | None) -> None:
    login = str(row["email"]).strip()
    taken = "SELECT 1 FROM user WHERE login = ? AND id <> ?"
    if call.db.execute(taken, (login, number)).fetchone() is not None:
        raise PanelError("exists", "user", login)
    if {"passwd", "confirm"} <= call.given.keys() and row["passwd"] != row["confirm"]:
        raise PanelError("value", "confirm")
    if not login:
        raise PanelError("value", "email")
    sql = "UPDATE user SET login = ?, realname = ? WHERE id = ?"
    call.db.execute(sql, (login, row["realname"], number))
    if account is not None:
        call.db.execute("UPDATE account SET email = ? WHERE id = ?", (login, account))
    if row["passwd"]:
        secret = digest(row["passwd"])
        call.db.execute("UPDATE user SET digest = ? WHERE id = ?", (secret, number))


FUNCTIONS = {
    "user": listed(LIST, CLIENT),
    "user.lookup": Endpoint(_look_up),
    "user.edit": Endpoint(_edit, CLIENT),
    "usrparam": Endpoint(_own, CLIENT),
}
