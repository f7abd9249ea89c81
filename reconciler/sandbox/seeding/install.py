"""The default install: what a panel holds before its first client.

Invariants: the same seed gives the same rows; the ids of countries, currencies, providers,
tariffs and the codes of discounts differ from seed to seed, so that no client can know them.
"""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

from reconciler.sandbox.seeding import names

if TYPE_CHECKING:
    import sqlite3

ADMIN = "admin"
PASSPHRASE = "sandbox"
PROJECTS = ("Main provider", "Reseller provider")
PERIODS = (
    ("-100", "Trial", "Пробный"),
    ("-50", "Daily", "Посуточно"),
    ("0", "One-off", "Бессрочно"),
    ("1", "1 month", "1 месяц"),
    ("3", "3 months", "3 месяца"),
    ("6", "6 months", "6 месяцев"),
    ("12", "1 year", "1 год"),
    ("24", "2 years", "2 года"),
    ("36", "3 years", "3 года"),
)
# What a price is for, in a word.
TERMS = (
    ("-100", "Trial", "Пробный"),
    ("-50", "Day", "День"),
    ("0", "Once", "Разово"),
    ("1", "Month", "Месяц"),
    ("3", "Quarter", "Квартал"),
    ("6", "Half a year", "Полгода"),
    ("12", "Year", "Год"),
    ("24", "Two years", "Два года"),
    ("36", "Three years", "Три года"),
)
# The words of an add-on that is a check box.
BOX = '["off", "on"]'
# Tariff, product, provider, cents a month, further periods, add-ons (name, low, high, base, cents);
# one that begins with a word is a check box.
TARIFFS = (
    ("Web Start", "vhost", 0, 300, (-100,), (("Disk space, GB", 5, 100, 5, 20),)),
    ("Web Pro", "vhost", 0, 900, (), (("Disk space, GB", 20, 200, 20, 15),)),
    ("Web Partner", "vhost", 1, 450, (), (("Disk space, GB", 10, 100, 10, 20),)),
    (
        "Cloud S",
        "vds",
        0,
        500,
        (-50,),
        (("Memory, GB", 1, 16, 1, 150), ("Addresses", 1, 8, 1, 200)),
    ),
    ("Cloud M", "vds", 0, 1240, (), (("Memory, GB", 4, 32, 4, 150), ("Addresses", 1, 8, 1, 200))),
    ("Cloud L", "vds", 1, 2990, (), (("Memory, GB", 8, 64, 8, 150), ("Addresses", 1, 8, 1, 200))),
    ("Server E3", "dedic", 0, 5900, (), (("Addresses", 1, 32, 1, 200),)),
    (
        "Server EPYC",
        "dedic",
        0,
        18900,
        (0,),
        (("Addresses", 1, 32, 1, 200), ("Backup", 0, 1, "off", 900)),
    ),
)
# Licence, cents a month, whether it can be tried.
LICENCES = (("Panel Lite", 490, True), ("Panel Host", 1290, False))
ITEMTYPES = (
    ("vhost", "Shared hosting", "Виртуальный хостинг"),
    ("vds", "VPS", "Виртуальный сервер"),
    ("dedic", "Dedicated server", "Выделенный сервер"),
    ("domain", "Domain name", "Доменное имя"),
    ("certificate", "SSL certificate", "SSL-сертификат"),
)
_FIXED = {
    "client_lang": (("en", "English", "Английский"), ("ru", "Russian", "Русский")),
    "period": PERIODS,
    "term": TERMS,
    "autoprolong": tuple(each for each in PERIODS if int(each[0]) > 0),
    "ostempl": (
        ("debian-12-amd64", "Debian 12", "Debian 12"),
        ("ubuntu-24.04-amd64", "Ubuntu 24.04", "Ubuntu 24.04"),
        ("alma-9-amd64", "AlmaLinux 9", "AlmaLinux 9"),
    ),
    "recipe": (("lamp", "Web server", "Веб-сервер"), ("docker", "Containers", "Контейнеры")),
    "item_status": (
        ("0", "In the cart", "В корзине"),
        ("1", "Ordered", "Заказан"),
        ("2", "Active", "Активен"),
        ("3", "Suspended", "Остановлен"),
        ("4", "Deleted", "Удалён"),
        ("5", "Processing", "Обрабатывается"),
        ("5_open", "Being opened", "Открывается"),
        ("5_close", "Being closed", "Закрывается"),
        ("5_reinstall", "Being reinstalled", "Переустанавливается"),
    ),
    "payment_status": (
        ("1", "New", "Новый"),
        ("2", "Being paid", "Оплачивается"),
        ("4", "Paid", "Зачислен"),
        ("9", "Cancelled", "Отменён"),
    ),
    "switch": (("on", "Enabled", "Включено"), ("off", "Disabled", "Выключено")),
    "account_status": (("active", "Active", "Активен"),),
    "subaccount_status": (
        ("active", "Active", "Активен"),
        ("suspended", "Suspended", "Остановлен"),
    ),
    "month": names.MONTHS,
    "month_short": names.SHORT_MONTHS,
    "date": (("year", "", " г."),),
    "taxrule_type": (("special", "Personal rule", "Личное правило"),),
}
_DRAWN = {
    "discount_type": (
        ("Percentage discount", "Процентная скидка"),
        ("Promotion discount", "Скидка по акции"),
    ),
    "discount_action": (
        ("Order", "Заказ"),
        ("Renewal", "Продление"),
        ("Order and renewal", "Заказ и продление"),
    ),
    "attitude": (("Regular", "Обычный"), ("Important", "Важный"), ("Difficult", "Сложный")),
    "operation": (("Order", "Заказ"), ("Renewal", "Продление"), ("Other", "Другое")),
}


def digest(password: str) -> str:
    """Make what is stored in place of a password."""
    return hashlib.sha256(password.encode()).hexdigest()


def fill(db: sqlite3.Connection, seed: int) -> None:
    """Write the default install into empty tables."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable install, not a secret
    db.execute("INSERT INTO meta VALUES ('seed', ?)", (str(seed),))
    _choices(db, rng)
    _geography(db, rng)
    projects = _draw(rng, len(PROJECTS), 1, 40)
    rows = [(key, name, "on") for key, name in zip(projects, PROJECTS, strict=True)]
    db.executemany("INSERT INTO project VALUES (?, ?, ?)", rows)
    _tariffs(db, rng, projects)
    _people(db, rng, projects)
    _licences(db, random.Random(seed * 31 + 7), projects[0])  # noqa: S311 - repeatable as well


def _draw(rng: random.Random, count: int, low: int, high: int) -> list[int]:
    return rng.sample(range(low, high), count)


def _choices(db: sqlite3.Connection, rng: random.Random) -> None:
    rows = [
        (name, key, text, russian, place)
        for name, keys in _FIXED.items()
        for place, (key, text, russian) in enumerate(keys)
    ]
    for name, labels in _DRAWN.items():
        keys = _draw(rng, len(labels), 1, 30)
        rows += [
            (name, str(key), text, russian, place)
            for place, (key, (text, russian)) in enumerate(zip(keys, labels, strict=True))
        ]
    db.executemany("INSERT INTO choice VALUES (?, ?, ?, ?, ?)", rows)


def _geography(db: sqlite3.Connection, rng: random.Random) -> None:
    keys = sorted(_draw(rng, len(names.COUNTRIES), 10, 250))
    rows = [(key, *each) for key, each in zip(keys, names.COUNTRIES, strict=True)]
    db.executemany("INSERT INTO country VALUES (?, ?, ?, ?)", rows)
    place = {row[1]: row[0] for row in rows}
    states = zip(_draw(rng, len(names.STATES), 300, 900), names.STATES, strict=True)
    db.executemany(
        "INSERT INTO state VALUES (?, ?, ?)",
        [(key, place[iso], name) for key, (iso, name) in states],
    )
    currencies = zip(_draw(rng, len(names.CURRENCIES), 50, 180), names.CURRENCIES, strict=True)
    db.executemany(
        "INSERT INTO currency VALUES (?, ?, ?, ?, ?)", [(key, *each) for key, each in currencies]
    )


def _tariffs(db: sqlite3.Connection, rng: random.Random, projects: list[int]) -> None:
    types = zip(_draw(rng, len(ITEMTYPES), 3, 60), ITEMTYPES, strict=True)
    db.executemany(
        "INSERT INTO itemtype VALUES (?, ?, ?, ?)", [(key, *each) for key, each in types]
    )
    centers = _draw(rng, 3, 1, 20)
    rows = list(zip(centers, ("Frankfurt", "Helsinki", "Moscow"), strict=True))
    db.executemany("INSERT INTO datacenter VALUES (?, ?)", rows)
    keys = sorted(_draw(rng, len(TARIFFS), 2, 90))
    addons = iter(sorted(_draw(rng, 20, 5, 400)))
    for key, (name, kind, project, monthly, further, extras) in zip(keys, TARIFFS, strict=True):
        row = (key, kind, projects[project], name, name.replace(" ", "_").lower(), "on")
        db.execute("INSERT INTO pricelist VALUES (?, ?, ?, ?, ?, ?)", row)
        prices = [(key, months, monthly * months) for months in (1, 3, 6, 12, 24, 36)]
        prices += [(key, p, {-100: 0, -50: monthly // 25, 0: monthly * 60}[p]) for p in further]
        db.executemany("INSERT INTO price VALUES (?, ?, ?)", prices)
        db.executemany("INSERT INTO offer VALUES (?, ?)", [(key, each) for each in centers[:2]])
        bits = [
            (next(addons), key, *extra, BOX if isinstance(extra[3], str) else None)
            for extra in extras
        ]
        db.executemany("INSERT INTO addon VALUES (?, ?, ?, ?, ?, ?, ?, ?)", bits)


def _licences(db: sqlite3.Connection, rng: random.Random, project: int) -> None:
    """Sell licences as well, drawn after all else so that nothing else changes its id."""
    kind = (rng.randrange(60, 90), "soft", "Licence", "Лицензия")
    db.execute("INSERT INTO itemtype VALUES (?, ?, ?, ?)", kind)
    keys = sorted(_draw(rng, len(LICENCES), 90, 140))
    for key, (name, monthly, trial) in zip(keys, LICENCES, strict=True):
        row = (key, "soft", project, name, name.replace(" ", "_").lower(), "on")
        db.execute("INSERT INTO pricelist VALUES (?, ?, ?, ?, ?, ?)", row)
        prices = [(key, months, monthly * months) for months in (1, 3, 12)]
        prices += [(key, -100, 0)] if trial else []
        db.executemany("INSERT INTO price VALUES (?, ?, ?)", prices)
        nodes = (400 + key, key, "Nodes in the cluster", 1, 50, 1, 100, None)
        db.execute("INSERT INTO addon VALUES (?, ?, ?, ?, ?, ?, ?, ?)", nodes)


def _people(db: sqlite3.Connection, rng: random.Random, projects: list[int]) -> None:
    staff = zip(sorted(_draw(rng, len(names.STAFF), 2, 50)), names.STAFF, strict=True)
    rows = [(k, n, f"{n.split()[0].lower()}@staff.example.com") for k, n in staff]
    db.executemany("INSERT INTO employee VALUES (?, ?, ?)", rows)
    groups = zip(_draw(rng, 3, 1, 40), ("Partners", "Agencies", "Slow payers"), strict=True)
    db.executemany("INSERT INTO accountgroup VALUES (?, ?)", list(groups))
    base = db.execute("SELECT id FROM currency WHERE iso = 'EUR'").fetchone()[0]
    methods = zip(
        _draw(rng, 2, 1, 30), (("Card", "pmcard"), ("Bank transfer", "pmbank")), strict=True
    )
    db.executemany(
        "INSERT INTO paymethod VALUES (?, ?, ?, ?)", [(k, n, m, base) for k, (n, m) in methods]
    )
    users = (
        (1, ADMIN, 29, None, "Panel administrator"),
        (2, "root", 30, None, "Superuser"),
        (3, "reseller", 29, projects[1], "Reseller staff"),
    )
    db.executemany(
        "INSERT INTO user VALUES (?, ?, ?, ?, NULL, ?, 'ru', ?)",
        [(k, n, digest(PASSPHRASE), level, only, real) for k, n, level, only, real in users],
    )
