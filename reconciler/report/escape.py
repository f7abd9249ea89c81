"""Make foreign text harmless: one line, no escape sequences, no commands for a terminal or CI.

Invariants: the result is printable and on one line; two texts that differ stay different, since
the backslash that begins an escape is itself written twice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN = re.compile(r"[^\\:#]*")
# GitHub executes `::command::` at the beginning of a line, after blanks too, and `##[command]`
# anywhere; Azure executes `##vso[command]`. An IPv6 address has one `::` only and stays as it is.
_WORKFLOW_COMMAND = re.compile(r"^ *:(?=:[A-Za-z])|:(?=:[A-Za-z].*::)|#(?=#(?:vso)?\[)")
_TICKS = re.compile("`+")


def escape(text: str) -> str:
    r"""Return a text that any output can show and none can execute.

    Shape: controls, line ends, direction marks, zero-width and private characters become ``\n``,
    ``\x1b``, ``\u202e``; a workflow command gets a backslash into its opening sign.
    """
    if text.isprintable() and _PLAIN.fullmatch(text):
        return text
    visible = "".join(_visible(character) for character in text)
    return _WORKFLOW_COMMAND.sub(r"\g<0>\\", visible)


def _visible(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def code_span(text: str, *, cell: bool = False) -> str:
    """Return a foreign text as a code span of Markdown, in which a forge resolves nothing.

    No mention, reference, link, quick action, markup or HTML in it is live. ``cell`` is for a
    table, whose columns a bar would end.
    """
    return code_of(escape(text), cell=cell)


def code_of(shown: str, *, cell: bool = False) -> str:
    """Return a text that is escaped already as a code span of Markdown."""
    shown = shown or '""'
    if cell:
        shown = shown.replace("|", "\\|")
    ticks = "`" * (max((len(run) for run in _TICKS.findall(shown)), default=0) + 1)
    # A renderer takes one blank off both ends, so that a tick may stand at one.
    pad = " " if shown.strip(" ") and (shown[0] in "` " or shown[-1] in "` ") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def fenced(lines: Iterable[str], language: str = "") -> str:
    """Return escaped lines as a fenced block of Markdown that none of them can end."""
    body = "\n".join(lines)
    ticks = "`" * max(3, max((len(run) for run in _TICKS.findall(body)), default=0) + 1)
    return f"{ticks}{language}\n{body}\n{ticks}"
