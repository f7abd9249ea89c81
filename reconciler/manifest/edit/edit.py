"""Some resources of a file get other values, and every other byte of the text stays.

Invariant: what is returned was read again, and holds the wanted values and otherwise the former.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import ManifestsError
from reconciler.manifest.edit.nested import (
    ListEdit,
    MapEdit,
    ReplaceEdit,
    edit_between,
    edited,
    is_same,
)
from reconciler.manifest.edit.tree import TreeDocument, TreeNode, TreePart, read_tree, read_values
from reconciler.manifest.edit.writer import TextWriter, UnwritableError
from reconciler.model.finding import Finding, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.manifest.edit.tree import TextLines
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.address import Address

_MARK = "\ufeff"
_END = re.compile(r"(?:^|(?<=[\r\n]))(\.\.\.)")
_DASH = 2  # as `init` writes lists


@dataclass(frozen=True, slots=True)
class ManifestEdit:
    """What changes in one resource of a file.

    ``source`` is where the resource begins, or any place inside of it. ``values`` are fields that
    get a value, ``removed`` those that go, dotted where they are nested. ``children`` are items
    that inline lists get behind those that are there. ``deleted`` takes the whole resource out,
    with its own comments.
    """

    address: Address
    source: Source
    values: Mapping[str, Plain] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    children: Mapping[str, Sequence[Mapping[str, Plain]]] = field(default_factory=dict)
    deleted: bool = False


def edit_manifest(text: str, file: str, edits: Sequence[ManifestEdit]) -> str:
    """Return the text of a file with its resources edited; empty when no document is left.

    Raises: ManifestsError where the text has findings, a resource is not at its place, or a value
            cannot be written there.
    """
    mark = _MARK if text.startswith(_MARK) else ""
    bare = text.removeprefix(_MARK)
    before = read_values(bare, file)
    lines, documents = read_tree(bare)
    wanted = _Wanted(file, lines, documents)
    for edit in edits:
        wanted.add(edit)
    try:
        after = wanted.write()
    except UnwritableError as error:
        raise wanted.refusal(error.offset, str(error)) from error
    if not after:
        return ""
    wanted.check(before, read_values(after, file))
    return mark + after


class _Wanted:
    """What shall become of the documents of one file."""

    __slots__ = ("deleted", "documents", "edits", "file", "lines")

    def __init__(self, file: str, lines: TextLines, documents: list[TreeDocument]) -> None:
        self.file = file
        self.lines = lines
        self.documents = documents
        self.edits: dict[int, MapEdit] = {}
        self.deleted: set[int] = set()

    def refusal(self, offset: int, reason: str) -> ManifestsError:
        line, column = self.lines.number(offset) + 1, self.lines.column(offset) + 1
        source = Source(self.file, line, column)
        return ManifestsError([Finding("error", "not-editable", reason, source)])

    def add(self, edit: ManifestEdit) -> None:
        """Take up one edit."""
        number, path, node = self._find(edit)
        if edit.deleted and not path:
            self.deleted.add(number)
            return
        root = self.edits.setdefault(number, MapEdit())
        if not path:
            part = _part(node, "spec")
            if part is None or part.node.shape != "map":
                raise self.refusal(node.start, f"{edit.address} has no spec to write into")
            self._fields(edit, _inner_map(root, "spec"), part.node)
            return
        key, index = path
        items = _inner_map(root, "spec").inner.setdefault(key, ListEdit())
        if not isinstance(items, ListEdit):
            raise self.refusal(node.start, f"{edit.address} stands in a list that is replaced")
        if edit.deleted:
            items.removed.add(index)
            return
        found = items.inner.setdefault(index, MapEdit())
        if isinstance(found, MapEdit):
            self._fields(edit, found, node)

    def _find(self, edit: ManifestEdit) -> tuple[int, tuple[()] | tuple[str, int], TreeNode]:
        """Find the document, and where it stands inline the list and its number."""
        offset = self._offset(edit.source)
        for number, document in enumerate(self.documents):
            if offset is None or not document.start <= offset < max(document.end, offset):
                continue
            for key, index, part in _inline_items(document.node):
                start = min(part.at, part.node.start)
                if start <= offset <= part.node.end and _name(part.node) == edit.address.name:
                    return number, (key, index), part.node
            value = document.node.value
            metadata = _part(document.node, "metadata")
            is_it = isinstance(value, dict) and value.get("kind") == edit.address.kind
            if is_it and metadata and _name(metadata.node) == edit.address.name:
                return number, (), document.node
        message = f"{edit.address} is not declared here any more: run the command again"
        raise ManifestsError([Finding("error", "not-editable", message, edit.source)])

    def _offset(self, source: Source) -> int | None:
        number = source.line - 1
        if not 0 <= number < len(self.lines.starts):
            return None
        line = self.lines.line(number)
        column = source.column - 1 if source.column else len(line) - len(line.lstrip(" -"))
        return min(self.lines.starts[number] + column, self.lines.ends[number])

    def _fields(self, edit: ManifestEdit, into: MapEdit, node: TreeNode) -> None:
        """Note the values of one resource, whose fields a map holds."""
        for name in edit.removed:
            _remove(into, node, name)
        for name, value in edit.values.items():
            self._set(into, node, name, value)
        for key, items in edit.children.items():
            new: list[Plain] = [dict(item) for item in items]
            part = _part(node, key)
            if part is not None and part.node.parts and part.node.shape == "list":
                found = into.inner.setdefault(key, ListEdit())
                if isinstance(found, ListEdit):
                    found.inserted.setdefault(len(part.node.parts), []).extend(new)
            elif part is not None:
                into.inner[key] = ReplaceEdit(new)
            else:
                into.values[key] = new

    def _set(self, into: MapEdit, node: TreeNode, name: str, value: Plain) -> None:
        head, dot, rest = name.partition(".")
        part = _part(node, head)
        if not dot:
            if part is None:
                into.values[head] = value
            elif inner := edit_between(part.node.value, value):
                into.inner[head] = inner
            return
        if part is None:
            group = into.values.setdefault(head, {})
            if isinstance(group, dict):
                group[rest] = value
        elif part.node.shape == "map":
            self._set(_inner_map(into, head), part.node, rest, value)
        else:
            raise self.refusal(part.node.start, f"{head} is no map, so {name} cannot stand in it")

    def write(self) -> str:
        """Return the text as it shall be."""
        if len(self.deleted) == len(self.documents):
            return ""
        text = self.lines.text
        out = text[: self.documents[0].start]
        for number, document in enumerate(self.documents):
            if number in self.deleted:
                out += self._without(number)
            elif edit := self.edits.get(number):
                dash = _dash(self.lines, document.node)
                writer = TextWriter(self.lines, _DASH if dash is None else dash)
                body = writer.value(document.mark, document.end, document.node, edit, column=-1)
                out += text[document.start : document.mark] + body
            else:
                out += text[document.start : document.end]
        is_open = not text.endswith(("\n", "\r"))
        return out.removesuffix("\n").removesuffix("\r") if is_open else out

    def _without(self, number: int) -> str:
        """Return what stays of a document that goes: the comments of its neighbours."""
        document = self.documents[number]
        text, lines = self.lines.text, self.lines
        head, tail = "", text[lines.end_of(document.node.end) : document.end]
        if not document.explicit:
            head = text[document.start : self._first(document)]
        is_followed = number + 1 < len(self.documents)
        if document.ended:
            before, sign, behind = _END.split(tail, maxsplit=1)
            if is_followed and not self.documents[number + 1].explicit:
                return head + sign + behind
            tail = before + ("" if is_followed else behind.lstrip(" \t\r\n"))
        kept = tail.lstrip("\r\n")
        return head + (kept if kept.strip() else "")

    def _first(self, document: TreeDocument) -> int:
        """Return where the lines of a document without a ``---`` begin, with its own comments."""
        number = self.lines.number(document.node.start)
        least = self.lines.number(document.start)
        while number > least and self.lines.comment_column(number - 1) is not None:
            if "yaml-language-server" in self.lines.line(number - 1):
                break
            number -= 1
        return self.lines.starts[number]

    def check(self, before: list[Plain], after: list[Plain]) -> None:
        """Find out that every document holds what it shall. Raises: ManifestsError."""
        kept = [number for number in range(len(before)) if number not in self.deleted]
        values = [edited(before[number], self.edits.get(number)) for number in kept]
        if len(kept) == len(after) and all(map(is_same, values, after)):
            return
        wrong = (
            number
            for number, value, found in zip(kept, values, after, strict=False)
            if not is_same(value, found)
        )
        number = next(wrong, 0)
        reason = "the new values cannot be written into this document: change it by hand"
        raise self.refusal(self.documents[number].node.start, reason)


def _part(node: TreeNode, name: str) -> TreePart | None:
    if node.shape != "map":
        return None
    return next((part for part in node.parts if part.name == name), None)


def _inline_items(root: TreeNode) -> Iterator[tuple[str, int, TreePart]]:
    spec = _part(root, "spec")
    for part in spec.node.parts if spec and spec.node.shape == "map" else ():
        if part.node.shape == "list":
            for index, item in enumerate(part.node.parts):
                yield part.name, index, item


def _name(node: TreeNode) -> Plain:
    return node.value.get("name") if isinstance(node.value, dict) else None


def _inner_map(edit: MapEdit, key: str) -> MapEdit:
    found = edit.inner.get(key)
    if not isinstance(found, MapEdit):
        found = edit.inner[key] = MapEdit()
    return found


def _remove(into: MapEdit, node: TreeNode, name: str) -> None:
    head, dot, rest = name.partition(".")
    part = _part(node, head)
    if part is None:
        return
    if not dot:
        into.removed.add(head)
        return
    inner = _inner_map(into, head)
    _remove(inner, part.node, rest)
    if len(inner.removed) == len(part.node.parts):
        into.removed.add(head)  # an empty map says nothing


def _dash(lines: TextLines, node: TreeNode) -> int | None:
    """Return how far right of their keys the lists of a document stand, where it has any."""
    for part in node.parts:
        inner = part.node
        if inner.shape == "list" and not inner.style and part.name:
            return lines.column(inner.parts[0].at) - lines.column(part.at)
        if (found := _dash(lines, inner)) is not None:
            return found
    return None
