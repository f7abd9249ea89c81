"""Make foreign text harmless: one line, no escape sequences, no commands for a terminal or CI.

Invariants: the result is printable and on one line; two texts that differ stay different, since
the backslash that begins an escape is itself written twice.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[^\\:#]*")
# GitHub executes `::command::` at the beginning of a line, after blanks too, and `##[command]`
# anywhere; Azure executes `##vso[command]`. An IPv6 address has one `::` only and stays as it is.
_WORKFLOW_COMMAND = re.compile(r"^ *:(?=:[A-Za-z])|:(?=:[A-Za-z].*::)|#(?=#(?:vso)?\[)")


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
