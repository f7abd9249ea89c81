"""Lay out Markdown for a forge: within a number of characters, with nothing of others live in it.

Invariants: every foreign text stands in a code span or a fence; the page never has more characters
than its room; what does not fit is counted, and the page says how to see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.escape import code_of, code_span, fenced

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# GitHub takes no more in a comment; GitLab and Gitea take more.
MOST_CHARACTERS = 65_536
LEAST_CHARACTERS = 2_000
# Kept for the last paragraph, which says what was left out.
_LAST = 700
# A longer text is shortened, with its length: the next one would not be found behind it.
LONGEST = 300


class Page:
    """Blocks of Markdown that fit into a number of characters; None is without a limit."""

    def __init__(self, limit: int | None = MOST_CHARACTERS) -> None:
        """Begin an empty page. Raises: ValueError for one without room for a headline."""
        if limit is not None and limit < LEAST_CHARACTERS:
            message = f"a page needs at least {LEAST_CHARACTERS} characters"
            raise ValueError(message)
        self._blocks: list[str] = []
        self._room = None if limit is None else limit - _LAST
        self._left_out: list[str] = []

    def has_room(self, size: int) -> bool:
        """Return whether so many characters fit."""
        return self._room is None or size + 2 <= self._room

    def add(self, block: str) -> bool:
        """Add a block if it fits; return whether it did."""
        if not block or not self.has_room(len(block)):
            return not block
        self._blocks.append(block)
        if self._room is not None:
            self._room -= len(block) + 2
        return True

    def add_table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
        """Add a table with as many rows as fit; return how many did."""
        head = [_row(header), _row(["---"] * len(header))]
        lines = [_row(row) for row in rows]
        taken = self._fitting(lines, sum(map(len, head)) + len(head))
        return taken if taken and self.add("\n".join([*head, *lines[:taken]])) else 0

    def add_fence(
        self, lines: Sequence[str], *, language: str = "", summary: str = "", is_open: bool = False
    ) -> int:
        """Add escaped lines in a fence, collapsed under a summary; return how many fit."""
        lines = [shortened(line) for line in lines]
        start = f"<details{' open' if is_open else ''}>\n<summary>{summary}</summary>\n\n"
        start, end = (start, "\n\n</details>") if summary else ("", "")
        frame = len(start) + len(end) + len(fenced([], language)) + 2 * _longest_run(lines)
        taken = self._fitting(lines, frame)
        if not taken:
            return 0
        return taken if self.add(f"{start}{fenced(lines[:taken], language)}{end}") else 0

    def leave_out(self, words: str) -> None:
        """Note in the last paragraph what the page does not show."""
        self._left_out.append(words)

    def text(self, see: str = "") -> str:
        """Return the page; ``see`` is the command that shows all."""
        blocks = list(self._blocks)
        if self._left_out:
            command = f" To see all of it: {code_span(shortened(see))}" if see else ""
            blocks.append(f"**Left out here:** {'; '.join(self._left_out)}.{command}")
        return "\n\n".join(blocks) + "\n"

    def _fitting(self, lines: Sequence[str], frame: int) -> int:
        if self._room is None:
            return len(lines)
        room = self._room - frame - 2
        for number, line in enumerate(lines):
            room -= len(line) + 1
            if room < 0:
                return number
        return len(lines)


def shortened(text: str, most: int = LONGEST) -> str:
    """Return a text, or its beginning and how many characters it has."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def cell(lines: Iterable[str]) -> str:
    """Return escaped lines as one cell of a table, each in a code span."""
    return "<br>".join(code_of(shortened(line), cell=True) for line in lines if line)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _longest_run(lines: Iterable[str]) -> int:
    return max((line.count("`") for line in lines), default=0)
