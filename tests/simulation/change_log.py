"""What every request changed, row by row: kept by triggers of the panel's own database.

The audit says who asked what; this adds what came of it. It lies in the database, so a panel that
is served by another process, or copied, is witnessed as well.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.oracle import reading
from reconciler.sandbox.schema import connect

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from reconciler.sandbox import Sandbox

Row = dict[str, Any]
# Each table with the columns that tell its rows apart.
TABLES = {
    **dict.fromkeys(("account", "subaccount", "discount", "taxrule", "currencyrate"), ("id",)),
    **dict.fromkeys(("item", "basket", "ledger"), ("id",)),
    "item_addon": ("item", "addon"),
    "member": ("account", "accountgroup"),
}
Key = tuple[Any, ...]
# The request that is being worked off will be the next of the audit.
_REQUEST = "SELECT ifnull(max(number), 0) + 1 FROM audit"


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that was made (no ``old``), changed, or removed (no ``new``) by a request."""

    number: int
    asked: int
    table: str
    old: Row | None
    new: Row | None

    @property
    def key(self) -> Key:
        """What tells the row from others of its table, until it is removed."""
        row = self.new if self.old is None else self.old
        return tuple((row or {})[name] for name in TABLES[self.table])


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the audit, as far as it is judged; ``actor`` is who signed in."""

    number: int
    actor: str
    func: str
    params: dict[str, str]


def install(path: str | Path) -> None:
    """Begin to witness a database, which must hold its tables already."""
    with closing(connect(str(path))) as db:
        db.execute(
            "CREATE TABLE IF NOT EXISTS witness (number INTEGER PRIMARY KEY, asked INT,"
            " tab TEXT, old TEXT, new TEXT)"
        )
        for table in TABLES:
            names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            sides = {s: ", ".join(f"'{n}', {s}.{n}" for n in names) for s in ("old", "new")}
            for action, old, new in (("INSERT", 0, 1), ("UPDATE", 1, 1), ("DELETE", 1, 0)):
                before = f"json_object({sides['old']})" if old else "NULL"
                after = f"json_object({sides['new']})" if new else "NULL"
                values = f"({_REQUEST}), '{table}', {before}, {after}"
                keep = f"INSERT INTO witness (asked, tab, old, new) VALUES ({values})"  # noqa: S608 - ours
                when = f"seen_{table}_{action} AFTER {action} ON {table}"
                db.execute(f"CREATE TRIGGER IF NOT EXISTS {when} BEGIN {keep}; END")


def rows(panel: Sandbox | str | Path) -> dict[str, dict[Key, Row]]:
    """Return every witnessed row as it stands."""
    with reading(panel) as db:
        return {
            table: {tuple(row[name] for name in keys): row for row in _all(db, table)}
            for table, keys in TABLES.items()
        }


def seen_since(panel: Sandbox | str | Path, number: int) -> list[RowChange]:
    """Return what was changed after the change with a number, in order."""
    query = "SELECT number, asked, tab, old, new FROM witness WHERE number > ? ORDER BY number"
    with reading(panel) as db:
        return [
            RowChange(number, asked, table, json.loads(old or "null"), json.loads(new or "null"))
            for number, asked, table, old, new in db.execute(query, (number,))
        ]


def asked_since(panel: Sandbox | str | Path, number: int) -> list[Request]:
    """Return the requests after the one with a number, in order."""
    query = "SELECT number, actor, func, params FROM audit WHERE number > ? ORDER BY number"
    with reading(panel) as db:
        return [
            Request(number, actor, func, json.loads(params))
            for number, actor, func, params in db.execute(query, (number,))
        ]


def count_asked(panel: Sandbox | str | Path) -> int:
    """Return the number of the last request."""
    with reading(panel) as db:
        return int(db.execute("SELECT ifnull(max(number), 0) FROM audit").fetchone()[0])


def query_panel(panel: Sandbox | str | Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the panel's own tables."""
    with reading(panel) as db:
        return db.execute(query, values).fetchall()


def _all(db: sqlite3.Connection, table: str) -> list[Row]:
    cursor = db.execute(f"SELECT * FROM {table}")  # noqa: S608 - names of ours
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
