"""A client's money: the accounts that he holds with providers.

Invariants: provider and currency are chosen once; one account a provider and currency; of the
accounts with one provider a single one is active, the latest that was made so.
Source: ``subaccount``, ``subaccount.edit``, ``subaccount.suspend``, ``subaccount.resume``.
Doubt: how a second account with the same provider and currency is refused.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reconciler.sandbox.call import CLIENT
from reconciler.sandbox.field_types import Field
from reconciler.sandbox.form import Form, Row
from reconciler.sandbox.functions.account import WORD
from reconciler.sandbox.functions.endpoint import Endpoint, each, edited, listed
from reconciler.sandbox.listing import Column, Listing
from reconciler.sandbox.reply import ConfirmationReply, PanelError

if TYPE_CHECKING:
    from reconciler.sandbox.call import Call
    from reconciler.sandbox.reply import Reply

_STATUS = "CASE s.suspended WHEN 'on' THEN 'suspended' ELSE 'active' END"
LIST = Listing(
    func="subaccount",
    source=("subaccount s JOIN project p ON p.id = s.project JOIN currency c ON c.id = s.currency"),
    columns=(
        Column("id", "s.id"),
        Column("project", "p.name"),
        Column("balance", "printf('%.2f', s.balance / 100.0) || ' ' || c.iso"),
        Column("creditlimit", "printf('%.2f', s.creditlimit / 100.0) || ' ' || c.iso"),
        Column("status", WORD % ("subaccount_status", _STATUS), orig=_STATUS),
        Column("currency", "c.iso", documented=False),
    ),
    keyname="project",
    parent="s.account",
    order="s.id",
)


def _check(call: Call, row: Row, present: Row | None) -> None:
    if row["referer"]:
        sql = "SELECT 1 FROM account WHERE id = ?"
        if call.db.execute(sql, (row["referer"],)).fetchone() is None:
            raise PanelError("value", "referer", row["referer"])
    if present is None:
        duplicate = call.db.execute(
            "SELECT 1 FROM subaccount WHERE account = ? AND project = ? AND currency = ?",
            (row["account"], row["project"], row["currency"]),
        ).fetchone()
        if duplicate is not None:
            raise PanelError("exists", "subaccount_project", str(row["project"]))


def _after(call: Call, row: Row, fresh: bool) -> None:  # noqa: FBT001 - given by the form
    if fresh:
        call.db.execute(
            "UPDATE subaccount SET balance = 0, suspended = 'off' WHERE id = ?", (row["id"],)
        )
    if row["active"] == "on":
        call.db.execute(
            "UPDATE subaccount SET active = 'off' WHERE account = ? AND project = ? AND id <> ?",
            (row["account"], row["project"], row["id"]),
        )


FORM = Form(
    func="subaccount.edit",
    table="subaccount",
    check=_check,
    after=_after,
    fields=(
        Field("subaccount_project", "select", "project", "project", required=True, fixed=True),
        Field("subaccount_currency", "select", "currency", "currency", required=True, fixed=True),
        Field("allowpostpaid", "flag"),
        Field("creditlimit", "money"),
        Field("referer", "number"),
        Field("active", "flag", default="on"),
        Field("incident_limit", "number"),
    ),
)


def _suspend(call: Call, *, suspended: str) -> Reply:
    for number in each(call, "subaccount"):
        call.db.execute("UPDATE subaccount SET suspended = ? WHERE id = ?", (suspended, number))
    return ConfirmationReply()


FUNCTIONS = {
    "subaccount": listed(LIST, CLIENT),
    "subaccount.edit": edited(FORM),
    "subaccount.suspend": Endpoint(partial(_suspend, suspended="on")),
    "subaccount.resume": Endpoint(partial(_suspend, suspended="off")),
}
