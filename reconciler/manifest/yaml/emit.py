"""Write a manifest as text: plain maps, lists and scalars, so that loading returns the same values.

Invariants: every value is on one line and contains no command for a terminal or a CI log; a text
that could be read as another type is in quotes.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.manifest.yaml.scalars import Plain

_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_./@-]*(?: [A-Za-z0-9_./@-]+)*")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
_OBEYED = re.compile(r":(?=:)|#(?=#)")
_BMP = 0xFFFF


def manifest_text(document: Mapping[str, Plain]) -> str:
    """Return one document, without a separator before it."""
    return "".join(f"{line}\n" for line in map_lines(document))


def inline_text(value: Plain) -> str:
    """Write a value on one line, in flow style where it is a map or a list."""
    match value:
        case dict() if value:
            return "{" + ", ".join(f"{_key(k)}: {inline_text(v)}" for k, v in value.items()) + "}"
        case list() if value:
            return "[" + ", ".join(inline_text(each) for each in value) + "]"
        case _:
            return _scalar(value)


def map_lines(values: Mapping[str, Plain]) -> list[str]:
    """Write a map in block style, a line each."""
    lines = []
    for key, value in values.items():
        name = _key(key)
        if isinstance(value, dict) and value:
            lines += [f"{name}:", *(f"  {line}" for line in map_lines(value))]
        elif isinstance(value, list) and value:
            lines += [f"{name}:", *(line for item in value for line in item_lines(item))]
        else:
            lines.append(f"{name}: {_scalar(value)}")
    return lines


def item_lines(item: Plain) -> list[str]:
    """Write an item of a list in block style, indented as below its key."""
    if isinstance(item, dict) and item:
        first, *rest = map_lines(item)
        return [f"  - {first}", *(f"    {line}" for line in rest)]
    return [f"  - {inline_text(item)}"]


def _key(key: str) -> str:
    return key if _KEY.fullmatch(key) else quoted(key)


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


def quoted(text: str) -> str:
    """Write a text in double quotes, on one line and inert."""
    escaped = "".join(_escaped(character) for character in text)
    return '"' + _OBEYED.sub(lambda sign: f"\\x{ord(sign[0]):02x}", escaped) + '"'


def _escaped(character: str) -> str:
    if character.isprintable():
        return json.dumps(character, ensure_ascii=False)[1:-1]
    number = ord(character)
    return f"\\u{number:04x}" if number <= _BMP else f"\\U{number:08x}"
