"""A copy: an install that holds what was read of another panel, to be worked on in its place.

Invariants: ids and option codes are the other panel's own; a price that was quoted there is the
price here, discounts included; what was not read is not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.sandbox import schema
from reconciler.sandbox.call import ADMIN
from reconciler.sandbox.functions import account, addon, billing, client_terms, service, subaccount
from reconciler.sandbox.seeding import install, offers
from reconciler.sandbox.seeding.amounts import MirrorError, read_cents, read_number

if TYPE_CHECKING:
    import sqlite3
    from decimal import Decimal
    from pathlib import Path

    from reconciler.sandbox.form import Form

EXTRAS = billing.EXTRAS
Texts = Mapping[str, str]
Labels = Mapping[str, Texts]


@dataclass(frozen=True, slots=True)
class MirroredClient:
    """A client: its login, and the numbers of the groups and providers that are switched on."""

    id: str
    email: str
    name: str = ""
    groups: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MirroredForm:
    """A form as it was read: whose object, its values, its option lists (key to label), its names.

    ``codes`` are those of options that show one beside their label, by list and key.
    ``id`` is what the form is opened by. A form that was opened for a new object has none, and
    shows what it offers.
    """

    func: str
    id: str
    client: str
    values: Texts
    options: Labels = field(default_factory=dict)
    labels: Texts = field(default_factory=dict)
    codes: Labels = field(default_factory=dict)

    def at(self, name: str) -> str:
        """Return which field of which object is meant."""
        return f"{name} of {self.func} {self.id}"


@dataclass(frozen=True, slots=True)
class MirroredOffer:
    """An order form as a client was shown it; ``labels`` names its add-ons."""

    kind: str
    client: str
    values: Texts
    options: Labels
    labels: Texts = field(default_factory=dict)
    tariff: str = ""


@dataclass(frozen=True, slots=True)
class MirroredQuote:
    """The price that a client was quoted for an order, or another period of a service.

    The period ``EXTRAS`` stands for the next change of a service's add-ons.
    """

    client: str
    tariff: str
    period: int
    amount: Decimal
    service: str = "0"


@dataclass(frozen=True, slots=True)
class MirrorSource:
    """What was read of another panel.

    ``sides`` are the side lists of clients by the name of their table, number to label;
    ``rows`` adds to an object what its list alone shows (a balance, a status, an expiry).
    """

    clients: Sequence[MirroredClient] = ()
    sides: Mapping[str, Texts] = field(default_factory=dict)
    forms: Sequence[MirroredForm] = ()
    offers: Sequence[MirroredOffer] = ()
    quotes: Sequence[MirroredQuote] = ()
    rows: Mapping[tuple[str, str], Texts] = field(default_factory=dict)


_FORMS: dict[str, Form] = {
    form.func: form
    for form in (
        account.FORM,
        subaccount.FORM,
        client_terms.DISCOUNT,
        client_terms.TAXRULE,
        client_terms.RATE,
    )
}
_FORMS |= {f"{kind}.edit": service.FORMS[kind, ADMIN] for kind in service.KINDS}
# What the default install offers for sale, and where: not what the other panel does.
_EMPTIED = (
    *("project", "country", "state", "currency", "itemtype", "employee", "accountgroup"),
    *("pricelist", "price", "addon", "offer", "datacenter"),
)


def mirror(path: str | Path, original: MirrorSource) -> None:
    """Write an install that holds what was read of another panel.

    Raises: CopyError when what was read cannot be held, with the object and the field.
    """
    with closing(schema.connect(os.fspath(path))) as db:
        db.execute("BEGIN IMMEDIATE")
        schema.rebuild(db)
        install.fill(db, 1)
        for table in _EMPTIED:
            db.execute(f"DELETE FROM {table}")
        try:
            _write(db, original)
        except MirrorError:
            db.execute("ROLLBACK")
            raise
        except (ValueError, ArithmeticError, schema.Error) as error:
            db.execute("ROLLBACK")
            raise MirrorError("a text or a number that no table holds") from error
        db.execute("COMMIT")


def _write(db: sqlite3.Connection, original: MirrorSource) -> None:
    for table, names in original.sides.items():
        offers.offer(db, table, names)
    _clients(db, original.clients)
    for each in original.offers:
        # First, for the form of a service may show the codes of these alone.
        offers.stock(db, each)
    for mirrored in original.forms:
        form = _FORMS.get(mirrored.func)
        if form is not None:
            _store_form(db, form, mirrored, original.rows.get((mirrored.func, mirrored.id), {}))
    for each in original.offers:
        offers.sell(db, each)
    for quote in original.quotes:
        offers.quote(db, quote)


def _clients(db: sqlite3.Connection, clients: Iterable[MirroredClient]) -> None:
    logins: set[str] = set()
    for client in clients:
        number = read_number(client.id, "id of a client")
        login = client.email.casefold()
        if login in logins:
            raise MirrorError(f"email of client {number}: another client has {client.email!r} too")
        logins |= {login} if login else set()
        blank = dict.fromkeys(account.FORM.columns(), "")
        row = {"id": number, "email": client.email or None, "name": client.name}
        _insert(db, "account", blank | row)
        db.execute(
            "INSERT INTO user (login, digest, level, account, lang, realname)"
            " VALUES (?, '', 16, ?, 'en', ?)",
            # A list may not show the login; without one the client cannot sign in.
            (client.email or f"client {number}", number, client.name),
        )
        for table, keys in (("member", client.groups), ("assigned", client.providers)):
            rows = [(number, read_number(key, f"{table} of client {number}")) for key in keys]
            db.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", rows)


def _store_form(db: sqlite3.Connection, form: Form, mirrored: MirroredForm, row: Texts) -> None:
    """Store one object: the values of its form, and what only its list shows."""
    for each in form.fields:
        if each.options:
            scope = mirrored.values.get(each.scope, "")
            labels, codes = mirrored.options.get(each.name, {}), mirrored.codes.get(each.name, {})
            offers.offer(db, each.options, labels, scope=scope, codes=codes)
    if not mirrored.id:
        return
    kept: dict[str, Any] = {
        each.place: _kept(each.sort, mirrored.values[each.name], mirrored.at(each.name))
        for each in form.fields
        if each.kept and each.name in mirrored.values
    }
    if form.key == "id":
        kept["id"] = read_number(mirrored.id, f"id of {mirrored.func}")
    else:
        # Nobody reads the number of a row that has a key beside it, which may be a word.
        kept[form.key] = addon.kept(mirrored.id)
    if form.child:
        kept["account"] = read_number(mirrored.client, mirrored.at("client"))
    if form.table == "subaccount":
        kept["balance"] = read_cents(row.get("balance", ""), mirrored.at("balance"))
        kept["suspended"] = row.get("suspended", "off")
    if form.table == "item":
        kept |= _service(db, mirrored, row, number=kept["id"], client=kept["account"])
    if form.table == "account":
        names = ", ".join(f"{name} = ?" for name in kept)
        values = (*kept.values(), kept["id"])
        db.execute(f"UPDATE account SET {names} WHERE id = ?", values)
    else:
        _insert(db, form.table, kept)


def _service(
    db: sqlite3.Connection, mirrored: MirroredForm, row: Texts, *, number: int, client: int
) -> dict[str, Any]:
    kind = mirrored.func.partition(".")[0]
    tariff = mirrored.values.get("pricelist", "")
    if tariff:
        names = {tariff: mirrored.options.get("pricelist", {}).get(tariff, tariff)}
        offers.offer(db, "pricelist", names, scope=kind)
        offers.period(db, tariff, mirrored.values.get("period", ""))
    for extra in offers.addons(mirrored.values, mirrored.options, mirrored.labels):
        offers.addon(db, extra, tariff, base="")
        if extra.text:
            row_of = (number, extra.number, addon.kept(extra.text))
            db.execute("INSERT OR REPLACE INTO item_addon VALUES (?, ?, ?)", row_of)
    price = row.get("price", "")
    own = {
        "itemtype": kind,
        "subaccount": offers.account_for(db, client, price),
        **{name: row[name] for name in ("status", "expiredate") if name in row},
    }
    return {"createdate": "", "cents": read_cents(price, mirrored.at("price")), **own}


def _kept(sort: str, text: str, where: str) -> Any:  # noqa: ANN401 - what SQLite takes
    text = text.strip()
    match sort:
        case "money":
            return read_cents(text, where)
        case "select":
            return None if text in {"", "null"} else text
        case "multi":
            return ",".join(part.strip() for part in text.split(",") if part.strip())
        case "flag":
            return "on" if text == "on" else "off"
        case "secret":
            return ""
        case _:
            return text


def _insert(db: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    names = ", ".join(row)
    db.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
