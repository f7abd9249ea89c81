"""Read the plainest form of YAML line by line, several times faster than the parser of all YAML.

Invariants: what is read here equals what the parser reads, positions included (a law compares the
two); a text with anything else in it, a mistake above all, is not read here but left to the parser.
The form: maps and lists in block style, one key a line; scalars on one line, plain or in quotes
without an escape; maps and lists in flow style that end on their line; comments; ``---``.
"""

from __future__ import annotations

import re
from string import ascii_letters
from typing import TYPE_CHECKING

from reconciler.manifest.yaml.positions import Position, YamlDocument
from reconciler.manifest.yaml.scalars import WORDS, RefusedScalar, resolve

if TYPE_CHECKING:
    from reconciler.manifest.yaml.positions import Inner
    from reconciler.manifest.yaml.scalars import Plain

_MAX_DEPTH = 16
# Every repetition is possessive, so that no text takes more than one pass, and bounded, so that no
# scalar reaches the bound at which the parser refuses it.
_KEY = r"[A-Za-z][A-Za-z0-9_./-]{0,62}+"
_QUOTED = r"\"[^\"\\\n]{0,400}+\"|'[^'\n]{0,400}+'"
_PLAIN = r"(?:[\w./(+]|-(?=[\w.]))[^:#\n]{0,400}+(?:(?::[^\s:#]|(?<=[^ :])#)[^:#\n]{0,400}+){0,40}+"
# Indentation, dash, key, the blanks behind it, and the value; or else, in the last group, a line of
# another form. A plain value is taken with the blanks behind it.
_LINE = re.compile(
    rf"^( *+)((?:- ++)?+)(?:({_KEY}):( ++|(?=$)))?+"
    rf"({_PLAIN}|{_QUOTED}|[\[{{][^\n]*+)?+ *+(?:(?<![^ \n])#.*+)?+$|^(.++)$",
    re.MULTILINE,
)
# In flow style: a key with the blanks behind it; a scalar, plain or in quotes, or a bracket that
# opens; what comes behind an entry.
_FLOW_KEY = re.compile(rf" *+({_KEY}): ++")
_FLOW_ITEM = re.compile(
    rf" *+(?:([\w./+][\w ./+@-]{{0,400}}+|-[\w.][\w ./+@-]{{0,400}}+)|({_QUOTED})|([\[{{]))"
)
_FLOW_NEXT = re.compile(r" *+([,\]}])")
_REST = re.compile(r" *+(?:(?<= )#.*+)?+")
_IN_QUOTES, _OPENS = 2, 3
_LETTERS = frozenset(ascii_letters)

_Line = tuple[str, str, str, str, str, str]
_END: _Line = ("", "", "", "", "", "end")
_place = tuple.__new__  # of a Position: a third of the time of its own constructor


class _OtherFormError(Exception):
    """Ends the reading: the text is one for the parser."""


def read_lines(text: str, file: str) -> list[YamlDocument] | None:
    """Read all documents of an admitted text; None where it is not in the plainest form."""
    if "\t" in text or "\r" in text:
        return None
    lines: list[_Line] = _LINE.findall(text)
    if len(lines) != text.count("\n") + 1:
        return None
    lines.append(_END)
    try:
        return _LineReader(lines, file).read_documents()
    except _OtherFormError:
        return None


class _LineReader:
    """Reads the lines of a text; ``at`` is the number of those that were read."""

    __slots__ = ("at", "file", "lines")

    def __init__(self, lines: list[_Line], file: str) -> None:
        self.lines = lines
        self.file = file
        self.at = 0

    def read_documents(self) -> list[YamlDocument]:
        documents: list[YamlDocument] = []
        begun = True  # no document but the first begins without a separator
        separated = False
        while True:
            indent, dash, key, _, text, other = self.lines[self.at]
            if other == "---" and not separated:
                begun = separated = True
                self.at += 1
            elif other:
                if separated or not documents or self.at + 1 < len(self.lines):
                    raise _OtherFormError
                return documents
            elif not (dash or key or text):
                self.at += 1
            elif dash or not key or indent or not begun:
                raise _OtherFormError
            else:
                line = self.at + 1
                value, inner = self._map(0, 1)
                place = _place(Position, (line, 1, line, 1, inner, None))
                documents.append(YamlDocument(self.file, value, place))
                begun = separated = False

    def _map(self, column: int, depth: int) -> tuple[Plain, Inner]:
        """Read a map whose keys stand in one column; a dash may stand before the first one."""
        if depth > _MAX_DEPTH:
            raise _OtherFormError
        lines, at = self.lines, self.at
        value: dict[str, Plain] = {}
        places: dict[str, Position] = {}
        while True:
            indent, dash, key, gap, text, other = lines[at]
            if not key:
                if other or dash:
                    break
                if text:
                    raise _OtherFormError  # a scalar of several lines
                at += 1
                continue
            if value and (dash or len(indent) != column):
                if len(indent) > column:
                    raise _OtherFormError
                break
            if key in value or key in WORDS:
                raise _OtherFormError
            at += 1
            if text:
                start = column + len(key) + len(gap) + 2
                if text[0] in _LETTERS and text[-1] != " " and text not in WORDS:
                    value[key], inner = text, None  # the common case, fast
                else:
                    value[key], inner = self._one_line(text, at, start, depth)
                places[key] = _place(Position, (at, start, at, column + 1, inner, None))
            else:
                self.at = at
                value[key], below, start, inner = self._below(column, depth + 1)
                places[key] = _place(Position, (below, start, at, column + 1, inner, None))
                at = self.at
        self.at = at
        return value, places

    def _below(self, column: int, depth: int) -> tuple[Plain, int, int, Inner]:
        """Read the value of a key that stands alone, with its line and its column."""
        lines, at = self.lines, self.at
        while not any(lines[at][1:]):
            at += 1
        self.at = at
        indent, dash, key, _, _, _ = lines[at]
        here = len(indent)
        if dash and here >= column:
            value, inner = self._list(here, depth)
        elif key and not dash and here > column:
            value, inner = self._map(here, depth)
        else:
            raise _OtherFormError  # a null, or a scalar of several lines
        return value, at + 1, here + 1, inner

    def _list(self, column: int, depth: int) -> tuple[Plain, Inner]:
        """Read a list whose dashes stand in one column."""
        if depth > _MAX_DEPTH:
            raise _OtherFormError
        lines = self.lines
        value: list[Plain] = []
        places: list[Position] = []
        while True:
            indent, dash, key, _, text, other = lines[self.at]
            if other or (key and not dash) or (dash and len(indent) != column):
                if not other and len(indent) > column:
                    raise _OtherFormError
                break
            if dash:
                start, line = column + len(dash) + 1, self.at + 1
                if key:
                    item, inner = self._map(start - 1, depth + 1)
                elif not text:
                    raise _OtherFormError  # a null, or what follows stands below
                else:
                    self.at += 1
                    item, inner = self._one_line(text, line, start, depth)
                value.append(item)
                places.append(_place(Position, (line, start, line, start, inner, None)))
            elif text:
                raise _OtherFormError  # a scalar of several lines
            else:
                self.at += 1
        return value, places

    def _one_line(self, text: str, line: int, start: int, depth: int) -> tuple[Plain, Inner]:
        """Read what stands on one line: a scalar, or a map or a list in flow style."""
        if text[:1] in {"{", "["}:
            flow = _FlowReader(text, line, start)
            value, inner = flow.read(depth + 1)
            if _REST.fullmatch(text, flow.at) is None:
                raise _OtherFormError
            return value, inner
        return (text[1:-1] if text[:1] in {'"', "'"} else _resolved(text)), None


class _FlowReader:
    """Reads a map or a list in flow style; ``at`` is the offset of what was not read yet."""

    __slots__ = ("at", "line", "start", "text")

    def __init__(self, text: str, line: int, start: int) -> None:
        self.text = text
        self.line = line
        self.start = start  # the column where the text begins
        self.at = 0

    def read(self, depth: int) -> tuple[Plain, Inner]:
        """Read from an opening bracket to the one that closes it."""
        if depth > _MAX_DEPTH:
            raise _OtherFormError
        is_map = self.text[self.at] == "{"
        self.at += 1
        empty = _FLOW_NEXT.match(self.text, self.at)
        if empty:
            self.at = empty.end()
            if empty[1] != ("}" if is_map else "]"):
                raise _OtherFormError
            return ({}, {}) if is_map else ([], [])
        return self._map(depth) if is_map else self._list(depth)

    def _map(self, depth: int) -> tuple[Plain, Inner]:
        value: dict[str, Plain] = {}
        places: dict[str, Position] = {}
        sign = ","
        while sign == ",":
            found = _FLOW_KEY.match(self.text, self.at)
            if found is None or found[1] in value or found[1] in WORDS:
                raise _OtherFormError
            self.at = found.end()
            key, column = found[1], self.start + found.start(1)
            value[key], start, inner = self._item(depth)
            places[key] = _place(Position, (self.line, start, self.line, column, inner, None))
            sign = self._sign()
        if sign != "}":
            raise _OtherFormError
        return value, places

    def _list(self, depth: int) -> tuple[Plain, Inner]:
        value: list[Plain] = []
        places: list[Position] = []
        sign = ","
        while sign == ",":
            item, start, inner = self._item(depth)
            value.append(item)
            places.append(_place(Position, (self.line, start, self.line, start, inner, None)))
            sign = self._sign()
        if sign != "]":
            raise _OtherFormError
        return value, places

    def _item(self, depth: int) -> tuple[Plain, int, Inner]:
        """Read a value, with its column."""
        found = _FLOW_ITEM.match(self.text, self.at)
        if found is None:
            raise _OtherFormError
        group = found.lastindex or 0
        at = found.start(group)
        start = self.start + at
        if group == _OPENS:
            self.at = at
            value, inner = self.read(depth + 1)
            return value, start, inner
        self.at = found.end()
        return (found[2][1:-1] if group == _IN_QUOTES else _resolved(found[1])), start, None

    def _sign(self) -> str:
        """Read what comes behind an entry: a comma, or a closing bracket."""
        found = _FLOW_NEXT.match(self.text, self.at)
        if found is None:
            raise _OtherFormError
        self.at = found.end()
        return found[1]


def _resolved(text: str) -> Plain:
    value = resolve(text.rstrip(" "))
    if isinstance(value, RefusedScalar):
        raise _OtherFormError
    return value
