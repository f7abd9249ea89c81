"""The panel's own log of requests: which function was called, by whom, with which parameters.

Invariants: a line that is no request is passed over, one that cannot be read is named as such and
never guessed at; what the log hides, what is empty and what only browsers send is no parameter,
and a parameter that no call can carry is named.
Source: the vendor's guide, "Composing an API request from the log".
Doubt: the log's escapes; whatever is no UTF-8 once unescaped is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from reconciler.wire.functions import ACTING, FUNCTIONS, is_order
from reconciler.wire.raw_call import CONFIDENTIAL, SIGNING_IN

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_REQUEST = re.compile(r"INFO\s+Request\s+\[([^\]\s]{0,255})\]\s*\[([^\]]{0,255})\]\s*'(.*)'\s*\Z")
_SIGN = re.compile(r"INFO\s+Request\b")
_FUNC = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_PARAM = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SHOWN = re.compile(r"[A-Za-z0-9_.\[\]-]{0,64}")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
LONGEST = 1 << 16
_MOST = 500
# What browsers add, and what says how the answer is to look or who asks.
_FOREIGN = frozenset(
    {
        *("func", "sfrom", "operafake", "progressid", "auth", "authinfo", "out", "lang", "theme"),
        *("checkcookie", "redirect", "startform", "startpage", "newwindow", "tconvert", "hfields"),
        *("stylesheet", "clickstat", "forgery", "su", "notify_id", "_", "elname", "plname"),
    }
)
_PREFIXES = ("zoom-", "p_", "snext", "sback", "form_")


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One request that could be read; ``hidden`` names what the log shows as asterisks.

    ``odd`` shows the names, cut at what no name may hold, of parameters that no call can carry.
    """

    func: str
    params: tuple[tuple[str, str], ...]
    user: str
    su: str = ""
    hidden: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def given(self) -> Mapping[str, str]:
        """The parameters by name."""
        return dict(self.params)

    @property
    def acting(self) -> str:
        """Whom to act as to do the same: a client orders in a session of the client's own."""
        return self.su or (self.user if is_order(self.func) else "")


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A request that cannot be read, and why; nothing of the line is repeated."""

    reason: str


def read_line(line: str) -> LoggedCall | UnreadableLine | None:
    """Read one line of the log; None for a line that is no request.

    Shape:  ``… INFO Request [address][user] 'name=value&…'``, the values escaped as in a URL.
    """
    if not _SIGN.search(line[:LONGEST]):
        return None
    if len(line) > LONGEST:
        return UnreadableLine("the request is too long")
    found = _REQUEST.search(line.rstrip("\r\n"))
    if not found:
        return UnreadableLine("the request is not of the form [address][user] 'name=value&…'")
    pairs = found[3].split("&")
    if len(pairs) > _MOST:
        return UnreadableLine("the request has too many parameters")
    try:
        return _logged(found[2], [_pair(each) for each in pairs if each])
    except ValueError as error:
        return UnreadableLine(str(error))


def is_change(logged: LoggedCall, further_forms: Collection[str] = ()) -> bool:
    """Return whether a request may have changed something.

    A browser asks for much that no document names; without a confirmation only what is known to
    act, or ends like what acts, counts. ``further_forms`` are forms beyond the documented ones.
    """
    if logged.func in SIGNING_IN:
        return False
    if {"sok", "clicked_button"} & logged.given.keys():
        return True
    function = FUNCTIONS.get(logged.func)
    if function is not None or logged.func in further_forms:
        return function is not None and function.sort == "action"
    return logged.func.rpartition(".")[2] in ACTING


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError("a parameter has no value")
    return _plain(name), _plain(value)


def _plain(text: str) -> str:
    if _BROKEN.search(text):
        raise ValueError("an escape is broken")
    try:
        return unquote(text.replace("+", " "), errors="strict")
    except UnicodeDecodeError:
        raise ValueError("a value is not UTF-8") from None


def _logged(user: str, pairs: list[tuple[str, str]]) -> LoggedCall:
    values = dict(pairs)
    func = values.get("func", "")
    if not _FUNC.fullmatch(func):
        raise ValueError("the request names no function")
    ours = {n: v for n, v in values.items() if v and not _is_foreign(n)}
    odd = dict.fromkeys(_shown(name) for name in ours if not _PARAM.fullmatch(name))
    hidden = [name for name, value in pairs if name in ours and _is_hidden(name, value)]
    # Of a parameter sent twice the panel takes the last.
    params = tuple(
        (name, value)
        for name, value in ours.items()
        if _PARAM.fullmatch(name) and name not in hidden and not _is_usual(name, value)
    )
    secret = tuple(dict.fromkeys(hidden))
    return LoggedCall(func, params, user, values.get("su", ""), secret, tuple(odd))


def _is_foreign(name: str) -> bool:
    return name in _FOREIGN or name.startswith(_PREFIXES)


def _shown(name: str) -> str:
    # What stands behind may be a value, and a secret one: an escaped sign makes it part of a name.
    known = _SHOWN.match(name)[0]  # type: ignore[index]  # it matches nothing as well
    return known if known == name else f"{known}…"


def _is_usual(name: str, value: str) -> bool:
    return name == "clicked_button" and value == "ok"  # `sok` confirms as well


def _is_hidden(name: str, value: str) -> bool:
    # A log that hides no passwords is no reason for us to print them.
    return bool(_PARAM.fullmatch(name)) and (not value.strip("*") or name in CONFIDENTIAL)
