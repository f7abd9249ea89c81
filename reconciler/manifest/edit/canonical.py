"""A manifest in canonical form: keys in one order, two blanks a level; all else as it was written.

Invariants: comments, blank lines, quotes and the order of lists stay; the result is read again and
holds the same values; to format it once more changes nothing.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from reconciler.errors import ManifestsError
from reconciler.manifest.edit.field_ordering import FieldOrdering
from reconciler.manifest.edit.nested import is_same
from reconciler.manifest.edit.tree import (
    BLOCK_SCALARS,
    TextLines,
    TreeDocument,
    TreeNode,
    TreePart,
    read_tree,
    read_values,
)
from reconciler.model.finding import Finding, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.manifest.yaml.scalars import Plain

_MARK = "\ufeff"
_BREAK = re.compile(r"\r\n|\r|\n")
_STEP = 2


def format_manifest(text: str, file: str, order: Callable[[Plain], FieldOrdering]) -> str:
    """Return a text in canonical form; the order is asked for by the value of each document.

    Raises: ManifestsError where the text has findings, or cannot be brought into this form.
    """
    mark = _MARK if text.startswith(_MARK) else ""
    bare = text.removeprefix(_MARK)
    before = read_values(bare, file)
    lines, documents = read_tree(bare)
    try:
        after = _Printer(lines).text_of(documents, order)
    except _UnprintableError as error:
        raise _refusal(file, lines, error.offset, str(error)) from error
    after_values = read_values(after, file)
    for number, document in enumerate(documents):
        if len(after_values) <= number or not is_same(before[number], after_values[number]):
            reason = "this document cannot be formatted: its values would change"
            raise _refusal(file, lines, document.node.start, reason)
    return mark + after


def _refusal(file: str, lines: TextLines, offset: int, reason: str) -> ManifestsError:
    source = Source(file, lines.number(offset) + 1, lines.column(offset) + 1)
    return ManifestsError([Finding("error", "not-editable", reason, source)])


class _UnprintableError(Exception):
    def __init__(self, offset: int, reason: str) -> None:
        self.offset = offset
        super().__init__(reason)


class _Printer:
    __slots__ = ("lines", "text")

    def __init__(self, lines: TextLines) -> None:
        self.lines = lines
        self.text = lines.text

    def text_of(
        self, documents: list[TreeDocument], order: Callable[[Plain], FieldOrdering]
    ) -> str:
        if not documents:
            lines = _without_blanks(_split(self.text))
            return self._ended(lines) if lines else self.text
        printed = _split(self.text[: documents[0].start])[:-1]
        after: list[str] = []
        for document in documents:
            body, end = self._document(document, order(document.node.value))
            printed += [*after, *body]
            after = end
        last = documents[-1].node
        is_open = not self.text.endswith(("\n", "\r"))
        # The same block scalar is the last one: with a line break it would be another text.
        is_cut = is_open and _last_of(last) is _last_of(last, order(last.value))
        lines = [*printed, *_without_blanks(after)]
        return self._ended(lines, cut=is_cut and _last_of(last).style in BLOCK_SCALARS)

    def _ended(self, lines: list[str], *, cut: bool = False) -> str:
        text = self.lines.newline.join(lines)
        return text if cut else text + self.lines.newline

    def _document(
        self, document: TreeDocument, order: FieldOrdering
    ) -> tuple[list[str], list[str]]:
        """Return the lines of a document, and those behind its values: comments, blanks, ``...``.

        Blanks at the end of the values themselves are a part of a text that keeps them.
        """
        node = document.node
        whole = _split(self.text[document.start : document.end])
        if whole and not whole[-1]:
            whole.pop()
        if node.shape != "map" or node.style:
            body = _without_blanks(whole)
            return body, whole[len(body) :]
        head = _split(self.text[document.mark : node.parts[0].at])
        tail = _split(self.text[node.parts[-1].end : document.end])
        lead = [line.strip() for line in head[1:-1]]
        first = [f"---{head[0].rstrip()}"] if document.explicit else []
        if not document.explicit:
            lead = [line.strip() for line in head[:-1]]
        body = self._map(node, 0, order, has_head=True)
        end = [line.strip() for line in tail[1:-1]] if len(tail) > 1 else []
        if len(tail) > 1 and tail[-1].strip():
            end.append(tail[-1].strip())
        return [*first, *lead, *body], end

    def _map(
        self, node: TreeNode, column: int, order: FieldOrdering, *, has_head: bool = False
    ) -> list[str]:
        """Return the lines of a map in block style; a head was printed before it."""
        printed: list[str] = []
        leads = self._leads(node)
        if has_head:
            leads[0] = []
        for index in _sorted(node, order):
            part = node.parts[index]
            if part.explicit:
                raise _UnprintableError(part.at, "the key stands behind '?': write `key: value`")
            printed += [" " * column + line if line else "" for line in leads[index]]
            key = self.text[part.at : part.mark - 1].rstrip()
            inner = order.inner.get(part.name, FieldOrdering())
            printed += self._part(f"{' ' * column}{key}:", part, column, inner)
        return printed

    def _leads(self, node: TreeNode) -> list[list[str]]:
        """Return the comments and blank lines before each part."""
        first, *others = node.parts
        found = [_split(self.text[min(first.start, first.at) : first.at])[:-1]]
        for before, part in pairwise([first, *others]):
            found.append(_split(self.text[before.end : part.at])[1:-1])
        return [[line.strip() for line in lines] for lines in found]

    def _part(self, head: str, part: TreePart, column: int, order: FieldOrdering) -> list[str]:
        """Return the lines of a part, whose key or dash is given."""
        node = part.node
        stop = self.lines.end_of(max(node.end, part.mark))
        is_block = not node.style and bool(node.parts)
        begin = min(node.parts[0].start, node.parts[0].at) if is_block else node.start
        gap = self.text[part.mark : begin]
        trailing = [line.strip() for line in _split(self.text[stop : part.end])[1:]]
        first, *below = [line.strip() for line in _split(gap)]
        first = _split(gap)[0].rstrip() if first else ""
        below = [line for line in below[:-1] if is_block or line]
        deeper = " " * (column + (1 if node.style in BLOCK_SCALARS else _STEP))
        tail = [deeper + line if line else "" for line in trailing]
        if is_block:
            return [*self._block(head, part, column, order, before=(first, below)), *tail]
        beside = self.text[node.end : stop] if node.end < stop else ""
        if first or any(below):
            raise _UnprintableError(node.start, "comments stand before this value: move them up")
        value = self._inline(node, column, order)
        lines = [f"{head} {value[0]}" if value[0] else head, *value[1:]]
        lines[0 if node.style in BLOCK_SCALARS else -1] += beside.rstrip()
        return [*lines, *tail]

    def _block(
        self,
        head: str,
        part: TreePart,
        column: int,
        order: FieldOrdering,
        *,
        before: tuple[str, list[str]],
    ) -> list[str]:
        node = part.node
        first, below = before
        inner = column + _STEP
        lead = [" " * inner + line if line else "" for line in below]
        if node.shape == "map":
            body = self._map(node, inner, order)
        else:
            body = self._list(node, inner, order)
        if part.name:
            return [head + first, *lead, *body]
        # Behind a dash the first key follows on its line; comments move above the dash.
        above = [line.strip() for line in [first, *below] if line.strip()]
        while body and (body[0].lstrip().startswith("#") or not body[0].strip()):
            comment = body.pop(0).strip()
            above += [comment] if comment else []
        start = " " * column
        return [*(start + line for line in above), f"{head} {body[0][inner:]}", *body[1:]]

    def _list(self, node: TreeNode, column: int, order: FieldOrdering) -> list[str]:
        printed: list[str] = []
        for lead, part in zip(self._leads(node), node.parts, strict=True):
            printed += [" " * column + line if line else "" for line in lead]
            item = order.of_item(part.node.value)
            printed += self._part(f"{' ' * column}-", part, column, item)
        return printed

    # ── values ───────────────────────────────────────────────────────────────────────────────

    def _inline(self, node: TreeNode, column: int, order: FieldOrdering) -> list[str]:
        """Return a scalar, or a collection in flow style, as lines; the first follows its key."""
        text = self.text[node.start : node.end]
        lines = _split(text)
        if node.style in BLOCK_SCALARS:
            return self._block_scalar(node, lines, column)
        if len(lines) == 1:
            return [self._flow(node, order)]
        if node.shape == "scalar":
            indent = " " * (column + _STEP)
            return [
                lines[0].rstrip(),
                *(indent + x.strip() if x.strip() else "" for x in lines[1:]),
            ]
        shift = column - self._indent(node.start)
        return [lines[0].rstrip(), *(_shifted(line, shift).rstrip() for line in lines[1:])]

    def _indent(self, offset: int) -> int:
        """Return the column of the key or the dash that stands last before a value on its line."""
        number = self.lines.number(offset)
        before = self.text[self.lines.starts[number] : offset]
        words = re.match(r"(?:\s*-\s)*\s*", before)
        dashes = words[0] if words else ""
        if before.strip(" -") == "":
            return max(before.rfind("-"), 0)
        return len(dashes)

    def _block_scalar(self, node: TreeNode, lines: list[str], column: int) -> list[str]:
        header = lines[0].rstrip()
        if any(sign.isdigit() for sign in header.partition("#")[0]):
            shift = column - self._indent(node.start)
            return [header, *(_shifted(line, shift) for line in lines[1:])]
        old = next((len(x) - len(x.lstrip(" ")) for x in lines[1:] if x.strip(" ")), 0)
        new = " " * (column + _STEP)
        return [header, *(new + line[old:] if line[old:] else "" for line in lines[1:])]

    def _flow(self, node: TreeNode, order: FieldOrdering) -> str:
        if node.style not in {"{", "["}:
            return self.text[node.start : node.end]
        if node.style == "[":
            items = (self._flow(part.node, order.of_item(part.node.value)) for part in node.parts)
            return f"[{', '.join(items)}]"
        fields = []
        for index in _sorted(node, order):
            part = node.parts[index]
            if part.explicit:
                raise _UnprintableError(part.at, "the key stands behind '?': write {key: value}")
            key = self.text[part.at : part.mark].rstrip().removesuffix(":").rstrip()
            value = self._flow(part.node, order.inner.get(part.name, FieldOrdering()))
            fields.append(f"{key}: {value}" if value else f"{key}:")
        return f"{{{', '.join(fields)}}}"


def _split(text: str) -> list[str]:
    return _BREAK.split(text)


def _sorted(node: TreeNode, order: FieldOrdering) -> list[int]:
    rank = {key: number for number, key in enumerate(order.keys)}
    return sorted(
        range(len(node.parts)), key=lambda index: rank.get(node.parts[index].name, len(rank))
    )


def _shifted(line: str, shift: int) -> str:
    if shift >= 0:
        return " " * shift + line if line.strip() else line
    return line[min(-shift, len(line) - len(line.lstrip(" "))) :]


def _without_blanks(lines: list[str]) -> list[str]:
    kept = [*lines]
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _last_of(node: TreeNode, order: FieldOrdering | None = None) -> TreeNode:
    """Return the scalar or the collection in flow style that ends a node, as written or printed."""
    while node.parts and not node.style:
        part = node.parts[-1]
        if order is not None and node.shape == "map":
            part = node.parts[_sorted(node, order)[-1]]
        if order is not None:
            is_map = node.shape == "map"
            order = order.inner.get(part.name) if is_map else order.of_item(part.node.value)
            order = order or FieldOrdering()
        node = part.node
    return node
