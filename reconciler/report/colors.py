"""Colours of symbols, as a value: a report never asks the terminal.

Invariant: only our own symbols are coloured, never foreign text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_RESET = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Colors:
    """The colour of each symbol; a symbol without one is shown as it is."""

    colours: Mapping[str, str] = field(default_factory=dict)

    def paint(self, symbol: str) -> str:
        """Return the symbol in its colour, if it has one."""
        colour = self.colours.get(symbol)
        return f"\x1b[{colour}m{symbol}{_RESET}" if colour else symbol


PLAIN = Colors()

_RED, _GREEN, _YELLOW, _CYAN, _LOUD = "31", "32", "33", "36", "1;35"

COLOURED = Colors(
    {
        "+": _GREEN,
        "~": _YELLOW,
        "-": _RED,
        "=": _CYAN,
        "x": _RED,
        "!": _LOUD,
        "✓": _GREEN,
        "≠": _RED,
        "✗": _RED,
        "?": _LOUD,
        "×": _RED,
        "error": _RED,
        "warning": _YELLOW,
        "note": _CYAN,
        "overdrawn": _RED,
        "negative": _RED,
    }
)
