"""What fills a database: the default install and a population of invented clients.

Here may live rows and the words for them. No request handling, no formats.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

from reconciler.sandbox import schema
from reconciler.sandbox.install import Install
from reconciler.sandbox.seeding import clients as population, install

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_INSTALL = "SELECT value FROM meta WHERE key = 'install'"


def seed(path: str | Path, *, clients: int, seed: int = 1) -> None:
    """Write a whole install anew; the same arguments give the same content."""
    with closing(schema.connect(os.fspath(path))) as db:
        _build(db, clients=clients, number=seed)


def reset(path: str | Path) -> None:
    """Empty a database of its clients; it stays the installation that it is."""
    with closing(schema.connect(os.fspath(path))) as db:
        row = None if schema.is_empty(db) else db.execute(_INSTALL).fetchone()
        _build(db, clients=0, number=1)
        if row is not None:
            db.execute("INSERT INTO meta VALUES ('install', ?)", row)


def ensure(db: sqlite3.Connection) -> None:
    """Store the default install in an empty database; of two callers at once, one does."""
    if not schema.is_empty(db):
        return
    db.execute("BEGIN IMMEDIATE")
    if schema.is_empty(db):
        _write(db, clients=0, number=1)
    db.execute("COMMIT")


def kept_install(db: sqlite3.Connection) -> Install:
    """Return the installation that is kept with a database."""
    row = db.execute(_INSTALL).fetchone()
    if row is None:
        return Install()
    from reconciler.sandbox.install_file import parse_kept

    return parse_kept(row[0])


def _build(db: sqlite3.Connection, *, clients: int, number: int) -> None:
    """Write a whole install in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        _write(db, clients=clients, number=number)
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _write(db: sqlite3.Connection, *, clients: int, number: int) -> None:
    schema.rebuild(db)
    install.fill(db, number)
    population.populate(db, clients, number)
