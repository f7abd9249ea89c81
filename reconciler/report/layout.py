"""Lay out rows and tables of plain text.

Invariant: the input is escaped already; nothing is cut off: a long cell moves the next one, a long
line is broken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

_COLUMN = re.compile(r" {2,}(?=\S)")
# A word with the blanks before it; a command to its end counts as one.
_WORD = re.compile(r" *(?:reconciler [a-z-].*|[^ ]+)")
_COLOUR = re.compile("\x1b\\[[0-9;]*m")
_ROOM, _HANGING = 24, 4

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NARROW, WIDE = 41, 47
_GAP = "    "
INDENT = "      "


def marked_row(symbol: str, left: str, right: str, *, width: int = NARROW) -> str:
    """Return one change as a row: its symbol, its address, and a remark at the right."""
    if not right:
        return f"  {symbol} {left}"
    cell = left.ljust(width) if len(left) < width else left + _GAP
    return f"  {symbol} {cell}{right}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows under a header, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]


def fitted(text: str, width: int) -> str:
    """Break lines longer than the terminal's width, at blanks, under their last column.

    A command is not broken, so that it can be pasted, nor is a word.
    """
    return "".join(_broken(line, width) for line in text.splitlines(keepends=True))


def _broken(line: str, width: int) -> str:
    if _shown_length(line) <= width:
        return line
    body, end = line.rstrip("\n"), "\n" * line.endswith("\n")
    indent = len(body) - len(body.lstrip(" "))
    # The continuation begins under the last column, unless that is too far to the right.
    gaps = [gap.end() for gap in _COLUMN.finditer(body) if gap.start() > indent]
    column = max((_shown_length(body[:at]) for at in gaps), default=0)
    hang = column if 0 < column <= width - _ROOM else indent + _HANGING
    lines, room = [""], width
    for word in _WORD.findall(body):
        if lines[-1].strip() and _shown_length(lines[-1] + word.rstrip()) > room:
            lines[-1] = lines[-1].rstrip()
            lines.append(" " * hang + word.lstrip())
        else:
            lines[-1] += word
    return "\n".join(lines).rstrip(" ") + end


def _shown_length(text: str) -> int:
    return len(_COLOUR.sub("", text).rstrip("\n"))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the singular or the plural."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def joined(blocks: Iterable[Sequence[str]]) -> str:
    """Join blocks of lines, one empty line between them; an empty block leaves no trace."""
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
