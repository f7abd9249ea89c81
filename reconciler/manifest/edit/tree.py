"""The text of a file as a tree: which bytes belong to which key, item and comment.

Invariants: what a part of a block owns are whole lines, but for its first line behind a dash; a
comment line directly above a part is its own, and so is one below that is indented deeper.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from reconciler.errors import ManifestsError
from reconciler.manifest.yaml.documents import compose
from reconciler.manifest.yaml.parser import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    next_event,
)
from reconciler.manifest.yaml.scalars import RefusedScalar, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.manifest.yaml.scalars import Plain

_BREAK = re.compile(r"\r\n|\r|\n")
BLOCK_SCALARS = frozenset({"|", ">"})


@dataclass(slots=True)
class TreeNode:
    """A value in a text: from ``start`` up to ``end``, without its comments.

    ``style`` is the sign that a collection in flow style or a quoted or block scalar begins with;
    empty for a plain scalar and for a collection in block style, ``:`` for a pair without braces.
    """

    shape: Literal["scalar", "map", "list"]
    style: str
    start: int
    end: int
    value: Plain = None
    parts: list[TreePart] = field(default_factory=list)


@dataclass(slots=True)
class TreePart:
    """An entry of a map or an item of a list, with the comments that are its own.

    ``at`` is where its key or its dash begins, ``mark`` where what follows the colon or the dash
    begins; ``start`` and ``end`` enclose what belongs to it.
    """

    name: str
    at: int
    mark: int
    node: TreeNode
    start: int
    end: int
    explicit: bool = False


@dataclass(slots=True)
class TreeDocument:
    """One document of a file: ``start`` is its ``---`` or where its part of the file begins."""

    node: TreeNode
    start: int
    mark: int
    end: int
    explicit: bool
    ended: bool


class TextLines:
    """Where the lines of a text begin and end."""

    __slots__ = ("ends", "newline", "starts", "text")

    def __init__(self, text: str) -> None:
        """Find all line breaks."""
        self.text = text
        breaks = [found.span() for found in _BREAK.finditer(text)]
        self.starts = [0, *(end for _, end in breaks)]
        self.ends = [*(start for start, _ in breaks), len(text)]
        self.newline = text[slice(*breaks[0])] if breaks else "\n"

    def number(self, offset: int) -> int:
        """Return the number of the line, from zero."""
        return bisect_right(self.starts, offset) - 1

    def column(self, offset: int) -> int:
        """Return how many characters stand before an offset on its line."""
        return offset - self.starts[self.number(offset)]

    def end_of(self, offset: int) -> int:
        """Return where the line of an offset ends, before its break."""
        return self.ends[self.number(offset)]

    def line(self, number: int) -> str:
        """Return a line without its break."""
        return self.text[self.starts[number] : self.ends[number]]

    def comment_column(self, number: int) -> int | None:
        """Return the column of the comment, where a line holds nothing else."""
        line = self.line(number)
        column = len(line) - len(line.lstrip(" \t"))
        return column if line[column : column + 1] == "#" else None


def read_values(text: str, file: str) -> list[Plain]:
    """Return the plain values of all documents. Raises: ManifestsError where it has findings."""
    documents, findings = compose(text.encode(), file)
    if findings:
        raise ManifestsError(findings)
    return [document.value for document in documents]


def read_tree(text: str) -> tuple[TextLines, list[TreeDocument]]:
    """Read an admitted text, that composes without findings, as trees, one a document."""
    return _TreeReader(text).read()


def signs_between(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where signs of the syntax or comments begin, between two values."""
    while start < end:
        if text[start] == "#":
            yield start
            found = _BREAK.search(text, start, end)
            start = found.start() if found else end
        elif text[start] in " \t\r\n":
            start += 1
        else:
            yield start
            start += 1


class _TreeReader:
    __slots__ = ("lines", "step", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = TextLines(text)
        self.step: Callable[[], Any] = next_event(text)

    def read(self) -> tuple[TextLines, list[TreeDocument]]:
        documents: list[TreeDocument] = []
        bound = 0
        self.step()
        while type(event := self.step()) is not StreamEndEvent:
            if type(event) is not DocumentStartEvent:
                continue
            explicit = bool(event.explicit)
            start = event.start_mark.index if explicit else bound
            if documents:
                documents[-1].end = start
            mark = event.end_mark.index if explicit else start
            node = self._node(self.step(), mark)
            ending = self.step()
            ended = bool(ending.explicit)
            bound = self._next_line(ending.end_mark.index) if ended else len(self.text)
            documents.append(TreeDocument(node, start, mark, bound, explicit, ended))
        if documents:
            documents[-1].end = len(self.text)  # comments behind the last ``...`` are its own
        for document in documents:
            self._own(document.node, document.mark)
        return self.lines, documents

    def _next_line(self, offset: int) -> int:
        number = self.lines.number(offset) + 1
        return self.lines.starts[number] if number < len(self.lines.starts) else len(self.text)

    def _node(self, event: Any, mark: int) -> TreeNode:  # noqa: ANN401 - events have no types
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, ScalarEvent):
            return self._scalar(event, mark)
        if isinstance(event, MappingStartEvent):
            style = self.text[start:end] or (":" if event.flow_style else "")
            node = TreeNode("map", style, start, end)
            node.parts, close = self._entries(end)
            node.value = {part.name: part.node.value for part in node.parts}
        else:
            # Without an end of its own a list in block style begins at its first dash.
            node = TreeNode("list", "[" if event.flow_style else "", start, end)
            node.parts, close = self._items(end if node.style else start, flow=bool(node.style))
            node.value = [part.node.value for part in node.parts]
        node.end = close if node.style in {"{", "["} or not node.parts else node.parts[-1].end
        return node

    def _scalar(self, event: Any, mark: int) -> TreeNode:  # noqa: ANN401 - events have no types
        start, end, style = event.start_mark.index, event.end_mark.index, event.style or ""
        value: Plain = event.value
        if event.implicit[0]:
            found = resolve(event.value)
            value = None if isinstance(found, RefusedScalar) else found
            if start == end:
                start = end = mark  # an empty one stands wherever the next sign is
        elif style in BLOCK_SCALARS:
            end = self._block_end(start, end)
        return TreeNode("scalar", style, start, end, value)

    def _block_end(self, start: int, end: int) -> int:
        """Return where a block scalar ends; it has its last breaks only where it keeps them."""
        whole = self.text[start:end]
        header = _BREAK.split(whole, maxsplit=1)[0].partition("#")[0]
        if "+" not in header:
            return start + len(whole.rstrip())
        found = list(_BREAK.finditer(whole))
        return start + found[-1].start() if found and found[-1].end() == len(whole) else end

    def _entries(self, last: int) -> tuple[list[TreePart], int]:
        parts: list[TreePart] = []
        while type(key := self.step()) is not MappingEndEvent:
            at, end = key.start_mark.index, key.end_mark.index
            explicit = any(self.text[sign] == "?" for sign in self._signs(last, at))
            event = self.step()
            mark = end
            for sign in self._signs(end, max(event.start_mark.index, end)):
                if self.text[sign] == ":":
                    mark = sign + 1
            if mark == end:  # the value is empty: the colon, if any, may stand behind its place
                sign = next(self._signs(end, len(self.text)), -1)
                mark = sign + 1 if sign >= 0 and self.text[sign] == ":" else end
            explicit = explicit or self.lines.number(end) != self.lines.number(mark)
            node = self._node(event, mark)
            last = max(node.end, mark)
            parts.append(TreePart(key.value, at, mark, node, at, last, explicit))
        return parts, key.end_mark.index

    def _items(self, last: int, *, flow: bool) -> tuple[list[TreePart], int]:
        parts: list[TreePart] = []
        while type(event := self.step()) is not SequenceEndEvent:
            at = mark = event.start_mark.index
            if not flow:
                at = next(
                    sign for sign in self._signs(last, len(self.text)) if self.text[sign] == "-"
                )
                mark = at + 1
            node = self._node(event, mark)
            last = max(node.end, mark)
            parts.append(TreePart("", at, mark, node, at, last))
        return parts, event.end_mark.index

    def _signs(self, start: int, end: int) -> Iterator[int]:
        return (sign for sign in signs_between(self.text, start, end) if self.text[sign] != "#")

    def _own(self, node: TreeNode, bound: int) -> None:
        """Give each part of a block its lines; comments above lie below the line of a bound."""
        if node.style:
            return
        for part in node.parts:
            here = self.lines.column(part.at)
            self._own(part.node, part.mark)
            part.start = self._first(part.at, here, bound)
            part.end = bound = self._last(max(self._content_end(part.node), part.mark), here)
        if node.parts:
            node.end = node.parts[-1].end

    def _content_end(self, node: TreeNode) -> int:
        return node.parts[-1].end if node.parts and not node.style else node.end

    def _first(self, at: int, column: int, bound: int) -> int:
        """Return where the comments directly above begin, or the part itself."""
        number = self.lines.number(at)
        if self.text[self.lines.starts[number] : at].strip():
            return at  # behind a dash
        floor = self.lines.number(bound)
        while number - 1 > floor:
            above = self.lines.comment_column(number - 1)
            if above is None or above > column:
                break
            number -= 1
        return self.lines.starts[number]

    def _last(self, end: int, column: int) -> int:
        """Return the end of the last line, with the deeper comments below it."""
        last = number = self.lines.number(end)
        while number + 1 < len(self.lines.starts):
            number += 1
            below = self.lines.comment_column(number)
            if below is not None and below > column:
                last = number
            elif below is not None or self.lines.line(number).strip():
                break
        return self.lines.ends[last]
