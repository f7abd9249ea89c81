"""What another panel offers, kept under its own codes: option lists, tariffs, add-ons, prices.

Invariant: what is offered twice is kept once; an option that stands for none is not kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from reconciler.sandbox.seeding.copy import Offer, Quote

_NONE = {"", "null"}
_MOST = 10**9
# What is kept of an option in each list's own table; ``:scope`` is what the list hangs on.
_KEPT = {
    "project": "INSERT OR IGNORE INTO project VALUES (:key, :label, 'on')",
    "country": "INSERT OR IGNORE INTO country VALUES (:key, :label, :label, :label)",
    "currency": "INSERT OR IGNORE INTO currency VALUES (:key, :code, :label, :label, 100)",
    "itemtype": "INSERT OR IGNORE INTO itemtype VALUES (:key, :label, :label, :label)",
    "employee": "INSERT OR IGNORE INTO employee VALUES (:key, :label, '')",
    "accountgroup": "INSERT OR IGNORE INTO accountgroup VALUES (:key, :label)",
    "state": "INSERT OR IGNORE INTO state VALUES (:key, :scope, :label)",
    "pricelist": "INSERT OR IGNORE INTO pricelist VALUES (:key, :scope, NULL, :label, '', 'on')",
    "datacenter": "INSERT OR IGNORE INTO datacenter VALUES (:key, :label)",
}
_PERIOD = "INSERT OR IGNORE INTO choice VALUES ('period', ?, ?, ?, 99)"
_CHOICE = "INSERT OR REPLACE INTO choice VALUES (?, ?, ?, ?, ?)"


def offer(db: sqlite3.Connection, name: str, labels: Mapping[str, str], *, scope: str = "") -> None:
    """Keep the options of a list; ``scope`` is what a narrowed list hangs on."""
    wanted = [(key, label) for key, label in labels.items() if key not in _NONE]
    if name in _KEPT:
        for key, label in wanted:
            kept = {"key": int(key), "label": label, "scope": scope, "code": _code(label)}
            db.execute(_KEPT[name], kept)
            if name == "datacenter" and scope:
                db.execute("INSERT OR IGNORE INTO offer VALUES (?, ?)", (int(scope), int(key)))
    elif name == "order_period":
        for key, label in wanted:
            db.execute(_PERIOD, (key, label, label))
            period(db, scope, key)
    elif wanted:
        db.execute("DELETE FROM choice WHERE list = ?", (name,))
        rows = [(name, key, label, label, place) for place, (key, label) in enumerate(wanted)]
        db.executemany(_CHOICE, rows)


def _code(label: str) -> str:
    """Return the one code that a currency's label names, as prices print it; else all of it."""
    codes = re.findall(r"\b[A-Z]{3}\b", label)
    return str(codes[0]) if len(codes) == 1 else label


def period(db: sqlite3.Connection, tariff: str, text: str) -> None:
    """Let a tariff be had for a period; its price is quoted, or not known."""
    if tariff not in _NONE and text.lstrip("-").isdecimal():
        row = (int(tariff), int(text))
        db.execute("INSERT OR IGNORE INTO price VALUES (?, ?, 0)", row)


def addon(db: sqlite3.Connection, number: int, tariff: str, *, name: str, base: str = "0") -> None:
    """Let a tariff have an add-on; what more of it costs is not known, and nothing here."""
    if tariff in _NONE:
        return
    low = int(base) if base.isdecimal() else 0
    row = (number, int(tariff), name, 0, _MOST, low, 0)
    db.execute("INSERT OR IGNORE INTO addon VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def stock(db: sqlite3.Connection, form: Offer) -> None:
    """Keep the tariffs that an order form names, and with what the one it is for is sold."""
    offer(db, "pricelist", form.options.get("pricelist", {}), scope=form.kind)
    for name, text in form.values.items():
        number = name.removeprefix("addon_")
        if name.startswith("addon_") and number.isdecimal():
            addon(db, int(number), form.tariff, name=form.labels.get(name, name), base=text)


def sell(db: sqlite3.Connection, form: Offer) -> None:
    """Keep by whom the tariffs of an order form are sold; of its own also where and how long."""
    for key in form.options.get("pricelist", {}):
        _sold_by(db, key, form)
    for name in ("autoprolong", "ostempl", "recipe"):
        offer(db, name, form.options.get(name, {}))
    if form.tariff:
        offer(db, "datacenter", form.options.get("datacenter", {}), scope=form.tariff)
        offer(db, "order_period", form.options.get("period", {}), scope=form.tariff)


def _sold_by(db: sqlite3.Connection, tariff: str, form: Offer) -> None:
    """Let a tariff be sold by a provider of the client, first by one in the price's currency."""
    if tariff in _NONE:
        return
    money = f"{form.values.get('currency_str', '')} {form.values.get('cost', '')}"
    payer = account_for(db, int(form.client), money)
    if payer is not None:
        (project,) = db.execute("SELECT project FROM subaccount WHERE id = ?", (payer,)).fetchone()
        sql = "UPDATE pricelist SET project = ? WHERE id = ? AND project IS NULL"
        db.execute(sql, (project, int(tariff)))
        db.execute("INSERT OR IGNORE INTO assigned VALUES (?, ?)", (int(form.client), project))


def account_for(db: sqlite3.Connection, client: int, money: str) -> int | None:
    """Return the client's account that pays a price, if there is one in its currency that one."""
    rows = db.execute(
        "SELECT s.id, c.iso FROM subaccount s JOIN currency c ON c.id = s.currency"
        " WHERE s.account = ? ORDER BY s.active = 'on' DESC, s.id",
        (client,),
    ).fetchall()
    fitting = [number for number, unit in rows if unit in money] or [row[0] for row in rows]
    return int(fitting[0]) if fitting else None


def quote(db: sqlite3.Connection, told: Quote) -> None:
    """Keep what a client was told that something costs, discounts and all."""
    cents = int((told.amount * 100).to_integral_value())
    row = (int(told.client), int(told.service), int(told.tariff), told.period, cents)
    db.execute("INSERT OR REPLACE INTO quote VALUES (?, ?, ?, ?, ?)", row)
    period(db, told.tariff, str(told.period))
