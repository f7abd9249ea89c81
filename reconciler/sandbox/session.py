"""Who asks: passwords, sessions, single-use keys, and acting as another user.

Invariants: an ended session looks exactly like a missing right; a session lives one hour from its
last use; a key lets in once; a session that waits for a second factor does nothing else.
Doubt: that ``auth`` takes ``authinfo`` in place of name and password, as one client sends it; what
``auth`` answers while a second factor is pending (here as ever, and the next call names the form).
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.sandbox.call import ADMIN, SUPER, Actor, Call
from reconciler.sandbox.reply import ConfirmationReply, FormReply, Input, Node, PanelError, RawReply
from reconciler.sandbox.seeding.install import digest
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.sandbox.reply import Pairs

LOCAL = Actor(0, "root@local", SUPER, None, None, "en", "Local superuser")
_LIFE = timedelta(hours=1)
_SHORTEST_KEY = 16
VERSION, CORE = "6.100.0-2026.01.15_10:00", "5.400.0-2026.01.10_09:00"
PICTURE = "/manimg/userdata/img/customer.png"
CONFIRMATION = "totp.confirm"
_CODE_LENGTH = 6
_WRONG_CODE = "000000"
_COLUMNS = "SELECT id, login, level, account, project, lang, realname FROM user WHERE"


def identify(db: sqlite3.Connection, given: Mapping[str, str], now: datetime) -> Actor | None:
    """Find who stands behind a request; nobody when it carries no living session.

    Raises: PanelError when ``authinfo`` names a wrong password.
    """
    if "authinfo" in given:
        return _by_authinfo(db, given["authinfo"])
    if "auth" not in given:
        return None
    row = db.execute("SELECT user, used FROM session WHERE id = ?", (given["auth"],)).fetchone()
    if row is None or row[1] < _stamp(now - _LIFE):
        return None
    db.execute("UPDATE session SET used = ? WHERE id = ?", (_stamp(now), given["auth"]))
    return _one(db, "id = ?", row[0])


def become(db: sqlite3.Connection, real: Actor, name: str) -> Actor:
    """Switch an administrator to another user, named by login, client's email or number."""
    if real.level < ADMIN:
        raise PanelError("access", "su")
    found = _one(db, "login = ?", name)
    if found is None and name.isdecimal() and name.isascii():
        found = _one(db, "id = ?", int(name))
    if found is None:
        raise PanelError("missed", "user", name)
    if found.level > real.level:
        raise PanelError("access", "su")
    return found


def sign_in(
    db: sqlite3.Connection, given: Mapping[str, str], now: datetime, *, second: bool
) -> RawReply:
    """Open a session for a password or a key; ``second``: a password alone is not enough.

    Source: ``auth``.
    """
    name = given.get("username", "")
    if "key" in given:
        return _open(db, _by_key(db, name, given["key"]), now)
    if not name and "authinfo" in given:
        actor = _by_authinfo(db, given["authinfo"])
    else:
        actor = _login(db, name, given.get("password", ""))
    return _open(db, actor, now, pending=second)


def is_pending(db: sqlite3.Connection, session: str) -> bool:
    """Return whether a session waits for its second factor."""
    row = db.execute("SELECT pending FROM session WHERE id = ?", (session,)).fetchone()
    return row is not None and bool(row[0])


def confirm(call: Call) -> FormReply | RawReply:
    """Take the code of the second factor, and open a session that is not pending.

    Source: ``totp.confirm``.
    Doubt: that the earlier session ends; every code of six digits but one is right here.
    """
    code = call.given.get("qrcode", "")
    if not call.confirmed:
        return FormReply(
            (Input("qrcode", label(call.func, "qrcode", call.lang)),), (("qrcode", ""),)
        )
    digits = code.isdecimal() and code.isascii() and len(code) == _CODE_LENGTH
    if not digits or code == _WRONG_CODE:
        raise PanelError("value", "qrcode", code)
    call.db.execute("DELETE FROM session WHERE id = ?", (call.given.get("auth", ""),))
    return _open(call.db, call.real, call.now)


def new_key(call: Call) -> ConfirmationReply:
    """Store a single-use key for a user.

    Source: ``session.newkey``.
    """
    key = call.given.get("key", "")
    if len(key) < _SHORTEST_KEY:
        raise PanelError("value", "key")
    user = become(call.db, call.real, call.given.get("username", ""))
    call.db.execute("INSERT OR REPLACE INTO newkey VALUES (?, ?)", (user.user, digest(key)))
    return ConfirmationReply()


def end(call: Call) -> ConfirmationReply:
    """End a session; one that is not there is ended as well.

    Source: ``session.delete``.
    """
    own = call.real.user if call.real.level < ADMIN else None
    call.db.execute("DELETE FROM session WHERE id = ? AND user = ifnull(?, user)", (call.elid, own))
    return ConfirmationReply()


def whoami(call: Call) -> RawReply:
    """Return the user, the level and the path of users that leads to that user.

    Source: ``whoami``.
    """
    actor = call.actor
    path = [Node("path", str(call.real.user), _step(call.real))]
    if actor.user != call.real.user:
        path.append(Node("path", str(actor.user), _step(actor)))
    manager = Node("mgr", "billmgr", (("version", VERSION), ("dist", "3")))
    parts = tuple(
        Node(name, text, (("type", "release"),))
        for name, text in (("billmgr", VERSION), ("core", CORE))
    )
    version = Node("version", attrs=(("mgr", "billmgr"),), kids=parts)
    picture = Node("default_avatar", PICTURE)
    return RawReply((Node("user", attrs=_about(call)), *path, manager, version, picture))


def _step(actor: Actor) -> Pairs:
    return (("name", actor.login), ("level", str(actor.level)))


def _about(call: Call) -> Pairs:
    actor = call.actor
    money = _money(call, actor.account)
    flag = {True: "on", False: "off"}
    rights = call.settings
    return (
        ("realname", actor.realname),
        ("level", str(actor.level)),
        ("hostname", ""),
        ("lang", call.lang),
        ("name", actor.login),
        ("id", str(actor.user)),
        *money[:2],
        ("email_verified", "off"),
        ("phone", ""),
        ("avatar", ""),
        ("avatar_src", PICTURE),
        ("timezone", ""),
        ("need_email_validate", "false"),
        ("need_phone_validate", "false"),
        *money[2:],
        ("allowsuspenditem", flag[rights.allow_suspend_item]),
        ("allowdeleteitem", flag[rights.allow_delete_item]),
        ("ignoreitemmax", "off"),
        ("ignoreabuserate", "off"),
    )


def _money(call: Call, account: int | None) -> Pairs:
    """Return the balance of the client whom a user works for; nothing for an administrator."""
    row = call.db.execute(
        "SELECT a.email, a.registration_date, s.balance, c.iso, c.id FROM account a"
        " LEFT JOIN subaccount s ON s.account = a.id LEFT JOIN currency c ON c.id = s.currency"
        " WHERE a.id = ? ORDER BY s.id LIMIT 1",
        (account,),
    ).fetchone()
    if row is None:
        return ()
    email, since, balance, iso, currency = row
    return (
        ("account", str(account)),
        ("email", email),
        ("account_regdate", since),
        ("balance", f"{(balance or 0) / 100:.2f}"),
        ("currency", iso or ""),
        ("currency_id", str(currency or "")),
    )


def _open(
    db: sqlite3.Connection, actor: Actor, now: datetime, *, pending: bool = False
) -> RawReply:
    session = secrets.token_hex(12)
    row = (session, actor.user, _stamp(now), int(pending))
    db.execute("INSERT INTO session VALUES (?, ?, ?, ?)", row)
    return RawReply((Node("auth", session, (("id", session), ("level", str(actor.level)))),))


def _by_authinfo(db: sqlite3.Connection, text: str) -> Actor:
    login, _, password = text.partition(":")
    return _login(db, login, password)


def _login(db: sqlite3.Connection, name: str, password: str) -> Actor:
    row = db.execute("SELECT login, digest FROM user WHERE login = ?", (name,)).fetchone()
    if row is None or row[1] != digest(password):
        raise PanelError("auth", "badpassword")
    actor = _one(db, "login = ?", name)
    assert actor is not None  # noqa: S101 - read just above
    return actor


def _by_key(db: sqlite3.Connection, name: str, key: str) -> Actor:
    actor = _one(db, "login = ?", name)
    wanted = (actor.user if actor else 0, digest(key))
    used = db.execute("DELETE FROM newkey WHERE user = ? AND secret = ?", wanted)
    if actor is None or not used.rowcount:
        raise PanelError("auth", "badpassword")
    return actor


def _one(db: sqlite3.Connection, condition: str, value: object) -> Actor | None:
    row = db.execute(f"{_COLUMNS} {condition}", (value,)).fetchone()
    return Actor(*row) if row else None


def _stamp(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="microseconds")
