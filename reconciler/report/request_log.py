"""Show the requests of a panel's log as commands.

Invariants: a line can be pasted into a shell and repeats the request; a note says where it does
less; the terminal or the CI that shows it executes nothing in it.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from reconciler.report.escape import escape
from reconciler.wire.functions import classify_call

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.wire.request_log import LoggedCall

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-./,=@%+")


def call_lines(logged: LoggedCall, place: str, further_lists: Collection[str] = ()) -> list[str]:
    """Show one request: its line in the log, its user, notes, and the commands that repeat it.

    A request for several elements at once becomes one call each.
    """
    demand = classify_call(logged.func, logged.given, further_lists)
    notes = [f"# {escape(place)}, by {escape(logged.user) or 'nobody'}"]
    notes += [f"#   {escape(warning)}" for warning in demand.warnings]
    hidden = [f"{name}=@env:{_variable(name)}" for name in logged.hidden]
    if hidden:
        notes.append(f"#   hidden in the log: {', '.join(hidden)}")
    if logged.odd:
        names = ", ".join(map(escape, logged.odd))
        notes.append(f"#   left out, because a call cannot contain such a name: {names}")
    return notes + [_call(logged, params, hidden) for params in _each(logged)]


def shell_word(text: str) -> str:
    r"""Return a text as one word of a shell, with every special character escaped.

    Shape:  ``$'…'`` with ``\xNN`` escapes (bash, zsh, ksh) where plain quotes would show them.
    """
    if escape(text) == text:
        return shlex.quote(text)
    escaped = "".join(c if c in _PLAIN else _bytes(c) for c in text)
    return f"$'{escaped}'"


def _bytes(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))


def _each(logged: LoggedCall) -> list[tuple[tuple[str, str], ...]]:
    ids = [part.strip() for part in logged.given.get("elid", "").split(",") if part.strip()]
    if len(ids) < 2:  # noqa: PLR2004 - one or none
        return [logged.params]
    return [
        tuple((name, number if name == "elid" else value) for name, value in logged.params)
        for number in ids
    ]


def _call(logged: LoggedCall, params: tuple[tuple[str, str], ...], hidden: list[str]) -> str:
    words = [f"{name}={_literal(value)}" for name, value in params] + hidden
    acting = [f"--su={logged.acting}"] if logged.acting else []
    quoted = [shell_word(word) for word in [*words, *acting]]
    return " ".join(["reconciler call", logged.func, *quoted, "--confirm"])


def _literal(value: str) -> str:
    # A value that begins with @ would be read as a reference to a secret.
    return f"@{value}" if value.startswith("@") else value


def _variable(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name).upper()
