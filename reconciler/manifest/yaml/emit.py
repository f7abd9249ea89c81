"""A manifest as text: plain maps, lists and scalars, written so that loading gives them back.

Invariants: the text is inert wherever it is shown: one line a value, nothing that a terminal or a
CI log obeys; whatever could be read as another type is in quotes.
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
    """Write one document, without a separator before it."""
    return "".join(f"{line}\n" for line in _map_lines(document))


def _map_lines(values: Mapping[str, Plain]) -> list[str]:
    lines = []
    for key, value in values.items():
        name = key if _KEY.fullmatch(key) else _quoted(key)
        if isinstance(value, dict) and value:
            lines += [f"{name}:", *(f"  {line}" for line in _map_lines(value))]
        elif isinstance(value, list) and value:
            lines += [f"{name}:", *(line for item in value for line in _item_lines(item))]
        else:
            lines.append(f"{name}: {_scalar(value)}")
    return lines


def _item_lines(item: Plain) -> list[str]:
    if isinstance(item, dict) and item:
        first, *rest = _map_lines(item)
        return [f"  - {first}", *(f"    {line}" for line in rest)]
    return [f"  - {_scalar(item)}"]


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
            return value if is_plain else _quoted(value)
        case dict():
            return "{}"
        case list():
            return "[]"


def _quoted(text: str) -> str:
    escaped = "".join(_escaped(character) for character in text)
    return '"' + _OBEYED.sub(lambda sign: f"\\x{ord(sign[0]):02x}", escaped) + '"'


def _escaped(character: str) -> str:
    if character.isprintable():
        return json.dumps(character, ensure_ascii=False)[1:-1]
    number = ord(character)
    return f"\\u{number:04x}" if number <= _BMP else f"\\U{number:08x}"
