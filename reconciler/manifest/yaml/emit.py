"""Write a manifest as text: plain maps, lists and scalars, so that loading returns the same values.

Invariants: the text contains no command for a terminal or a CI log; a text that could be read as
another type is in quotes. ``manifest_text`` keeps every value on one line, ``file_text`` writes
what people keep: texts of several lines as blocks, options with comments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.manifest.yaml.scalars import Plain

Path = tuple[str | int, ...]
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_./@-]*(?: [A-Za-z0-9_./@-]+)*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
_OBEYED = re.compile(r":(?=:)|#(?=#)")
# Lines that a block keeps as they are: none that begins with a blank, ends with one, or is long.
_BLOCK = re.compile(r"(?!\s)[^\r]*[^\s]\n?\Z")
_FRAYED = re.compile(r"[ \t]$", re.MULTILINE)
_BMP = 0xFFFF
_NARROW = 90


@dataclass(frozen=True, slots=True)
class Comments:
    """What people read beside the values: ``beside`` on the line, ``above`` before the key."""

    beside: Mapping[Path, str] = field(default_factory=dict)
    above: Mapping[Path, Sequence[str]] = field(default_factory=dict)


_NONE = Comments()


def manifest_text(document: Mapping[str, Plain]) -> str:
    """Return one document, without a separator before it, one line a value."""
    return "".join(f"{line}\n" for line in map_lines(document))


def map_lines(values: Mapping[str, Plain]) -> list[str]:
    """Write a map in block style, a line each."""
    return _Writer(_NONE, kept=False).map_lines(values, ())


def item_lines(item: Plain) -> list[str]:
    """Write an item of a list in block style, indented as below its key."""
    return [*_Writer(_NONE, kept=False).list_lines([item], ())]


def inline_text(value: Plain) -> str:
    """Write a value on one line, in flow style where it is a map or a list."""
    match value:
        case dict() if value:
            return "{" + ", ".join(f"{_key(k)}: {inline_text(v)}" for k, v in value.items()) + "}"
        case list() if value:
            return "[" + ", ".join(inline_text(each) for each in value) + "]"
        case _:
            return _scalar(value)


def file_text(document: Mapping[str, Plain], comments: Comments = _NONE) -> str:
    """Write one document as people keep it in a file."""
    return "".join(f"{line}\n" for line in _Writer(comments, kept=True).map_lines(document, ()))


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes lines; ``kept`` says that people keep them, so that they are made to be read."""

    comments: Comments
    kept: bool

    def map_lines(self, values: Mapping[str, Plain], path: Path) -> list[str]:
        """Write the lines of a map, not indented."""
        lines: list[str] = []
        for key, value in values.items():
            at = (*path, key)
            lines += [f"# {_remark(line)}" for line in self.comments.above.get(at, ())]
            lines += self._value_lines(_key(key), value, at)
        return lines

    def _value_lines(self, name: str, value: Plain, at: Path) -> list[str]:
        remark = self._remark_beside(at)
        flow = self._flow(value, at)
        if flow is not None and len(name) + len(flow) < _NARROW:
            return [f"{name}: {flow}{remark}"]
        if isinstance(value, dict) and value:
            return [f"{name}:{remark}", *(_indented(line) for line in self.map_lines(value, at))]
        if isinstance(value, list) and value:
            return [f"{name}:{remark}", *self.list_lines(value, at)]
        if self.kept and isinstance(value, str) and _is_block(value):
            return [f"{name}: |{_chomp(value)}{remark}", *map(_indented, _block_lines(value))]
        is_day = self.kept and isinstance(value, str) and _DAY.fullmatch(value)
        return [f"{name}: {value if is_day else _scalar(value)}{remark}"]

    def list_lines(self, items: Sequence[Plain], path: Path) -> Iterator[str]:
        """Write the items of a list, indented as below its key."""
        for number, item in enumerate(items):
            at = (*path, number)
            yield from (f"  # {_remark(line)}" for line in self.comments.above.get(at, ()))
            flow = self._flow(item, at)
            if isinstance(item, dict) and item and flow is None:
                first, *rest = self.map_lines(item, at)
                yield f"  - {first}"
                yield from (f"    {line}" if line else line for line in rest)
            else:
                yield f"  - {flow or inline_text(item)}{self._remark_beside(at)}"

    def _remark_beside(self, at: Path) -> str:
        remark = self.comments.beside.get(at)
        return f"  # {_remark(remark)}" if remark else ""

    def _flow(self, value: Plain, at: Path) -> str | None:
        """Write a reference, or a short list without comments, on one line."""
        if not self.kept:
            return None
        if isinstance(value, dict) and len(value) == 1:
            [(key, inner)] = value.items()
            if isinstance(inner, str) and len(inner) < _NARROW:
                return f"{{{_key(key)}: {quoted(inner) if key == 'id' else _scalar(inner)}}}"
        if isinstance(value, list) and value and not any(isinstance(i, dict | list) for i in value):
            if any((*at, number) in self.comments.beside for number in range(len(value))):
                return None
            return inline_text(value)
        return None


def _indented(line: str) -> str:
    return f"  {line}" if line else line


def _is_block(text: str) -> bool:
    inner = text.removesuffix("\n")
    return (
        "\n" in inner
        and _BLOCK.match(text) is not None
        and not _FRAYED.search(text)
        and not _OBEYED.search(text)
        and all(line.isprintable() for line in text.split("\n"))
    )


def _chomp(text: str) -> str:
    return "" if text.endswith("\n") else "-"


def _block_lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _remark(text: str) -> str:
    """Return a comment on one line, which nobody obeys."""
    return _OBEYED.sub(lambda sign: f"{sign[0]} ", _escaped(text).replace('\\"', '"'))


def _scalar(value: Plain) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case str():
            is_plain = _BARE.fullmatch(value) and value.lower() not in _WORDS
            return value if is_plain else quoted(value)
        case dict():
            return "{}"
        case list():
            return "[]"


def _key(key: str) -> str:
    return key if _KEY.fullmatch(key) else quoted(key)


def quoted(text: str) -> str:
    """Write a text in double quotes, on one line and inert."""
    return '"' + _OBEYED.sub(lambda sign: f"\\x{ord(sign[0]):02x}", _escaped(text)) + '"'


def _escaped(text: str) -> str:
    if text.isprintable():
        return json.dumps(text, ensure_ascii=False)[1:-1]
    if len(text) > 1:
        return "".join(map(_escaped, text))
    number = ord(text)
    return f"\\u{number:04x}" if number <= _BMP else f"\\U{number:08x}"
