"""Rows and tables of plain text: where the columns of every report stand.

Invariant: what comes in is inert already; nothing here is cut off, a long cell moves its neighbour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NARROW, WIDE = 41, 47
_GAP = "    "
INDENT = "      "


def marked_row(symbol: str, left: str, right: str, *, width: int = NARROW) -> str:
    """Lay out one change: its symbol, what it touches, and what to know of it at the right."""
    if not right:
        return f"  {symbol} {left}"
    cell = left.ljust(width) if len(left) < width else left + _GAP
    return f"  {symbol} {cell}{right}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out rows under a header, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the singular or the plural."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def joined(blocks: Iterable[Sequence[str]]) -> str:
    """Join blocks of lines, one empty line between them; an empty block leaves no trace."""
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
