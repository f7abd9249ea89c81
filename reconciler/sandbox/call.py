"""One request, before and after it is known who asks.

Invariants: empty parameters are not among the given ones, their names are kept apart because a
text field that is sent empty is cleared; of a parameter sent twice the last counts.
Doubt: both halves of the first invariant on one server; the contract says both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Self

from reconciler.sandbox.install import Install
from reconciler.sandbox.reply import PanelError

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from reconciler.sandbox.reply import Pairs

CLIENT, ADMIN, SUPER = 16, 29, 30
_KEPT = {"\t", "\n", "\r"}


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent."""

    func: str
    given: Mapping[str, str]
    blank: frozenset[str]
    echo: Pairs
    host: str
    cookie: str = ""

    @property
    def out(self) -> str:
        """The wanted format; empty for a browser."""
        return self.given.get("out", "")


@dataclass(frozen=True, slots=True)
class Actor:
    """A user of the panel, with the one client or the one provider that he is cut to."""

    user: int
    login: str
    level: int
    account: int | None
    project: int | None
    lang: str
    realname: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Install):
    """The install that one request meets.

    ``next_id``: the id that the next new object takes, as if that id had just become free.
    """

    next_id: int | None = None

    @classmethod
    def of(cls, install: Install) -> Self:
        """Return the settings of an install."""
        return cls(**{each.name: getattr(install, each.name) for each in fields(Install)})


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a known user against an open database."""

    db: sqlite3.Connection
    now: datetime
    func: str
    given: Mapping[str, str]
    blank: frozenset[str]
    lang: str
    actor: Actor
    real: Actor
    settings: Settings

    @property
    def confirmed(self) -> bool:
        """Whether the request carries a ``sok`` that is not empty."""
        return "sok" in self.given

    @property
    def elid(self) -> str:
        """The id that the request is about; empty when there is none."""
        return self.given.get("elid", "")

    @property
    def elids(self) -> list[int]:
        """The ids of an action; what is no number is nobody's id."""
        return self.ids()

    def ids(self, prefix: str = "") -> list[int]:
        """Return the ids of an action whose keys have a prefix before their number."""
        parts = (part.strip() for part in self.elid.split(","))
        numbers = [part.removeprefix(prefix) for part in parts if part.startswith(prefix)]
        return [int(part) for part in numbers if part.isdecimal() and part.isascii()]

    def keys(self, prefix: str = "") -> list[int | str]:
        """Return the keys of an action: numbers with a prefix, or words."""
        parts = [part.strip() for part in self.elid.split(",")]
        words = [part for part in parts if part and not part.isdecimal()]
        return [*self.ids(prefix), *(words if not prefix else ())]

    @property
    def today(self) -> str:
        """The panel's date."""
        return self.now.strftime("%Y-%m-%d")

    @property
    def moment(self) -> str:
        """The panel's date and time."""
        return self.now.strftime("%Y-%m-%d %H:%M:%S")

    def parent(self, name: str = "plid", table: str = "account") -> int:
        """Return the client that a child call is about, or an object of that client, if visible."""
        text = self.given.get(name, "")
        row = None
        if text.isdecimal() and text.isascii() and len(text) < 19:  # noqa: PLR2004 - 64 bits
            owner = "id" if table == "account" else "account"
            sql = f"SELECT id, {owner} FROM {table} WHERE id = ?"
            row = self.db.execute(sql, (int(text),)).fetchone()
        if row is None or not sees(self, row[1]):
            raise PanelError("missed", name, text)
        return int(row[0])

    def under(self, func: str, **given: str) -> Call:
        """Return the same call of another function with other parameters."""
        return replace(self, func=func, given=given, blank=frozenset())


def sees(call: Call, account: int) -> bool:
    """Return whether the caller's rights reach a client."""
    if call.actor.account is not None:
        return call.actor.account == account
    if call.actor.project is None:
        return True
    wanted = (account, call.actor.project)
    found = call.db.execute("SELECT 1 FROM assigned WHERE account = ? AND project = ?", wanted)
    return found.fetchone() is not None


def request(pairs: list[tuple[str, str]], host: str, cookie: str = "") -> Request:
    """Make a request of its parameters; ``cookie`` is the session that a browser keeps."""
    last = {name: _clean(value) for name, value in pairs if name.isascii() and name.strip()}
    given = {name: value for name, value in last.items() if value}
    return Request(
        func=given.get("func", ""),
        given=given,
        blank=frozenset(last) - frozenset(given),
        echo=tuple((name, value) for name, value in last.items() if _is_tag(name)),
        host=host,
        cookie=cookie,
    )


def _clean(text: str) -> str:
    # XML 1.0 cannot hold most control characters, so the panel does not let them in.
    if text.isprintable():
        return text
    return "".join(c for c in text if c in _KEPT or (c >= " " and c not in "\x7f\ufffe\uffff"))


def _is_tag(name: str) -> bool:
    return name[0].isalpha() and name.replace("_", "").replace(".", "").replace("-", "").isalnum()
