"""What another panel offers, kept under its own codes: option lists, tariffs, add-ons, prices.

Invariant: what is offered twice is kept once; an option that stands for none is not kept.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.sandbox.functions import billing
from reconciler.sandbox.functions.addon import is_count, kept
from reconciler.sandbox.seeding.amounts import MirrorError, read_number
from reconciler.sandbox.seeding.install import BOX

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from reconciler.sandbox.seeding.mirror import Labels, MirroredOffer, MirroredQuote, Texts

_NONE = {"", "null"}
_MOST = 10**9
_LARGEST = 10**16
_ANY_WORD = "[]"
# What is kept of an option in each list's own table; ``:scope`` is what the list hangs on.
_KEPT = {
    "project": "INSERT OR IGNORE INTO project VALUES (:key, :label, 'on')",
    "country": "INSERT OR IGNORE INTO country VALUES (:key, :code, :label, :label)",
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


def offer(
    db: sqlite3.Connection,
    name: str,
    labels: Texts,
    *,
    scope: str = "",
    codes: Texts = MappingProxyType({}),
) -> None:
    """Store the options of a list; ``scope`` is the row that narrows it.

    ``codes`` are what options show beside their labels, such as the flags of countries.
    """
    wanted = [(key, label) for key, label in labels.items() if key not in _NONE]
    if name in _KEPT:
        for key, label in wanted:
            number = read_number(key, f"{name} {label!r}")
            row = {"key": number, "label": label, "scope": scope}
            row["code"] = codes.get(key) or (_code(label) if name == "currency" else label)
            db.execute(_KEPT[name], row)
            if name == "datacenter" and scope:
                sold = (read_number(scope, "pricelist"), number)
                db.execute("INSERT OR IGNORE INTO offer VALUES (?, ?)", sold)
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
    """Offer a tariff for a period; its price is quoted, or not known."""
    text = text.strip()
    if tariff not in _NONE and is_count(text.removeprefix("-")):
        row = (read_number(tariff, "pricelist"), int(text))
        db.execute("INSERT OR IGNORE INTO price VALUES (?, ?, 0)", row)


@dataclass(frozen=True, slots=True)
class Addon:
    """An add-on as a form shows it; ``words`` are those that it takes, None of a number."""

    number: int
    name: str
    text: str
    words: str | None


def addons(values: Texts, options: Labels, labels: Texts) -> Iterator[Addon]:
    """Read the add-ons that a form shows: a number, a check box, a list, or any word."""
    for param, text in values.items():
        number = param.removeprefix("addon_")
        if param == number or not is_count(number):
            continue
        plain = _plain(text.strip())
        name = labels.get(param, param)
        words = _words(plain, options.get(param, {}))
        yield Addon(int(number), name, plain, words)


def _plain(text: str) -> str:
    """Write a whole number without its decimals; leave all else as it is."""
    try:
        number = Decimal(text) if text.isascii() and len(text) <= len(str(_LARGEST)) else None
    except InvalidOperation:
        return text
    is_whole = number is not None and number.is_finite() and number == number.to_integral_value()
    return format(number, ".0f") if number is not None and is_whole and number >= 0 else text


def _words(text: str, options: Texts) -> str | None:
    if options:
        return json.dumps([key for key in options if key not in _NONE])
    if text in {"on", "off"}:
        return BOX
    return None if not text or is_count(text) else _ANY_WORD


def addon(db: sqlite3.Connection, shown: Addon, tariff: str, *, base: str) -> None:
    """Offer an add-on with a tariff; the price of more of it is unknown, and zero here.

    What one form shows as a number and another one as a word is a word.
    """
    if tariff in _NONE:
        return
    row = (shown.number, read_number(tariff, "pricelist"), shown.name, 0, _MOST, _base(shown, base))
    db.execute("INSERT OR IGNORE INTO addon VALUES (?, ?, ?, ?, ?, ?, 0, NULL)", row)
    if shown.words is not None:
        sql = "UPDATE addon SET words = ?, base = ? WHERE id = ? AND words IS NULL"
        db.execute(sql, (shown.words, _base(shown, base), shown.number))


def _base(shown: Addon, base: str) -> int | str:
    if shown.words is None:
        return int(base) if is_count(base) else 0
    return kept(base) if base else "off" if shown.words == BOX else ""


def stock(db: sqlite3.Connection, form: MirroredOffer) -> None:
    """Store the tariffs that an order form names, and the add-ons of the chosen one."""
    offer(db, "pricelist", form.options.get("pricelist", {}), scope=form.kind)
    for shown in addons(form.values, form.options, form.labels):
        addon(db, shown, form.tariff, base=shown.text)


def sell(db: sqlite3.Connection, form: MirroredOffer) -> None:
    """Store the providers of an order form's tariffs; of the chosen one also places and periods."""
    for key in form.options.get("pricelist", {}):
        _sold_by(db, key, form)
    for name in ("autoprolong", "ostempl", "recipe"):
        offer(db, name, form.options.get(name, {}))
    if form.tariff:
        offer(db, "datacenter", form.options.get("datacenter", {}), scope=form.tariff)
        offer(db, "order_period", form.options.get("period", {}), scope=form.tariff)


def _sold_by(db: sqlite3.Connection, tariff: str, form: MirroredOffer) -> None:
    """Assign a tariff to a provider of the client, first to one in the price's currency."""
    if tariff in _NONE:
        return
    money = f"{form.values.get('currency_str', '')} {form.values.get('cost', '')}"
    client = read_number(form.client, "id of a client")
    payer = account_for(db, client, money)
    if payer is not None:
        (project,) = db.execute("SELECT project FROM subaccount WHERE id = ?", (payer,)).fetchone()
        sql = "UPDATE pricelist SET project = ? WHERE id = ? AND project IS NULL"
        db.execute(sql, (project, read_number(tariff, "pricelist")))
        db.execute("INSERT OR IGNORE INTO assigned VALUES (?, ?)", (client, project))


def account_for(db: sqlite3.Connection, client: int, money: str) -> int | None:
    """Return the client's account that pays a price, if there is one in its currency that one."""
    rows = db.execute(
        "SELECT s.id, c.iso FROM subaccount s JOIN currency c ON c.id = s.currency"
        " WHERE s.account = ? ORDER BY s.active = 'on' DESC, s.id",
        (client,),
    ).fetchall()
    fitting = [number for number, unit in rows if unit in money] or [row[0] for row in rows]
    return int(fitting[0]) if fitting else None


def quote(db: sqlite3.Connection, quoted: MirroredQuote) -> None:
    """Store a price that a client was quoted, discounts included."""
    if not quoted.amount.is_finite() or abs(quoted.amount) >= _LARGEST:
        raise MirrorError(f"price of tariff {quoted.tariff}: it is too large for a copy")
    ids = (("client", quoted.client), ("service", quoted.service), ("pricelist", quoted.tariff))
    client, service, tariff = (read_number(text, f"{name} of a price") for name, text in ids)
    cents = int((quoted.amount * 100).to_integral_value())
    row = (client, service, tariff, quoted.period, cents)
    db.execute("INSERT OR REPLACE INTO quote VALUES (?, ?, ?, ?, ?)", row)
    if quoted.period != billing.EXTRAS:
        period(db, quoted.tariff, str(quoted.period))
