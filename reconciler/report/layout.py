"""Lay out rows and tables of plain text.

Invariants: the input is escaped already; nothing is cut off: a long cell moves the next one, a long
line is broken. A text is as wide as a terminal draws it: signs of two columns count twice, those
that are drawn onto another one not at all.
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


def shown_width(text: str) -> int:
    """Return how many columns of a terminal a text takes, colours aside."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    return max(wcswidth(text), 0)


def padded(text: str, width: int) -> str:
    """Return a text with blanks behind it, up to a number of columns."""
    return text + " " * (width - shown_width(text))


def column_of(lefts: Iterable[str], width: int) -> int:
    """Return where the right column of rows begins: behind the longest left cell if it may.

    A terminal of ``width`` columns gives the left cells up to a half; without one, as a pipe,
    rows are laid out as for 80 columns, and no line is broken.
    """
    longest = max(map(shown_width, lefts), default=0) + len(_GAP)
    return min(max(longest, NARROW), max(NARROW, width // 2))


def marked_row(symbol: str, left: str, right: str, *, width: int = NARROW) -> str:
    """Return one change as a row: its symbol, its address, and a remark at the right."""
    if not right:
        return f"  {symbol} {left}"
    cell = padded(left, width) if shown_width(left) < width - 1 else left + _GAP
    return f"  {symbol} {cell}{right}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows under a header, each column as wide as its widest cell."""
    widths = [max(map(shown_width, column)) for column in zip(header, *rows, strict=True)]
    return [
        "  ".join(padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]


def fitted(text: str, width: int) -> str:
    """Break lines longer than the terminal's width, at blanks, under their last column.

    A command is not broken, so that it can be pasted, nor is a word.
    """
    return "".join(_broken(line, width) for line in text.splitlines(keepends=True))


def _broken(line: str, width: int) -> str:
    if shown_width(line.rstrip("\n")) <= width:
        return line
    body, end = line.rstrip("\n"), "\n" * line.endswith("\n")
    indent = len(body) - len(body.lstrip(" "))
    # The continuation begins under the last column, unless that is too far to the right.
    gaps = [gap.end() for gap in _COLUMN.finditer(body) if gap.start() > indent]
    column = max((shown_width(body[:at]) for at in gaps), default=0)
    hang = column if 0 < column <= width - _ROOM else indent + _HANGING
    lines: list[list[str]] = [[]]
    used = 0
    for word in _WORD.findall(body):
        if lines[-1] and used + shown_width(word.rstrip()) > width and "".join(lines[-1]).strip():
            lines.append([" " * hang, word.lstrip()])
            used = hang + shown_width(word.lstrip())
        else:
            lines[-1].append(word)
            used += shown_width(word)
    return "\n".join("".join(line).rstrip(" ") for line in lines) + end


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the singular or the plural."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def joined(blocks: Iterable[Sequence[str]]) -> str:
    """Join blocks of lines, one empty line between them; an empty block leaves no trace."""
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
