"""A population: clients with accounts, discounts, tax rules, rates and services.

Invariants: the same count and seed give the same rows, and the first clients of a larger
population are those of a smaller one; no ledger row is made, the ledger holds calls alone.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.seeding import names
from reconciler.sandbox.seeding.install import digest

if TYPE_CHECKING:
    import sqlite3

CLIENT_PASSPHRASE = "client"
_EPOCH = date(2024, 1, 1)
_WIDTH = {
    "account": 19, "user": 8, "assigned": 2, "member": 2, "subaccount": 11, "discount": 11,
    "taxrule": 6, "currencyrate": 7, "item": 23, "item_addon": 3, "payment": 17,
}  # fmt: skip


@dataclass(slots=True)
class _ClientSeeder:
    """The install's ids to draw from, and the rows drawn so far."""

    rng: random.Random
    country: list[int]
    project: list[int]
    currency: dict[int, int]
    itemtype: list[int]
    types: list[str]
    actions: list[str]
    tariffs: list[tuple[int, str, int, int]]
    addons: dict[int, list[tuple[int, int | str]]]
    offers: dict[int, list[int]]
    paymethod: list[int]
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {n: [] for n in _WIDTH})

    def key(self, table: str, start: int) -> int:
        """Return the next id of a table."""
        return start + len(self.rows[table])


def populate(db: sqlite3.Connection, clients: int, seed: int) -> None:
    """Write that many clients below the default install."""
    town = _survey(db, random.Random(seed * 7919 + 1))  # noqa: S311 - repeatable, no secret
    for number in range(clients):
        _client(town, number)
    for table, rows in town.rows.items():
        marks = ", ".join("?" * _WIDTH[table])
        db.executemany(f"INSERT INTO {table} VALUES ( {marks} )", rows)


def _survey(db: sqlite3.Connection, rng: random.Random) -> _ClientSeeder:
    def column(sql: str) -> list[Any]:
        return [row[0] for row in db.execute(sql)]

    addons: dict[int, list[tuple[int, int | str]]] = {}
    for tariff, key, base in db.execute("SELECT pricelist, id, base FROM addon ORDER BY id"):
        addons.setdefault(tariff, []).append((key, base))
    offers: dict[int, list[int]] = {}
    for tariff, center in db.execute("SELECT pricelist, datacenter FROM offer"):
        offers.setdefault(tariff, []).append(center)
    return _ClientSeeder(
        rng=rng,
        country=column("SELECT id FROM country ORDER BY id"),
        project=column("SELECT id FROM project ORDER BY name"),
        currency=dict(db.execute("SELECT id, factor FROM currency ORDER BY iso").fetchall()),
        itemtype=column("SELECT id FROM itemtype ORDER BY intname"),
        types=column("SELECT key FROM choice WHERE list = 'discount_type' ORDER BY pos"),
        actions=column("SELECT key FROM choice WHERE list = 'discount_action' ORDER BY pos"),
        tariffs=db.execute(
            "SELECT l.id, l.itemtype, l.project, p.cents FROM pricelist l"
            " JOIN price p ON p.pricelist = l.id AND p.period = 1"
            " WHERE l.id IN (SELECT pricelist FROM offer) ORDER BY l.id"
        ).fetchall(),
        addons=addons,
        offers=offers,
        paymethod=column("SELECT id FROM paymethod ORDER BY id"),
    )


def _client(town: _ClientSeeder, number: int) -> None:
    rng = town.rng
    key = town.key("account", 3)
    first, second = rng.choice(names.FIRST), rng.choice(names.SECOND)
    real = f"{rng.choice(names.GIVEN)} {rng.choice(names.FAMILY)}"
    email = f"{first}.{second}{number + 1}@example.com".lower()
    day = _EPOCH + timedelta(days=rng.randrange(700))
    seen = f"{day} {rng.randrange(8, 20):02d}:{rng.randrange(60):02d}:00"
    town.rows["account"].append((
        key, email, f"{first} {second} {rng.choice(names.SUFFIXES)}", real,
        rng.choice(town.country), None, f"+49 30 {rng.randrange(10**6, 10**7)}", "", "",
        "", "en", None, None, "", "", "off", "", seen, f"198.51.100.{rng.randrange(1, 255)}",
    ))  # fmt: skip
    town.rows["user"].append((
        key + 10, email, digest(CLIENT_PASSPHRASE), 16, key, None, "en", real,
    ))  # fmt: skip
    main, other = town.project[0], town.project[1]
    mine = [main] if rng.random() < 0.8 else [main, other]  # noqa: PLR2004 - a share
    town.rows["assigned"] += [(key, project) for project in mine]
    accounts = {project: _subaccount(town, key, project) for project in mine}
    _terms(town, key, mine)
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4))):
        _service(town, key, accounts)
    _payment(town, key, accounts[main][0])


def _subaccount(town: _ClientSeeder, key: int, project: int) -> tuple[int, int]:
    rng = town.rng
    mine = town.key("subaccount", 1)
    currency, factor = rng.choice(list(town.currency.items()))
    town.rows["subaccount"].append((
        mine, key, project, currency, rng.randrange(0, 900) * factor,
        rng.choice((0, 0, 0, 50)) * factor, "off", "on", "", "", "off",
    ))  # fmt: skip
    return mine, factor


def _terms(town: _ClientSeeder, key: int, mine: list[int]) -> None:
    rng = town.rng
    for _ in range(rng.choice((0, 1, 1, 2))):
        number = town.key("discount", 1)
        town.rows["discount"].append((
            number, number + 1, key, f"{rng.randrange(1, 8) * 5}.00", rng.choice(town.types),
            rng.choice(town.actions), rng.choice(("", "12", "1,3,12")), "0",
            str(_EPOCH + timedelta(days=rng.randrange(300))), "", rng.choice(("", "Loyal client")),
        ))  # fmt: skip
    if rng.random() < 0.5:  # noqa: PLR2004 - a share
        special = rng.random() < 0.3  # noqa: PLR2004 - a share
        town.rows["taxrule"].append((
            town.key("taxrule", 1), key, mine[0], rng.choice(("0.00", "19.00", "20.00")),
            "on" if special else "off", str(town.itemtype[0]) if special else "",
        ))  # fmt: skip
    for _ in range(rng.choice((0, 0, 1, 2))):
        base, relate = rng.sample(list(town.currency), 2)
        town.rows["currencyrate"].append((
            town.key("currencyrate", 1), key, base, relate,
            f"{rng.randrange(5000, 990000) / 10000:.4f}", "1.00",
            str(_EPOCH + timedelta(days=rng.randrange(700))),
        ))  # fmt: skip


def _service(town: _ClientSeeder, key: int, accounts: dict[int, tuple[int, int]]) -> None:
    rng = town.rng
    number = town.key("item", 100)
    open_to = [tariff for tariff in town.tariffs if tariff[2] in accounts]
    tariff, kind, project, monthly = rng.choice(open_to)
    period = rng.choice((1, 1, 3, 12))
    mine, factor = accounts[project]
    made = _EPOCH + timedelta(days=rng.randrange(600))
    ends = made + timedelta(days=rng.randrange(600, 1500))
    has_system = kind != "vhost"
    town.rows["item"].append((
        number, key, mine, kind, tariff, rng.choice(town.offers[tariff]), period,
        f"{rng.choice(names.FIRST).lower()}{number}.example.com",
        f"203.0.113.{rng.randrange(1, 255)}" if has_system else "", f"u{number}", "", "",
        "debian-12-amd64" if has_system else "", "", rng.choice(("null", str(period))), "",
        rng.choice(("2", "2", "2", "2", "3")), None, None, str(made), str(ends),
        monthly * period * factor // 100, 0,
    ))  # fmt: skip
    town.rows["item_addon"] += [(number, addon, base) for addon, base in town.addons[tariff]]


def _payment(town: _ClientSeeder, key: int, subaccount: int) -> None:
    rng = town.rng
    number = town.key("payment", 1)
    services = town.rows["item"]
    latest = services[-1][0] if services and services[-1][1] == key else None
    paid = rng.random() < 0.8  # noqa: PLR2004 - a share
    day = _EPOCH + timedelta(days=rng.randrange(700))
    town.rows["payment"].append((
        number, key, subaccount, latest if paid else None, f"P/{number}", f"{day} 10:00:00",
        str(day) if paid else "", "", "", "Top-up", rng.randrange(1, 400) * 100, 0,
        "4" if paid else "1", rng.choice(town.paymethod), "off", "", "",
    ))  # fmt: skip
