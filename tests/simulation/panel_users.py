"""People at the same panel: what they do to our objects, to their own, and to other people's.

Each action draws its object from what the panel holds at the time, and tells what it did; an action
that finds nothing to do says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.simulation.change_log import query_panel
from tests.simulation.panel_rows import mark_in, unmarked

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from reconciler.sandbox import Sandbox
    from tests.simulation.change_log import Row
    from tests.simulation.panel_rows import Codes

# The columns of each form that are often declared, and of those that never are.
_DECLARED = {
    "account": ("label", "name", "try_phone"),
    "subaccount": ("creditlimit",),
    "discount": ("percentage", "fromdate"),
    "taxrule": ("taxrate",),
    "currencyrate": ("rate",),
    "item": ("autoprolong", "domain"),
}
_OTHER = {
    "account": ("realname", "settingurl", "note"),
    "subaccount": ("incident_limit", "allowpostpaid"),
    "discount": ("priority", "todate"),
    "currencyrate": ("amount",),
    "item": ("username", "serverid", "ip"),
}
_FORMS = {
    "account": "account.edit",
    "subaccount": "subaccount.edit",
    "discount": "account.discount.edit",
    "taxrule": "account.taxrule.edit",
    "currencyrate": "account.currencyrate.edit",
}


@dataclass(frozen=True, slots=True)
class PanelUsers:
    """Where people sit: the panel, its ids, the emails of our clients, and their own dice."""

    panel: Sandbox
    codes: Codes
    clients: tuple[str, ...]
    dice: Random

    def rows(self, table: str, *, ours: bool) -> list[Row]:
        """Return the rows of our clients, or those of all others, in a steady order."""
        columns = [row[1] for row in query_panel(self.panel, f"PRAGMA table_info({table})")]
        emails = dict(query_panel(self.panel, "SELECT id, email FROM account"))
        query = f"SELECT * FROM {table} ORDER BY id"  # noqa: S608 - names of ours
        found = [dict(zip(columns, row, strict=True)) for row in query_panel(self.panel, query)]
        owner = "id" if table == "account" else "account"
        return [row for row in found if (emails.get(row[owner]) in self.clients) is ours]

    def pick(self, table: str, *, ours: bool = True) -> Row:
        """Draw a row that can be opened; an empty one for none."""
        rows = [row for row in self.rows(table, ours=ours) if row.get("status") != "4"]
        return self.dice.choice(rows) if rows else {}

    def call(self, func: str, **params: object) -> str:
        """Call a function of the panel, and tell it; an empty text when the panel refused."""
        texts = {name: str(value) for name, value in params.items() if value is not None}
        answer = self.panel.call(func, **texts)
        reported = " ".join(f"{name}={text}" for name, text in texts.items() if name != "sok")
        return "" if b"<error" in answer else f"{func} {reported}"

    def edit(self, table: str, row: Row, **params: object) -> str:
        """Edit a row through its form."""
        form = f"{row['itemtype']}.edit" if table == "item" else _FORMS[table]
        parent = None if table in {"account", "item"} else row["account"]
        return self.call(form, plid=parent, elid=row.get("idname", row["id"]), sok="ok", **params)

    def value(self, column: str) -> str:
        """Draw a value that the form takes."""
        dice = self.dice
        match column:
            case "creditlimit":
                return str(dice.randrange(4000, 9000))
            case "percentage" | "taxrate" | "priority" | "incident_limit":
                return str(dice.randrange(1, 60))
            case "rate" | "amount":
                return f"{dice.uniform(0.5, 90):.2f}"
            case "fromdate":
                return f"2026-0{dice.randrange(1, 10)}-11"
            case "todate":
                return f"2029-0{dice.randrange(1, 10)}-11"
            case "autoprolong":
                return dice.choice(("null", "1", "3"))
            case "allowpostpaid":
                return dice.choice(("on", "off"))
            case "domain":
                return f"moved{dice.randrange(10**6)}.example"
            case _:
                return f"by a person {dice.randrange(10**4)}"


def _touch(users: PanelUsers, *, columns: dict[str, tuple[str, ...]], ours: bool) -> str:
    table = users.dice.choice(sorted(columns))
    row = users.pick(table, ours=ours)
    column = users.dice.choice(columns[table])
    return users.edit(table, row, **{column: users.value(column)}) if row else ""


def _talk(users: PanelUsers) -> str:
    """Write something into the note of a discount, and leave the mark where it is."""
    row = users.pick("discount")
    mark = f" [{mark_in(row)}]" if row and mark_in(row) else ""
    note = f"talked on the phone {users.dice.randrange(99)}{mark}"
    return users.edit("discount", row, note=note) if row else ""


def _overwrite_mark(users: PanelUsers) -> str:
    row = users.pick("discount")
    return users.edit("discount", row, note=f"{unmarked(row['note'])} mine") if row else ""


def _delete(users: PanelUsers, *, ours: bool) -> str:
    table = users.dice.choice(("discount", "taxrule", "currencyrate"))
    row = users.pick(table, ours=ours)
    if not row:
        return ""
    func = _FORMS[table].replace(".edit", ".delete")
    return users.call(func, plid=row["account"], elid=row.get("idname", row["id"]))


def _close(users: PanelUsers) -> str:
    row = users.pick("item")
    return users.call(f"{row['itemtype']}.delete", elid=row["id"]) if row else ""


def _switch(users: PanelUsers) -> str:
    row = users.pick("item")
    action = "resume" if row and row["status"] == "3" else "suspend"
    return users.call(f"{row['itemtype']}.{action}", elid=row["id"]) if row else ""


def _group(users: PanelUsers) -> str:
    row, group = users.pick("account"), users.dice.choice(sorted(users.codes.group))
    action = users.dice.choice(("resume", "suspend"))
    key = users.codes.group[group]
    return users.call(f"account.group.{action}", plid=row["id"], elid=key) if row else ""


def _give_discount(users: PanelUsers) -> str:
    row = users.pick("account")
    kinds = users.codes.option
    return users.call(
        "account.discount.edit", plid=row.get("id"), sok="ok",
        percentage=users.dice.randrange(1, 9), fromdate="2025-01-01",
        type=kinds["discount_type", "Percentage discount"],
        actiontype=kinds["discount_action", users.dice.choice(("Order", "Renewal"))],
        note="by hand",
    )  # fmt: skip


def _give_tax_rule(users: PanelUsers) -> str:
    row = users.pick("account")
    product = users.dice.choice(sorted(users.codes.product))
    return users.call(
        "account.taxrule.edit", plid=row.get("id"), sok="ok", taxrate=users.dice.randrange(30),
        project=users.codes.project["Main provider"], specialitemtype="on",
        itemtype=users.codes.product[product],
    )  # fmt: skip


def _give_rate(users: PanelUsers) -> str:
    row, dice = users.pick("account"), users.dice
    one, two = dice.sample(sorted(users.codes.currency), 2)
    return users.call(
        "account.currencyrate.edit", plid=row.get("id"), sok="ok", rate=dice.randrange(1, 90),
        currency_base=users.codes.currency[one], currency_relate=users.codes.currency[two],
        ratedate=f"2027-0{dice.randrange(1, 9)}-01",
    )  # fmt: skip


def _order(users: PanelUsers) -> str:
    row, dice = users.pick("account"), users.dice
    if not row:
        return ""
    return users.call(
        "vhost.order.param", su=row["email"], sok="ok", pricelist=users.codes.tariff["Web Pro"],
        domain=f"byhand{dice.randrange(10**6)}.example", skipbasket=dice.choice(("on", "off")),
    )  # fmt: skip


def _duplicate(users: PanelUsers) -> str:
    """Copy a discount, mark and all, or a tax rule of the same identity."""
    table = users.dice.choice(("discount", "taxrule"))
    row = users.pick(table)
    same = {
        "discount": ("percentage", "type", "actiontype", "period", "fromdate", "note"),
        "taxrule": ("project", "taxrate", "specialitemtype", "itemtype"),
    }[table]
    params = {name: row[name] for name in same} if row else {}
    return users.call(_FORMS[table], plid=row["account"], sok="ok", **params) if row else ""


def _pay(users: PanelUsers) -> str:
    rows = [row for row in users.rows("account", ours=True) if row]
    clients = {row["id"]: row["email"] for row in rows}
    waiting = [key for (key,) in query_panel(users.panel, "SELECT DISTINCT account FROM basket")]
    mine = [clients[key] for key in waiting if key in clients]
    return users.call("basket.pay", su=users.dice.choice(sorted(mine))) if mine else ""


USER_ACTIONS: dict[str, Callable[[PanelUsers], str]] = {
    "edit a field that may be declared": partial(_touch, columns=_DECLARED, ours=True),
    "edit another field of the form": partial(_touch, columns=_OTHER, ours=True),
    "edit what is nobody of ours": partial(_touch, columns=_DECLARED, ours=False),
    "write into a note": _talk,
    "overwrite a mark": _overwrite_mark,
    "delete what is ours": partial(_delete, ours=True),
    "delete what is theirs": partial(_delete, ours=False),
    "close a service": _close,
    "suspend or resume a service": _switch,
    "switch a group": _group,
    "give a discount": _give_discount,
    "give a tax rule": _give_tax_rule,
    "enter a rate": _give_rate,
    "order a service": _order,
    "make a duplicate": _duplicate,
    "pay a cart": _pay,
}
