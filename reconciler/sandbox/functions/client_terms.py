"""A client's own terms: discounts, tax rules and currency rates.

Invariants: a discount has two ids, ``id`` in the list alone and ``idname`` for form and removal;
rates are dated rows, never refused for being one more; the list of rates names no related currency.
Source: ``account.discount``, ``account.taxrule``, ``account.currencyrate`` and their forms.
Doubt: the codes of types and actions; whether lists print a percent sign; the steps of the wizard
that ``.add`` is on some installs: here a form comes back until type, action and rate are there.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from reconciler.sandbox import form, listing
from reconciler.sandbox.field_types import Field
from reconciler.sandbox.form import Form, Row
from reconciler.sandbox.functions.account import WORD
from reconciler.sandbox.functions.endpoint import Endpoint, edited, removed
from reconciler.sandbox.listing import Column, Listing
from reconciler.sandbox.reply import FormReply, NotFoundError, PanelError

if TYPE_CHECKING:
    from reconciler.sandbox.call import Call
    from reconciler.sandbox.reply import Reply

_PERIODS = (
    "(SELECT group_concat(name{l}, ', ') FROM (SELECT * FROM choice WHERE list = 'period'"
    " ORDER BY pos) WHERE instr(',' || d.period || ',', ',' || key || ','))"
)
DISCOUNTS = Listing(
    func="account.discount",
    source="discount d",
    columns=(
        Column("id", "d.id"),
        Column("idname", "d.idname"),
        Column("name", "d.percentage || '% ' || " + WORD % ("discount_type", "d.type")),
        Column("actiontype", WORD % ("discount_action", "d.actiontype"), orig="d.actiontype"),
        Column("project", "''"),
        Column("discount_type", WORD % ("discount_type", "d.type"), orig="d.type"),
        Column("period", _PERIODS),
    ),
    key="idname",
    parent="d.account",
    order="d.id",
)


def _check_dates(call: Call, row: Row, present: Row | None) -> None:
    del call, present
    if row["todate"] and row["todate"] < row["fromdate"]:
        raise PanelError("value", "todate", row["todate"])


DISCOUNT = Form(
    func="account.discount.edit",
    table="discount",
    key="idname",
    check=_check_dates,
    fields=(
        Field("fromdate", "date", default="now"),
        Field("todate", "date"),
        Field("type", "select", options="discount_type", required=True),
        Field("percentage", "percent", required=True),
        Field("priority", "number", default="0"),
        Field("actiontype", "select", options="discount_action", required=True),
        Field("period", "multi", options="period"),
        Field("note", "area"),
    ),
)
_TYPES = (
    "(SELECT group_concat(name{l}, ', ') FROM itemtype"
    " WHERE instr(',' || t.itemtype || ',', ',' || id || ','))"
)
TAXRULES = Listing(
    func="account.taxrule",
    source="taxrule t LEFT JOIN project p ON p.id = t.project",
    columns=(
        Column("id", "t.id"),
        Column("type", WORD % ("taxrule_type", "'special'"), orig="'special'"),
        Column("project", "p.name"),
        Column("company", "''"),
        Column("country", "''"),
        Column("taxrate", "t.taxrate"),
        Column("itemtype", _TYPES),
    ),
    keyname="project",
    parent="t.account",
    order="t.id",
)
RATES = Listing(
    func="account.currencyrate",
    source=(
        "currencyrate r JOIN currency b ON b.id = r.currency_base"
        " JOIN currency t ON t.id = r.currency_relate"
    ),
    columns=(
        Column("id", "r.id"),
        Column("currency_base", "b.iso"),
        Column("rate", "r.rate"),
        Column("ratedate", "r.ratedate"),
    ),
    keyname="currency_base",
    parent="r.account",
    order="r.id",
)


def _check_taxrule(call: Call, row: Row, present: Row | None) -> None:
    del call, present
    if row["specialitemtype"] != "on":
        row["itemtype"] = ""
    elif not row["itemtype"]:
        raise PanelError("value", "itemtype")


def _check_rate(call: Call, row: Row, present: Row | None) -> None:
    del call, present
    if str(row["currency_base"]) == str(row["currency_relate"]):
        raise PanelError("value", "currency_relate", str(row["currency_relate"]))


TAXRULE = Form(
    func="account.taxrule.edit",
    table="taxrule",
    check=_check_taxrule,
    fields=(
        Field("project", "select", options="project", required=True),
        Field("taxrate", "percent", required=True),
        Field("specialitemtype", "flag"),
        Field("itemtype", "multi", options="itemtype"),
    ),
)
RATE = Form(
    func="account.currencyrate.edit",
    table="currencyrate",
    check=_check_rate,
    fields=(
        Field("currency_base", "select", options="currency", required=True),
        Field("currency_relate", "select", options="currency", required=True),
        Field("rate", "rate", required=True),
        Field("amount", "amount", required=True, default="1.00"),
        Field("ratedate", "date", required=True, default="now"),
    ),
)


def _with_units(what: Listing, column: str, unit: str) -> Listing:
    columns = tuple(
        replace(each, sql=f"{each.sql} || {unit}") if each.name == column else each
        for each in what.columns
    )
    return Listing(
        func=what.func,
        source=what.source,
        columns=columns,
        keyname=what.keyname,
        parent=what.parent,
        order=what.order,
    )


def _read(plain: Listing, spelled: Listing, call: Call) -> Reply:
    return listing.read(call, spelled if call.settings.units else plain)


def _either(plain: Listing, column: str, unit: str) -> Endpoint:
    return Endpoint(partial(_read, plain, _with_units(plain, column, unit)), listing=plain)


_KEYED = Listing(
    func=DISCOUNTS.func,
    source=DISCOUNTS.source,
    columns=tuple(
        replace(each, sql="'personal_' || d.idname") if each.name == "idname" else each
        for each in DISCOUNTS.columns
    ),
    key=DISCOUNTS.key,
    parent=DISCOUNTS.parent,
    order=DISCOUNTS.order,
)
_FIRST_STEP = ("type", "actiontype")


def _discounts(call: Call) -> Reply:
    return listing.read(call, _KEYED if call.settings.discount_key == "text" else DISCOUNTS)


def _edit_discount(call: Call) -> Reply:
    if not call.elid and call.settings.discount_create != "edit":
        raise NotFoundError("account.discount", "")
    return form.edit(call, DISCOUNT)


def _add_discount(call: Call) -> Reply:
    given = {name: text for name, text in call.given.items() if name != "elid"}
    blank = replace(call, given=given)
    if call.settings.discount_create != "steps":
        return form.edit(blank, DISCOUNT)
    unsent = {name: text for name, text in given.items() if name != "sok"}
    opened = form.edit(replace(blank, given=unsent), DISCOUNT)
    if any(name not in given for name in _FIRST_STEP):
        return _first_step(opened)
    return opened if "percentage" not in given else form.edit(blank, DISCOUNT)


def _first_step(opened: Reply) -> Reply:
    """Leave the fields of the second step out of a form."""
    assert isinstance(opened, FormReply)  # noqa: S101 - a form that is not confirmed is one
    hidden = {field.name for field in DISCOUNT.fields} - set(_FIRST_STEP)
    return replace(
        opened,
        inputs=tuple(each for each in opened.inputs if each.name not in hidden),
        values=tuple(pair for pair in opened.values if pair[0] not in hidden),
        choices=tuple(pair for pair in opened.choices if pair[0] not in hidden),
    )


FUNCTIONS = {
    "account.discount": Endpoint(_discounts, listing=DISCOUNTS),
    "account.discount.edit": Endpoint(_edit_discount),
    "account.discount.add": Endpoint(_add_discount),
    "account.discount.delete": removed("discount", "idname"),
    "account.taxrule": _either(TAXRULES, "taxrate", "'%'"),
    "account.taxrule.edit": edited(TAXRULE),
    "account.taxrule.delete": removed("taxrule"),
    "account.currencyrate": _either(RATES, "rate", "' ' || t.iso"),
    "account.currencyrate.edit": edited(RATE),
    "account.currencyrate.delete": removed("currencyrate"),
}
