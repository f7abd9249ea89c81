"""Positions in a file: a tree of positions beside the tree of plain values.

Invariants: lines and columns count from one, in characters, as editors show them; a place without
an origin is in the file of its document, and was written there alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from reconciler.model.finding import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.manifest.yaml.scalars import Plain

Inner: TypeAlias = "dict[str, Position] | list[Position] | None"


class Origin(NamedTuple):
    """The file of a value that a merge has touched, and who had a say, the last one last."""

    file: str
    said: tuple[tuple[Source, Plain], ...]


class Position(NamedTuple):
    """The position of a value, of its key, and of the values inside."""

    line: int
    column: int
    key_line: int
    key_column: int
    inner: Inner
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One YAML document: its plain value and its positions."""

    file: str
    value: Plain
    place: Position


def locate(file: str, place: Position, path: Sequence[str | int] = ()) -> Source:
    """Return the position of the value at a path, or of the nearest value around it."""
    found = follow(place, path)
    return Source(found.origin.file if found.origin else file, found.line, found.column)


def locate_key(file: str, place: Position, path: Sequence[str | int]) -> Source:
    """Return the position of the key at a path."""
    found = follow(place, path)
    return Source(found.origin.file if found.origin else file, found.key_line, found.key_column)


def follow(place: Position, path: Sequence[str | int]) -> Position:
    """Return the place at the end of a path, or the nearest one around it."""
    for part in path:
        inner = place.inner
        if isinstance(inner, dict):
            found = inner.get(str(part))
        else:
            found = inner[part] if inner and isinstance(part, int) and part < len(inner) else None
        if found is None:
            break
        place = found
    return place
