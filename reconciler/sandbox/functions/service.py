"""Services as they stand: lists, forms, closing, suspending.

Invariants: tariff, data centre and period of a service are silently kept; naming ``ostempl``
reinstalls, even the same one; a closed service stays in the list, but its form is gone.
A hoster's own type has a dotted list and the functions of its type under that name; the plain ones
stay beside them.
Source: ``vhost``, ``vds``, ``dedic``, ``soft``, and their forms and actions.
Doubt: what a form confirmed without ``elid`` does to services; here it is refused. What the name of
a service is; here that of its tariff. Whether both names of a dotted type take the same ids, and
whether it is ordered under its own; here it is not. The form of a licence but for the names of its
fields.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from reconciler.sandbox import form as forms, listing
from reconciler.sandbox.call import ADMIN, CLIENT
from reconciler.sandbox.field_types import Field
from reconciler.sandbox.form import Form, Row
from reconciler.sandbox.functions import addon, billing
from reconciler.sandbox.functions.account import WORD
from reconciler.sandbox.functions.endpoint import Endpoint, each, listed
from reconciler.sandbox.functions.transitions import begin
from reconciler.sandbox.listing import Column, Filter, Listing
from reconciler.sandbox.reply import ConfirmationReply, FormReply, NotFoundError, PanelError
from reconciler.sandbox.seeding.install import digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.sandbox.call import Call
    from reconciler.sandbox.install import Install
    from reconciler.sandbox.reply import Reply

KINDS = ("vhost", "vds", "dedic", "soft")
# Licences stand nowhere, and have a name and a key in place of a domain and a server.
PLACELESS = frozenset({"soft"})
# Types that this install lists and does not sell.
UNSOLD = ("domain", "certificate")
_NAMED = {"domain": Column("licname", "i.domain"), "ostempl": Column("lickey", "i.serverid")}
_ENDINGS = ("", ".edit", ".delete", ".suspend", ".resume", ".filter")
_CLOSED = ("4", "5_close")
_FOR = "(SELECT name{l} FROM choice WHERE list = '%s' AND key = i.period || '')"
_BASE = "substr(i.status, 1, 1)"
_PROSE = (
    "CASE WHEN i.status IN ('0', '1') THEN '-' WHEN i.expiredate = '' THEN 'never'"
    " ELSE i.expiredate END"
)


_MONEY = "printf('%.2f', i.cents / 100.0) || ' ' || ifnull(c.iso, 'EUR')"
_COLUMNS = (
    Column("id", "i.id"),
    Column("name", "l.name", documented=False),
    Column("ip", "i.ip"),
    Column("domain", "i.domain"),
    Column("expiredate", _PROSE),
    Column("real_expiredate", "i.expiredate"),
    Column("datacenter", "i.datacenter"),
    Column("datacentername", "d.name"),
    Column("ostempl", "i.ostempl"),
    Column("pricelist", "l.name"),
    Column("pricelist_id", "i.pricelist"),
    Column("intname", "l.intname"),
    Column("cost", f"{_MONEY} || ' / ' || ifnull({_FOR % 'term'}, {_FOR % 'period'})"),
    Column("item_cost", "printf('%.4f', i.cents / 100.0)"),
    Column("currency_str", "ifnull(c.iso, 'EUR')"),
    Column("createdate", "i.createdate"),
    Column("item_status", WORD % ("item_status", "i.status"), orig="i.status"),
    Column("status", _BASE, documented=False),
    Column("period", "i.period", documented=False),
    Column("autoprolong", "i.autoprolong", documented=False),
    Column("remoteid", "i.remoteid", documented=False),
    Column("account", "a.name", documented=False, level=ADMIN),
    Column("account_id", "a.id", documented=False, level=ADMIN),
)


def _columns(func: str) -> tuple[Column, ...]:
    if func not in PLACELESS:
        return _COLUMNS
    kept = [each for each in _COLUMNS if not each.name.startswith("datacenter")]
    return tuple(_NAMED.get(each.name, each) for each in kept)


def _filters(kind: str) -> tuple[Filter, ...]:
    return (
        Filter("id", "i.id", "keys"),
        Filter("ip", "i.ip"),
        Filter("domain", "i.domain"),
        Filter("pricelist", "i.pricelist", "keys", "pricelist", kind),
        Filter("period", "i.period", "keys", "period"),
        Filter("status", _BASE, "keys", "item_status"),
        Filter("opendate", "i.createdate", "day"),
        Filter("expiredate", "i.expiredate", "day"),
        Filter("orderdatefrom", "i.createdate", "least"),
        Filter("orderdateto", "i.createdate", "most"),
        Filter("cost_from", "i.cents / 100.0", "least"),
        Filter("cost_to", "i.cents / 100.0", "most"),
        Filter("autoprolong", "i.autoprolong", "keys", "autoprolong"),
        Filter("datacenter", "i.datacenter", "keys", "every_datacenter"),
        Filter("ostemplate", "i.ostempl", "keys", "ostempl"),
    )


def _listing(func: str, where: str) -> Listing:
    return Listing(
        func=func,
        source=(
            "item i JOIN account a ON a.id = i.account JOIN pricelist l ON l.id = i.pricelist"
            " LEFT JOIN datacenter d ON d.id = i.datacenter"
            " LEFT JOIN subaccount s ON s.id = i.subaccount"
            " LEFT JOIN currency c ON c.id = s.currency"
        ),
        columns=_columns(func),
        keyname="licname" if func in PLACELESS else "domain",
        account="i.account",
        project="EXISTS (SELECT 1 FROM assigned x WHERE x.account = i.account AND x.project = ?)",
        where=where,
        filters=_filters(func),
        order="i.id",
    )


def _exists(kind: str, call: Call, row: Row) -> None:
    if row["itemtype"] != kind or row["status"] == "4":
        raise NotFoundError(kind, call.elid)


_OPEN = (
    Field("autoprolong", "select", options="autoprolong"),
    Field("remoteid"),
)
_OFFICE = (
    Field("domain", required=True),
    Field("ip"),
    Field("username"),
    Field("userpassword", "secret"),
    Field("serverid"),
)
_SYSTEM = (
    Field("ostempl", "select", options="ostempl"),
    Field("recipe", "select", options="recipe"),
)
_SET = (
    Field("pricelist", "select", options="pricelist", scope="itemtype", required=True, fixed=True),
    Field(
        "datacenter", "select", options="datacenter", scope="pricelist", required=True, fixed=True
    ),
    Field("period", "select", options="order_period", scope="pricelist", required=True, fixed=True),
    Field("itemtype", "shown"),
    Field("status", "shown"),
    Field("createdate", "shown"),
    Field("expiredate", "shown"),
)


_LICENCE = (
    Field("ip"),
    Field("licname", column="domain"),
    Field("lickey", "shown", column="serverid"),
)


def _form(kind: str, level: int) -> Form:
    if kind in PLACELESS:
        placed = tuple(each for each in _SET if each.name != "datacenter")
        fields = (*placed, *_LICENCE, *_OPEN)
        return Form(f"{kind}.edit", "item", fields, fill=partial(_exists, kind))
    office = _OFFICE + (() if kind == "vhost" else _SYSTEM)
    if level < ADMIN:
        office = tuple(replace(each, sort="shown", options="") for each in office[:2])
    fields = (*_SET, *office, *_OPEN)
    return Form(f"{kind}.edit", "item", fields, fill=partial(_exists, kind))


FORMS = {(kind, level): _form(kind, level) for kind in KINDS for level in (CLIENT, ADMIN)}


def edit(kind: str, call: Call) -> Reply:
    """Open or submit the form of a service."""
    form = FORMS[kind, ADMIN if call.actor.level >= ADMIN else CLIENT]
    present = forms.locate(call, form)
    before = _shown(call, form, present)
    if not call.confirmed:
        return before
    kept = dict(present)
    for field in form.fields:
        forms.lay_over(call, field, kept, fresh=False)
    if kept["autoprolong"] is None:
        kept["autoprolong"] = "null"
    if "userpassword" in kept and "userpassword" in call.given:
        kept["userpassword"] = digest(kept["userpassword"])
    forms.write(call, form, kept, present)
    _change_addons(call, present)
    if "ostempl" in call.given and "ostempl" in kept and kept["ostempl"]:
        begin(call, present["id"], "5_reinstall", "2")
        call.db.execute(
            "UPDATE item SET reinstalls = reinstalls + 1 WHERE id = ?", (present["id"],)
        )
    if kind in PLACELESS and call.given.get("clicked_button") == "newkey":
        return ConfirmationReply(before, ids=(("lickey", licence_key(call, present["id"])),))
    return ConfirmationReply(before)


def licence_key(call: Call, item: int) -> str:
    """Set a new key of a licence; it begins with the licence's id."""
    key = f"{item}-{secrets.token_hex(8)}"
    call.db.execute("UPDATE item SET serverid = ? WHERE id = ?", (key, item))
    return key


def _shown(call: Call, form: Form, row: Row) -> FormReply:
    base = forms.shown(call, form, row)
    extras = addon.present(call, row["id"], row["pricelist"])
    values = tuple((f"addon_{key}", value) for key, value in extras.items())
    sql = "SELECT name FROM pricelist WHERE id = ?"
    (name,) = call.db.execute(sql, (row["pricelist"],)).fetchone() or ("",)
    values = (("id", str(row["id"])), ("name", name), ("pricelist_name", name), *values)
    return FormReply(
        base.inputs + addon.inputs(call, row["pricelist"]), base.values + values, base.choices
    )


def _change_addons(call: Call, row: Row) -> None:
    number, tariff, period = row["id"], row["pricelist"], int(row["period"])
    old = addon.present(call, number, tariff)
    new = {key: value for key, value in addon.wanted(call, tariff).items() if value != old[key]}
    if not new:
        return
    cents = addon.difference(call, tariff, old=old, new=new) * billing.months(period)
    full = billing.bill(call, row["account"], tariff, cents, item=number)
    quoted = billing.quoted(call, full, tariff, billing.EXTRAS, item=number)
    bill = quoted or billing.taxed(call, full, tariff)
    if call.given.get("skipbasket") != "on":
        call.db.execute(
            "INSERT INTO basket (account, item, what, period, cents, changes)"
            " VALUES (?, ?, 'addon', ?, ?, ?)",
            (row["account"], number, period, bill.due, addon.pack(new)),
        )
        return
    if bill.due:
        billing.pay(call, bill, item=number, kind="addon", name=f"Add-ons of {row['id']}")
    addon.keep(call, number, new)
    call.db.execute("UPDATE item SET cents = cents + ? WHERE id = ?", (bill.due, number))
    # What a copy holds of another panel's price is that of before.
    sql = "UPDATE quote SET cents = cents + ? WHERE item = ? AND period = ?"
    call.db.execute(sql, (bill.due, number, period))


def _mine(call: Call, kind: str) -> list[tuple[int, str]]:
    found = []
    for number in each(call, "item"):
        sql = "SELECT id, status FROM item WHERE id = ? AND itemtype = ?"
        found += call.db.execute(sql, (number, kind)).fetchall()
    return found


def _allow(call: Call, allowed: bool) -> None:  # noqa: FBT001 - what the install says
    """Refuse a client what this install leaves to administrators."""
    if call.actor.level < ADMIN and not allowed:
        raise PanelError("access", call.func)


def _close(kind: str, call: Call) -> Reply:
    _allow(call, call.settings.allow_delete_item)
    for number, status in _mine(call, kind):
        if status in {"0", "1"}:
            call.db.execute("DELETE FROM basket WHERE item = ?", (number,))
            call.db.execute("DELETE FROM item_addon WHERE item = ?", (number,))
            call.db.execute("DELETE FROM item WHERE id = ?", (number,))
        elif status not in _CLOSED:
            call.db.execute("DELETE FROM basket WHERE item = ?", (number,))
            begin(call, number, "5_close", "4")
    return ConfirmationReply()


def _switch(kind: str, call: Call, *, old: str, new: str) -> Reply:
    _allow(call, call.settings.allow_suspend_item)
    for number, status in _mine(call, kind):
        if status == old:
            call.db.execute("UPDATE item SET status = ? WHERE id = ?", (new, number))
    return ConfirmationReply()


def plain_name(func: str, install: Install) -> str:
    """Return the function of a plain type that a dotted name of this install stands for."""
    for kind, dotted in install.service_lists.items():
        ending = func.removeprefix(dotted)
        if ending in _ENDINGS and func == f"{dotted}{ending}":
            return f"{kind}{ending}"
    return func


def _read(what: Listing, empty: Listing, call: Call) -> Reply:
    # What was ordered stands in the dotted list alone.
    moved = call.func == what.func and what.func in call.settings.service_lists
    return listing.read(call, empty if moved else what)


def _in_all(name: str, there: Callable[[Install], bool]) -> Endpoint:
    return replace(listed(_listing(name, "1"), CLIENT), there=there)


def _functions(kind: str) -> dict[str, Endpoint]:
    what = _listing(kind, f"i.itemtype = '{kind}'")
    return {
        kind: Endpoint(partial(_read, what, _listing(kind, "0")), CLIENT, listing=what),
        f"{kind}.edit": Endpoint(partial(edit, kind), CLIENT),
        f"{kind}.delete": Endpoint(partial(_close, kind), CLIENT),
        f"{kind}.suspend": Endpoint(partial(_switch, kind, old="2", new="3"), CLIENT),
        f"{kind}.resume": Endpoint(partial(_switch, kind, old="3", new="2"), CLIENT),
    }


FUNCTIONS = {
    **{name: entry for kind in KINDS for name, entry in _functions(kind).items()},
    **{kind: listed(_listing(kind, f"i.itemtype = '{kind}'"), CLIENT) for kind in UNSOLD},
    "item": _in_all("item", lambda install: install.all_services == "item"),
    "service": _in_all("service", lambda install: install.all_services == "service"),
}
