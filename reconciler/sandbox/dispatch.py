"""From a request to its answer: rights, the transaction, and the record of what was asked.

Invariants: one request is one transaction; a refused one changes nothing but the record; every
request is recorded, with password-like values masked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.sandbox import session
from reconciler.sandbox.call import Actor, Call
from reconciler.sandbox.functions.registry import FUNCTIONS
from reconciler.sandbox.functions.service import plain_name
from reconciler.sandbox.functions.transitions import settle
from reconciler.sandbox.install_variant import vary_install
from reconciler.sandbox.reply import (
    ConfirmationReply,
    ErrorReply,
    ListReply,
    NotFoundError,
    PanelError,
    Reply,
    ReplyHeader,
)
from reconciler.sandbox.reply_variant import vary_reply
from reconciler.sandbox.texts import LANGS, failure, gone

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.sandbox.call import Request, Settings

_HIDDEN = {
    *("password", "passwd", "confirm", "userpassword", "key", "auth", "authinfo", "qrcode"),
}
_FEATURES = "0c1f4a7e5b2d4c6f9a8e7b6d5c4f3a2b"


@dataclass(slots=True)
class _Caller:
    """What is known of the one who asks, as far as the request came."""

    real: Actor | None = None
    actor: Actor | None = None
    lang: str = "en"


def answer(
    db: sqlite3.Connection, request: Request, *, now: datetime, settings: Settings, local: bool
) -> tuple[Reply, ReplyHeader]:
    """Answer one request; ``local`` ones need no sign-in, as on the server's own command line."""
    db.execute("BEGIN IMMEDIATE")
    try:
        settle(db, now)
        asked = _Caller(lang=_spoken(request.given, ""))
        reply, wrote = _attempt(db, request, asked, now=now, settings=settings, local=local)
        _record(db, request, asked, now=now, reply=reply, wrote=wrote)
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
    head = ReplyHeader(
        request.func,
        asked.lang,
        request.host,
        request.echo,
        features=_FEATURES,
        lone=settings.single_row,
        wrapped_ids=settings.bjson_ids == "object",
    )
    return vary_reply(reply, request.func, settings), head


def _attempt(
    db: sqlite3.Connection,
    request: Request,
    asked: _Caller,
    *,
    now: datetime,
    settings: Settings,
    local: bool,
) -> tuple[Reply, bool]:
    try:
        if request.func == "auth":
            second = settings.second_factor
            return session.sign_in(db, request.given, now, second=second), False
        real = _asking(db, request, now, local=local)
        actor = _admit(db, request, asked, real)
        if request.func != session.CONFIRMATION and session.is_pending(db, _session_of(request)):
            return ConfirmationReply(ok=f"func={session.CONFIRMATION}"), False
        call = Call(
            db=db,
            now=now,
            func=request.func,
            given=request.given,
            blank=request.blank,
            lang=asked.lang,
            actor=actor,
            real=asked.real or actor,
            settings=settings,
        )
        return _perform(call)
    except PanelError as error:
        who = asked.actor
        stack = ((who.login, str(who.level), request.func),) if who else ()
        if isinstance(error, NotFoundError):
            return gone(error, settings.deleted_form, asked.lang, stack), False
        return failure(error, asked.lang, stack), False


def _asking(
    db: sqlite3.Connection, request: Request, now: datetime, *, local: bool
) -> Actor | None:
    # The local command line is root's unless it names a session, whose user it then is.
    if local and "auth" not in request.given:
        return session.LOCAL
    return session.identify(db, {**request.given, "auth": _session_of(request)}, now)


def _session_of(request: Request) -> str:
    if "authinfo" in request.given:
        return ""
    return request.given.get("auth", request.cookie)


def _admit(db: sqlite3.Connection, request: Request, asked: _Caller, real: Actor | None) -> Actor:
    if real is None:
        raise PanelError("access", request.func)
    asked.real = asked.actor = real
    if "su" in request.given:
        asked.actor = session.become(db, real, request.given["su"])
    asked.lang = _spoken(request.given, asked.actor.lang)
    return asked.actor


def _perform(call: Call) -> tuple[Reply, bool]:
    # The session's last use was kept before this point: a refusal prolongs it as well.
    call.db.execute("SAVEPOINT attempt")
    start = call.db.total_changes
    try:
        reply = _run(call)
    except PanelError:
        call.db.execute("ROLLBACK TO attempt")
        raise
    return reply, call.db.total_changes > start


def _run(call: Call) -> Reply:
    entry = FUNCTIONS.get(plain_name(call.func, call.settings))
    if entry is None or not entry.there(call.settings):
        raise PanelError("missed", "func", call.func)
    level = call.settings.levels.get(call.func, entry.level)
    if call.actor.level < level or (entry.client_only and call.actor.account is None):
        raise PanelError("access", call.func)
    return vary_install(call.db, call.func, entry.run(call), call.settings)


def _spoken(given: Mapping[str, str], own: str) -> str:
    wanted = given.get("lang", own)
    return wanted if wanted in LANGS else LANGS[0]


def _record(
    db: sqlite3.Connection,
    request: Request,
    asked: _Caller,
    *,
    now: datetime,
    reply: Reply,
    wrote: bool,
) -> None:
    seen = {n: "***" if n in _HIDDEN else v for n, v in request.echo if n != "func"}
    who = asked.real.login if asked.real else ""
    acting = asked.actor.login if asked.actor and asked.actor is not asked.real else ""
    stamp = now.isoformat(sep=" ", timespec="microseconds")
    text = json.dumps(seen, ensure_ascii=False)
    db.execute(
        "INSERT INTO audit (at, actor, su, func, params, wrote, result)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (stamp, who, acting, request.func, text, int(wrote), _result(reply)),
    )


def _result(reply: Reply) -> str:
    match reply:
        case ErrorReply():
            return f"error {reply.sort}" if reply.sort else "error"
        case ConfirmationReply():
            return "ok"
        case ListReply():
            return "list"
        case _:
            return "form"
