"""Clients: ``account``, its form, its removal, and the groups and providers of a client.

Invariants: an email is one client's alone and his login as well; the provider is chosen at
creation and silently kept afterwards; groups and providers are switched, never edited.
Source: ``account``, ``account.edit``, ``account.delete``, ``account.group``, ``account.project``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reconciler.sandbox.field_types import Field
from reconciler.sandbox.form import Form, Row
from reconciler.sandbox.functions.endpoint import Endpoint, each, edited, listed
from reconciler.sandbox.listing import Column, Listing
from reconciler.sandbox.options import choices
from reconciler.sandbox.reply import ConfirmationReply, PanelError
from reconciler.sandbox.seeding.install import digest

if TYPE_CHECKING:
    from reconciler.sandbox.call import Call
    from reconciler.sandbox.reply import Reply

WORD = "(SELECT name{l} FROM choice WHERE list = '%s' AND key = %s)"
_MONEY = "printf('%.2f', s.balance / 100.0)"
_BALANCES = (
    f"(SELECT group_concat({_MONEY} || ' ' || c.iso, ', ') FROM subaccount s"
    " JOIN currency c ON c.id = s.currency WHERE s.account = a.id)"
)
_PROVIDERS = (
    "(SELECT group_concat(p.name, ', ') FROM assigned m JOIN project p ON p.id = m.project"
    " WHERE m.account = a.id)"
)
LIST = Listing(
    func="account",
    source="account a",
    columns=(
        Column("id", "a.id", documented=False),
        Column("elid", "a.id"),
        Column("name", "a.name"),
        Column("email", "a.email", documented=False),
        Column("project", _PROVIDERS),
        Column("balance", _BALANCES),
        Column("account_status", WORD % ("account_status", "'active'"), orig="'active'"),
        Column("tz_registration_date", "a.registration_date"),
        Column("status", "''"),
    ),
    account="a.id",
    project="EXISTS (SELECT 1 FROM assigned x WHERE x.account = a.id AND x.project = ?)",
    order="a.id",
)
_OWNED = (
    *("subaccount", "discount", "taxrule", "currencyrate", "item", "basket", "expense"),
    *("payment", "spent", "letter", "member", "assigned", "user"),
)


def _switches(name: str, table: str) -> Listing:
    there = f"EXISTS (SELECT 1 FROM {table} m WHERE m.account = a.id AND m.{name} = x.id)"
    code = f"CASE WHEN {there} THEN 'on' ELSE 'off' END"
    func = "account.group" if table == "member" else "account.project"
    return Listing(
        func=func,
        source=f"account a JOIN {name} x",
        columns=(
            Column("id", "x.id"),
            Column("name", "x.name"),
            Column("status", WORD % ("switch", code), orig=code),
        ),
        parent="a.id",
        order="x.id",
    )


def _fill(call: Call, row: Row) -> None:
    mine = call.db.execute(
        "SELECT project FROM assigned WHERE account = ? ORDER BY project", (row["id"],)
    )
    row["project"] = ",".join(str(project) for (project,) in mine)


def _check(call: Call, row: Row, present: Row | None) -> None:
    number = present["id"] if present is not None else 0
    taken = "SELECT 1 FROM account WHERE email = ? AND id <> ?"
    logins = "SELECT 1 FROM user WHERE login = ? AND account IS NOT ?"
    for sql in (taken, logins):
        if call.db.execute(sql, (row["email"], number)).fetchone() is not None:
            raise PanelError("exists", "user", row["email"])
    both = {"passwd", "confirm"} <= call.given.keys()
    if both and row["passwd"] != row["confirm"]:
        raise PanelError("value", "confirm")
    if all(str(row["state"]) != key for key, _ in choices(call, "state", row["country"])):
        row["state"] = None
    if present is None:
        row["registration_date"] = call.moment


def _after(call: Call, row: Row, fresh: bool) -> None:  # noqa: FBT001 - given by the form
    if fresh:
        call.db.execute("INSERT INTO assigned VALUES (?, ?)", (row["id"], row["project"]))
        call.db.execute(
            "INSERT INTO user (login, digest, level, account, lang, realname)"
            " VALUES (?, '', 16, ?, ?, ?)",
            (row["email"], row["id"], row["client_lang"], row["realname"]),
        )
    who = (row["email"], row["client_lang"], row["realname"], row["id"])
    call.db.execute(
        "UPDATE user SET login = ?, lang = ?, realname = ? WHERE account = ? AND level = 16", who
    )
    if row.get("passwd"):
        secret = digest(row["passwd"])
        call.db.execute("UPDATE user SET digest = ? WHERE account = ?", (secret, row["id"]))


FORM = Form(
    func="account.edit",
    table="account",
    child=False,
    fill=_fill,
    check=_check,
    after=_after,
    fields=(
        Field("email", required=True),
        Field("verify_email", "flag", kept=False),
        Field("project", "select", options="project", required=True, fixed=True, kept=False),
        Field("country", "select", options="country", required=True),
        Field("state", "select", options="state", scope="country"),
        Field("realname"),
        Field("name"),
        Field("settingurl"),
        Field("valid_phone"),
        Field("try_phone"),
        Field("label"),
        Field("selfview"),
        Field("client_lang", "select", options="client_lang", required=True),
        Field("passwd", "secret", kept=False),
        Field("confirm", "secret", kept=False),
        Field("products_page"),
        Field("registration_date", "shown"),
        Field("registration_ip", "shown"),
        Field("attitude", "select", options="attitude"),
        Field("employee", "select", options="employee"),
        Field("nocalcstat", "flag"),
        Field("note", "area"),
        Field("notify", "flag", kept=False),
        Field("recovery", "flag", kept=False),
    ),
)


def _remove(call: Call) -> Reply:
    for number in each(call, "account", mine="id"):
        for table in _OWNED:
            call.db.execute(f"DELETE FROM {table} WHERE account = ?", (number,))
        call.db.execute("DELETE FROM account WHERE id = ?", (number,))
    return ConfirmationReply()


def _switch(table: str, name: str, call: Call, *, on: bool) -> Reply:
    account = call.parent()
    for number in call.elids:
        if call.db.execute(f"SELECT 1 FROM {name} WHERE id = ?", (number,)).fetchone() is None:
            raise PanelError("missed", name, str(number))
        sql = (
            f"INSERT OR IGNORE INTO {table} VALUES (?, ?)"
            if on
            else f"DELETE FROM {table} WHERE account = ? AND {name} = ?"
        )
        call.db.execute(sql, (account, number))
    return ConfirmationReply()


_GROUPS = ("member", "accountgroup")
_PROJECTS = ("assigned", "project")
FUNCTIONS = {
    "account": listed(LIST),
    "account.edit": edited(FORM),
    "account.delete": Endpoint(_remove),
    "account.group": listed(_switches("accountgroup", "member")),
    "account.group.resume": Endpoint(partial(_switch, *_GROUPS, on=True)),
    "account.group.suspend": Endpoint(partial(_switch, *_GROUPS, on=False)),
    "account.project": listed(_switches("project", "assigned")),
    "account.project.resume": Endpoint(partial(_switch, *_PROJECTS, on=True)),
    "account.project.suspend": Endpoint(partial(_switch, *_PROJECTS, on=False)),
}
