"""What an installation makes of an answer before any format is chosen.

Invariants: nothing here changes what the panel holds; rows, fields and options are hidden, numbers
and labels are written otherwise, and what is described in the metadata stays described.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.sandbox.install import Money
from reconciler.sandbox.number import spelled
from reconciler.sandbox.reply import ConfirmationReply, FormReply, ListReply, Table

if TYPE_CHECKING:
    import sqlite3

    from reconciler.sandbox.install import Install
    from reconciler.sandbox.reply import ColumnHead, Pairs, Reply

# Columns and fields that hold an amount or a rate, and the one that has it in its name.
_NUMBERS = frozenset({
    *("amount", "amount_iso", "balance", "cost", "creditlimit", "discountamount", "item_cost"),
    *("notpayd", "paymethodamount_iso", "percentage", "price", "rate", "subaccountamount"),
    *("subaccountamount_iso", "taxamount", "taxrate", "usedamount"),
})  # fmt: skip
_NAMED = frozenset({("account.discount", "name")})
_LETTERS = 2


def vary_install(db: sqlite3.Connection, func: str, answer: Reply, install: Install) -> Reply:
    """Return an answer as the installation words it."""
    match answer:
        case ListReply():
            return _listed(func, answer, install)
        case FormReply():
            return _shown(db, answer, install)
        case ConfirmationReply() if answer.before is not None:
            return replace(answer, before=_shown(db, answer.before, install))
        case _:
            return answer


def _listed(func: str, listed: ListReply, install: Install) -> ListReply:
    if func in install.hidden_lists:
        listed = replace(listed, rows=[], total=0)
    hidden = frozenset(install.hidden_columns.get(func, ()))
    marked = frozenset(name for name in _NUMBERS if name not in hidden) | {
        name for place, name in _NAMED if place == func
    }
    cells, rows = _rows(listed.cells, listed.rows, hidden=hidden, marked=marked, install=install)
    return replace(listed, cells=cells, rows=rows, totalled=install.empty_total == "shown")


def _rows(
    cells: tuple[ColumnHead, ...],
    rows: list[tuple[str, ...]],
    *,
    hidden: frozenset[str],
    marked: frozenset[str],
    install: Install,
) -> tuple[tuple[ColumnHead, ...], list[tuple[str, ...]]]:
    if install.money == Money():
        marked = frozenset()
    if not hidden and not marked:
        return cells, rows
    # Each cell takes the texts of its attributes from the row, then its own.
    kept: list[tuple[int, bool]] = []
    at = 0
    for cell in cells:
        own = at + len(cell.attrs)
        if cell.name not in hidden:
            kept += [*((place, False) for place in range(at, own)), (own, cell.name in marked)]
        at = own + 1
    made = [
        tuple(spelled(row[n], install.money) if counts else row[n] for n, counts in kept)
        for row in rows
    ]
    return tuple(cell for cell in cells if cell.name not in hidden), made


def _shown(db: sqlite3.Connection, shown: FormReply, install: Install) -> FormReply:
    values = shown.values
    if install.money.forms:
        values = tuple(
            (name, spelled(text, install.money) if name in _NUMBERS else text)
            for name, text in values
        )
    if install.empty_fields == "absent":
        values = tuple((name, text) for name, text in values if text)
    images: tuple[tuple[str, Pairs], ...] = ()
    if install.country_flags and any(name == "country" for name, _ in shown.choices):
        images = (("country", _flags(db)),)
    return replace(
        shown,
        values=values,
        choices=tuple((name, _labels(keys, install)) for name, keys in shown.choices),
        tables=tuple(_table(each, install) for each in shown.tables),
        images=images,
    )


def _table(table: Table, install: Install) -> Table:
    none: frozenset[str] = frozenset()
    cells, rows = _rows(table.cells, table.rows, hidden=none, marked=_NUMBERS, install=install)
    return replace(table, cells=cells, rows=rows)


def _flags(db: sqlite3.Connection) -> Pairs:
    rows = db.execute("SELECT id || '', iso FROM country").fetchall()
    return tuple(
        (key, f"/manimg/common/flag/{iso}.png")
        for key, iso in rows
        if len(iso) == _LETTERS and iso.isascii() and iso.isupper()
    )


def _labels(keys: Pairs, install: Install) -> Pairs:
    match install.labels:
        case "missing":
            return tuple((key, "") for key, _ in keys)
        case "doubled" if len(keys) > 1:
            (first, _), (_, text) = keys[:2]
            return ((first, text), *keys[1:])
        case _:
            return keys
