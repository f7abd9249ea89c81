"""A changed value written into the text around it: what stays is copied, never made again.

Invariants: a comment is lost only together with the part that it belongs to; what is added takes
over the indentation and the line breaks of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.manifest.edit.nested import InnerEdit, ListEdit, MapEdit, ReplaceEdit
from reconciler.manifest.edit.tree import BLOCK_SCALARS, signs_between
from reconciler.manifest.yaml.emit import inline_text, item_lines, map_lines, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.manifest.edit.tree import TextLines, TreeNode, TreePart
    from reconciler.manifest.yaml.scalars import Plain

_WIDTH = 88
# A day needs no quotes where none stood before; other readers of YAML may take it for a date.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class UnwritableError(Exception):
    """A value cannot be written at its place; ``offset`` is where, the text says why."""

    def __init__(self, offset: int, reason: str) -> None:
        """Keep the place."""
        self.offset = offset
        super().__init__(reason)


class TextWriter:
    """Writes changed values into one text, whose lists stand ``dash`` right of their keys."""

    __slots__ = ("dash", "lines", "text")

    def __init__(self, lines: TextLines, dash: int) -> None:
        """Write into the text of these lines."""
        self.text = lines.text
        self.lines = lines
        self.dash = dash

    def value(self, mark: int, end: int, node: TreeNode, edit: InnerEdit, *, column: int) -> str:
        """Return what stands between a mark and an end, with the value in there changed.

        ``column`` is that of the key or the dash before it.
        """
        if isinstance(edit, ReplaceEdit):
            return self._replaced(mark, end, node, edit.value, column=column)
        if node.style == ":":
            raise UnwritableError(node.start, "a pair without braces: write {key: value}")
        if node.style:
            return self._flow(mark, end, node, edit)
        return self._block(mark, end, node, edit)

    def _part(self, part: TreePart, edit: InnerEdit | None) -> str:
        if edit is None:
            return self.text[part.start : part.end]
        if part.explicit:
            raise UnwritableError(part.at, "the key stands behind '?': write `key: value`")
        column = self.lines.column(part.at)
        value = self.value(part.mark, part.end, part.node, edit, column=column)
        return self.text[part.start : part.mark] + value

    # ── blocks ───────────────────────────────────────────────────────────────────────────────

    def _block(self, mark: int, end: int, node: TreeNode, edit: MapEdit | ListEdit) -> str:
        added = self._added_lines(node, edit)
        out, at, is_empty = "", mark, True
        starts_open = not _has_break(self.text[mark : node.parts[0].start])
        for index, part in enumerate(node.parts):
            for lines in added.get(index, ()):
                out, is_empty = self._with_lines(out, lines, mark), False
            gap = self.text[at : part.start]
            at = part.end
            if _is_removed(edit, index, part):
                out += gap if starts_open and not index else _without_break(gap)
                continue
            own = self._part(part, _inner(edit, index, part))
            if starts_open and index and is_empty and not (out + gap).strip():
                gap, own = "", own.lstrip(" ")  # it moves to where the first part stood
            out, is_empty = out + gap + own, False
        for lines in added.get(len(node.parts), ()):
            out, is_empty = self._with_lines(out, lines, mark), False
        if is_empty:
            out = f" {'{}' if node.shape == 'map' else '[]'}{out.rstrip(' ')}"
        return out + self.text[at:end]

    def _with_lines(self, out: str, lines: list[str], mark: int) -> str:
        newline = self.lines.newline
        if mark and self.text[mark - 1] == "-" and not out.strip(" "):
            return " " + newline.join(lines).lstrip(" ")
        return out + newline + newline.join(lines)

    def _added_lines(self, node: TreeNode, edit: MapEdit | ListEdit) -> dict[int, list[list[str]]]:
        """Return the lines of what is new, by the number of the part that it comes before.

        Fields come before the inline lists that close a map.
        """
        column = self.lines.column(node.parts[0].at)
        if isinstance(edit, ListEdit):
            return {
                index: [
                    _indented([line[2:] for line in item_lines(item)], column) for item in items
                ]
                for index, items in edit.inserted.items()
            }
        last = place = len(node.parts)
        while place > 1 and _is_inline_list(node.parts[place - 1].node.value):
            place -= 1
        added: dict[int, list[list[str]]] = {place: [], last: []}
        for key, value in edit.values.items():
            lines = _indented(self._entry_lines(key, value, column), column)
            added[last if _is_of_maps(value) else place].append(lines)
        return added

    def _entry_lines(self, key: str, value: Plain, column: int) -> list[str]:
        line = f"{inline_text(key)}: {inline_text(value)}"
        if not self._needs_block(value, column + len(line)):
            return [line]
        first, *rest = map_lines({key: value})
        if isinstance(value, list):
            rest = [" " * self.dash + line[2:] for line in rest]
        return [first, *rest]

    def _needs_block(self, value: Plain, width: int) -> bool:
        is_long = isinstance(value, dict | list) and bool(value) and width > _WIDTH
        return is_long or _is_of_maps(value)

    def _replaced(self, mark: int, end: int, node: TreeNode, value: Plain, *, column: int) -> str:
        """Return another value behind a key or a dash; the comments in between stay."""
        new, below = self._rendered(mark, node, value, column)
        gap, rest = self.text[mark : node.start], self.text[node.end : end]
        newline = self.lines.newline
        if not _has_break(self.text[mark : node.end]):
            gap = (gap if node.start < node.end else " ") if new else ""
            beside = self.text[node.end : min(end, self.lines.end_of(node.end))]
            return gap + new + beside + "".join(newline + x for x in below) + rest[len(beside) :]
        first = self.lines.number(mark)
        comments = self._comments(mark, end, node)
        beside = "".join(f" {text}" for at, text in comments if self.lines.number(at) == first)
        under = [
            " " * (column + 2) + text for at, text in comments if self.lines.number(at) != first
        ]
        # What the text of a block scalar ends with would become a part of it.
        if node.style in BLOCK_SCALARS and below:
            under, below = [], [*below, *_indented([x.strip() for x in under], column)]
        new = f" {new}" if new else ""
        return new + beside + "".join(newline + line for line in [*under, *below])

    def _rendered(
        self, mark: int, node: TreeNode, value: Plain, column: int
    ) -> tuple[str, list[str]]:
        """Return a value as what stands on the line of its key, and the lines below it."""
        if node.style in BLOCK_SCALARS and isinstance(value, str) and _is_literal(value):
            sign = "|" if value.endswith("\n") else "|-"
            return sign, _indented(value.removesuffix("\n").split("\n"), column + 2)
        new = styled(value, node.style)
        if self.text[mark - 1] == ":" and self._needs_block(value, column + len(new)):
            return "", _indented(self._entry_lines("key", value, _WIDTH)[1:], column)
        return new, []

    def _comments(self, start: int, end: int, node: TreeNode) -> list[tuple[int, str]]:
        """Return all comments between two places around a value, with where they begin."""
        found: list[tuple[int, str]] = []
        for first, last, style in _words(node):
            found += self._comments_between(start, first)
            if style in BLOCK_SCALARS:
                header = min(last, self.lines.end_of(first))
                sign = first + len(self.text[first:header].split(None, 1)[0])
                found += self._comments_between(sign, header)
            start = last
        return found + self._comments_between(start, end)

    def _comments_between(self, start: int, end: int) -> list[tuple[int, str]]:
        return [
            (sign, self.text[sign : min(end, self.lines.end_of(sign))])
            for sign in signs_between(self.text, start, end)
            if self.text[sign] == "#"
        ]

    # ── flow ─────────────────────────────────────────────────────────────────────────────────

    def _flow(self, mark: int, end: int, node: TreeNode, edit: MapEdit | ListEdit) -> str:
        pieces: list[_Piece] = []
        carried: str | None = None
        at, is_closed = node.start + 1, False
        count = len(node.parts)
        for index, part in enumerate(node.parts):
            for core in _inserted(edit, index, count):
                self._add_piece(pieces, core)
            comma = self._comma(part.end, node.end)
            stop = node.end - 1 if comma is None else comma
            piece = _Piece(
                _lead(carried, self.text[at : part.at]),
                self._flow_part(part, _inner(edit, index, part)),
                self.text[part.end : stop],
            )
            at, is_closed, carried = (stop + (comma is not None)), comma is not None, None
            if _is_removed(edit, index, part):
                around = piece.lead + piece.tail
                carried = around if "#" in around else piece.lead if not pieces else None
                continue
            if pieces and not piece.lead:
                piece.lead = " "
            pieces.append(piece)
        for core in _inserted(edit, count, count):
            self._add_piece(pieces, core)
        rest = (carried if carried and "#" in carried else "") + self.text[at : node.end - 1]
        body = "".join(piece.text(comma=piece is not pieces[-1] or is_closed) for piece in pieces)
        return f"{self.text[mark : node.start + 1]}{body}{rest}{self.text[node.end - 1 : end]}"

    def _flow_part(self, part: TreePart, edit: InnerEdit | None) -> str:
        head = self.text[part.at : part.mark]
        if edit is None:
            return self.text[part.at : part.end]
        if part.explicit:
            raise UnwritableError(part.at, "the key stands behind '?': write {key: value}")
        if head and not head.endswith(":"):
            head += ":"  # a key alone: {a, b}
        if not isinstance(edit, ReplaceEdit):
            return head + self.value(part.mark, part.end, part.node, edit, column=0)
        gap = self.text[part.mark : part.node.start] or (" " if head else "")
        new = head + gap + styled(edit.value, part.node.style)
        for _, comment in self._comments(part.node.start, part.node.end, part.node):
            new += f" {comment}{self.lines.newline}{' ' * self.lines.column(part.at)}"
        return new

    def _comma(self, start: int, end: int) -> int | None:
        signs = signs_between(self.text, start, end)
        return next((sign for sign in signs if self.text[sign] == ","), None)

    def _add_piece(self, pieces: list[_Piece], core: str) -> None:
        """Put a new piece behind the others, in the layout of the one before it."""
        if not pieces:
            pieces.append(_Piece("", core, ""))
            return
        before = pieces[-1]
        lead = before.lead if _has_break(before.lead) and "#" not in before.lead else " "
        tail, before.tail = before.tail, ""
        if "#" in tail:
            kept = tail.rstrip()
            before.tail, tail = kept, tail[len(kept) :]
            if not _has_break(lead):
                lead = f"{self.lines.newline}  "
        pieces.append(_Piece(lead, core, tail))


@dataclass(slots=True)
class _Piece:
    """A part of a collection in flow style, with what surrounds it up to the commas."""

    lead: str
    core: str
    tail: str

    def text(self, *, comma: bool) -> str:
        """Return the piece; a comma that follows comes before its comments."""
        sign = "," if comma else ""
        if "#" in self.tail:
            return self.lead + self.core + sign + self.tail
        return self.lead + self.core + self.tail + sign


def _lead(carried: str | None, lead: str) -> str:
    """Return what stands before a part: the comments, or the layout, of one that went before it."""
    if carried is None:
        return lead
    return carried + lead if "#" in carried else carried


def styled(value: Plain, style: str) -> str:
    """Return a value on one line; a text in the quotes that stood there before, where it can be."""
    if not isinstance(value, str):
        return inline_text(value)
    if style == "'" and value.isprintable() and "::" not in value and "##" not in value:
        return "'" + value.replace("'", "''") + "'"
    if not style and _DAY.fullmatch(value):
        return value
    return quoted(value) if style in {'"', "'"} else inline_text(value)


def _is_literal(text: str) -> bool:
    """Return whether a text can stand as a block, as it is."""
    lines = text.removesuffix("\n").split("\n")
    is_inert = "::" not in text and "##" not in text
    is_plain = all(line.isprintable() and (line.strip() or not line) for line in lines)
    return "\n" in text and is_inert and is_plain and lines[0][:1].strip() != "" and lines[-1] != ""


def _is_of_maps(value: Plain) -> bool:
    """Return whether a value is a list of maps of several keys, as resources are."""
    return isinstance(value, list) and any(isinstance(x, dict) and len(x) > 1 for x in value)


def _is_inline_list(value: Plain) -> bool:
    return value == [] or _is_of_maps(value)


def _is_removed(edit: MapEdit | ListEdit, index: int, part: TreePart) -> bool:
    return index in edit.removed if isinstance(edit, ListEdit) else part.name in edit.removed


def _inner(edit: MapEdit | ListEdit, index: int, part: TreePart) -> InnerEdit | None:
    return edit.inner.get(index) if isinstance(edit, ListEdit) else edit.inner.get(part.name)


def _inserted(edit: MapEdit | ListEdit, index: int, count: int) -> list[str]:
    """Return what is new in a collection in flow style, before a part or behind the last."""
    if isinstance(edit, ListEdit):
        return [inline_text(item) for item in edit.inserted.get(index, ())]
    fields = edit.values.items() if index == count else ()
    return [f"{inline_text(key)}: {inline_text(value)}" for key, value in fields]


def _words(node: TreeNode) -> Iterator[tuple[int, int, str]]:
    """Yield where the keys and scalars inside a value begin and end, and their styles."""
    if node.shape == "scalar":
        yield node.start, node.end, node.style
    for part in node.parts:
        yield part.at, part.mark, ""
        yield from _words(part.node)


def _indented(lines: list[str], column: int) -> list[str]:
    return [" " * column + line if line else line for line in lines]


def _has_break(text: str) -> bool:
    return "\n" in text or "\r" in text


def _without_break(gap: str) -> str:
    """Return what stays of the text before a part that goes, without the break at its end."""
    if not gap.strip():
        return ""
    return gap.removesuffix("\n").removesuffix("\r")
