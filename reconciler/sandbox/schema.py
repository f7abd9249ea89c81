"""The tables of the sandbox, and how a database is opened.

Invariants: money is whole cents; ids of deleted rows may be given out again, as on a panel;
services are never deleted, only closed.
"""

from __future__ import annotations

import sqlite3
import time

Error = sqlite3.Error
_PATIENCE = 30.0
_DDL = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE user (id INTEGER PRIMARY KEY, login TEXT UNIQUE COLLATE NOCASE, digest TEXT,
  level INT, account INT, project INT, lang TEXT, realname TEXT);
CREATE INDEX user_account ON user (account);
CREATE TABLE session (id TEXT PRIMARY KEY, user INT, used TEXT, pending INT) WITHOUT ROWID;
CREATE TABLE newkey (user INTEGER PRIMARY KEY, secret TEXT);
CREATE TABLE sticky (user INT, func TEXT, field TEXT, value TEXT,
  PRIMARY KEY (user, func, field)) WITHOUT ROWID;
CREATE TABLE onlyaccount (user INTEGER PRIMARY KEY, account INT);
CREATE TABLE choice (list TEXT, key TEXT, name TEXT, name_ru TEXT, pos INT,
  PRIMARY KEY (list, key)) WITHOUT ROWID;
CREATE TABLE project (id INTEGER PRIMARY KEY, name TEXT, active TEXT);
CREATE TABLE country (id INTEGER PRIMARY KEY, iso TEXT, name TEXT, name_ru TEXT);
CREATE TABLE state (id INTEGER PRIMARY KEY, country INT, name TEXT);
CREATE INDEX state_country ON state (country);
CREATE TABLE currency (id INTEGER PRIMARY KEY, iso TEXT, name TEXT, name_ru TEXT, factor INT);
CREATE TABLE itemtype (id INTEGER PRIMARY KEY, intname TEXT, name TEXT, name_ru TEXT);
CREATE TABLE pricelist (id INTEGER PRIMARY KEY, itemtype TEXT, project INT, name TEXT,
  intname TEXT, active TEXT);
CREATE TABLE price (pricelist INT, period INT, cents INT, PRIMARY KEY (pricelist, period))
  WITHOUT ROWID;
CREATE TABLE addon (id INTEGER PRIMARY KEY, pricelist INT, name TEXT, low INT, high INT,
  base, cents INT, words TEXT);
CREATE INDEX addon_pricelist ON addon (pricelist);
CREATE TABLE quote (account INT, item INT, pricelist INT, period INT, cents INT,
  PRIMARY KEY (account, item, pricelist, period)) WITHOUT ROWID;
CREATE TABLE datacenter (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE offer (pricelist INT, datacenter INT, PRIMARY KEY (pricelist, datacenter))
  WITHOUT ROWID;
CREATE TABLE accountgroup (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE employee (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
CREATE TABLE paymethod (id INTEGER PRIMARY KEY, name TEXT, module TEXT, currency INT);
CREATE TABLE account (id INTEGER PRIMARY KEY, email TEXT COLLATE NOCASE, name TEXT,
  realname TEXT, country INT, state INT, try_phone TEXT, valid_phone TEXT, label TEXT, note TEXT,
  client_lang TEXT, employee INT, attitude TEXT, settingurl TEXT, selfview TEXT,
  nocalcstat TEXT, products_page TEXT, registration_date TEXT, registration_ip TEXT);
CREATE UNIQUE INDEX account_email ON account (email);
CREATE TABLE member (account INT, accountgroup INT, PRIMARY KEY (account, accountgroup))
  WITHOUT ROWID;
CREATE TABLE assigned (account INT, project INT, PRIMARY KEY (account, project)) WITHOUT ROWID;
CREATE INDEX assigned_project ON assigned (project, account);
CREATE TABLE subaccount (id INTEGER PRIMARY KEY, account INT, project INT, currency INT,
  balance INT, creditlimit INT, allowpostpaid TEXT, active TEXT, referer TEXT,
  incident_limit TEXT, suspended TEXT);
CREATE INDEX subaccount_account ON subaccount (account);
CREATE TABLE discount (id INTEGER PRIMARY KEY, idname INT UNIQUE, account INT, percentage TEXT,
  type TEXT, actiontype TEXT, period TEXT, priority TEXT, fromdate TEXT, todate TEXT, note TEXT);
CREATE INDEX discount_account ON discount (account);
CREATE TABLE taxrule (id INTEGER PRIMARY KEY, account INT, project INT, taxrate TEXT,
  specialitemtype TEXT, itemtype TEXT);
CREATE INDEX taxrule_account ON taxrule (account);
CREATE TABLE currencyrate (id INTEGER PRIMARY KEY, account INT, currency_base INT,
  currency_relate INT, rate TEXT, amount TEXT, ratedate TEXT);
CREATE INDEX currencyrate_account ON currencyrate (account);
CREATE TABLE item (id INTEGER PRIMARY KEY, account INT, subaccount INT, itemtype TEXT,
  pricelist INT, datacenter INT, period INT, domain TEXT, ip TEXT, username TEXT,
  userpassword TEXT, serverid TEXT, ostempl TEXT, recipe TEXT, autoprolong TEXT, remoteid TEXT,
  status TEXT, due TEXT, due_status TEXT, createdate TEXT, expiredate TEXT, cents INT,
  reinstalls INT DEFAULT 0);
CREATE INDEX item_account ON item (account);
CREATE INDEX item_type ON item (itemtype, id);
CREATE INDEX item_remoteid ON item (remoteid);
CREATE INDEX item_due ON item (due) WHERE due IS NOT NULL;
CREATE TABLE item_addon (item INT, addon INT, value, PRIMARY KEY (item, addon)) WITHOUT ROWID;
CREATE TABLE basket (id INTEGER PRIMARY KEY, account INT, item INT, what TEXT, period INT,
  cents INT, changes TEXT);
CREATE INDEX basket_account ON basket (account);
CREATE TABLE expense (id INTEGER PRIMARY KEY, account INT, subaccount INT, item INT,
  operation TEXT, amount INT, discountamount INT, taxrate TEXT, postpaid TEXT, name TEXT,
  realdate TEXT, cdate TEXT);
CREATE INDEX expense_account ON expense (account);
CREATE TABLE payment (id INTEGER PRIMARY KEY, account INT, subaccount INT, item INT, number TEXT,
  createdate TEXT, paydate TEXT, documentnumber TEXT, documentdate TEXT, description TEXT,
  subaccountamount INT, usedamount INT, status TEXT, paymethod INT, restrictrefund TEXT,
  info TEXT, note TEXT);
CREATE INDEX payment_account ON payment (account);
CREATE TABLE spent (expense INT, payment INT, account INT, amount INT,
  PRIMARY KEY (expense, payment)) WITHOUT ROWID;
CREATE TABLE letter (id INTEGER PRIMARY KEY, at TEXT, account INT, way TEXT, body TEXT);
CREATE TABLE ledger (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT, account INT, item INT,
  cents INT, currency TEXT, what TEXT, remoteid TEXT);
CREATE TABLE audit (number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT, actor TEXT, su TEXT,
  func TEXT, params TEXT, wrote INT, result TEXT);
"""


def connect(path: str) -> sqlite3.Connection:
    """Open a database for the panel: by hand committed, used under the panel's own lock.

    A file may be open in several processes: each waits for the others, and one that is killed
    leaves behind what it had committed and nothing else. Only a failing machine may lose more,
    since nothing is forced to the disk.
    """
    db = sqlite3.connect(
        path,
        timeout=_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    if path != ":memory:":
        _share(db)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA temp_store = MEMORY")
    return db


def _share(db: sqlite3.Connection) -> None:
    # Of several processes that open a new file at once each wants to change its mode, and SQLite
    # refuses all but one without waiting, lest they wait for one another.
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)


def is_empty(db: sqlite3.Connection) -> bool:
    """Return whether the database has no tables yet."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit'").fetchone() is None


def rebuild(db: sqlite3.Connection) -> None:
    """Drop every table and make them anew, empty; run inside the caller's transaction."""
    names = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    for (name,) in names:
        db.execute(f'DROP TABLE "{name}"')
    for statement in _DDL.split(";"):
        if statement.strip():
            db.execute(statement)
    db.execute("DELETE FROM sqlite_sequence")
