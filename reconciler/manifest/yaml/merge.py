"""One document laid over another: maps merge, scalars and lists replace.

Invariants: neither document is changed; each value keeps the file and the place where it was
written, and what it replaced stays known as one that had a say.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from reconciler.manifest.yaml.positions import Origin, Position, YamlDocument
from reconciler.model.finding import Source

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.manifest.yaml.positions import Inner
    from reconciler.manifest.yaml.scalars import Plain

Said = tuple[tuple[Source, "Plain"], ...]


def merge(lower: YamlDocument, upper: YamlDocument, single: Collection[str]) -> YamlDocument:
    """Lay a document over another one of the same address.

    ``single`` holds the dotted paths at which a map is one value, as a reference is.
    """
    value, place = _merge(lower, upper, single, ())
    return YamlDocument(lower.file, value, place)


def merge_at(
    lower: YamlDocument, path: Sequence[str | int], upper: YamlDocument, single: Collection[str]
) -> YamlDocument:
    """Lay a document over the value at a path, which leads through maps and lists."""
    if not path:
        return merge(lower, upper, single)
    step, *rest = path
    value, inner = copy(lower.value), copy(lower.place.inner)
    if isinstance(value, dict) and isinstance(inner, dict):
        key = str(step)
        found = merge_at(YamlDocument(lower.file, value[key], inner[key]), rest, upper, single)
        value[key], inner[key] = found.value, found.place
    elif isinstance(value, list) and isinstance(inner, list):
        number = int(step)
        under = YamlDocument(lower.file, value[number], inner[number])
        found = merge_at(under, rest, upper, single)
        value[number], inner[number] = found.value, found.place
    return YamlDocument(lower.file, value, lower.place._replace(inner=inner))


def said_of(document: YamlDocument) -> Said:
    """Return who had a say in a value, the last one last."""
    place = document.place
    if place.origin is not None:
        return place.origin.said
    return ((Source(document.file, place.line, place.column), document.value),)


def in_file(document: YamlDocument) -> Position:
    """Return the places of a document with its file at each of them."""
    return _in_file(document.value, document.place, document.file)


def _merge(
    lower: YamlDocument, upper: YamlDocument, single: Collection[str], path: tuple[str, ...]
) -> tuple[Plain, Position]:
    said = said_of(lower) + said_of(upper)
    under, over = values_of(lower), values_of(upper)
    if under is None or over is None or ".".join(path) in single:
        return upper.value, in_file(upper)._replace(origin=Origin(upper.file, said))
    value: dict[str, Plain] = {key: each.value for key, each in under.items()}
    inner = {key: each.place for key, each in under.items()}
    for key, item in over.items():
        below = under.get(key)
        if below is None:
            value[key], inner[key] = item.value, in_file(item)
        else:
            value[key], inner[key] = _merge(below, item, single, (*path, key))
    file = lower.place.origin.file if lower.place.origin else lower.file
    return value, lower.place._replace(inner=inner, origin=Origin(file, said))


def values_of(document: YamlDocument) -> dict[str, YamlDocument] | None:
    """Return what a map holds, each value as a document of the file; None for what is no map."""
    value, inner = document.value, document.place.inner
    if not isinstance(value, dict) or not isinstance(inner, dict):
        return None
    return {key: YamlDocument(document.file, item, inner[key]) for key, item in value.items()}


def _in_file(value: Plain, place: Position, file: str) -> Position:
    inner: Inner = None
    if isinstance(value, dict) and isinstance(place.inner, dict):
        inner = {key: _in_file(value[key], each, file) for key, each in place.inner.items()}
    elif isinstance(value, list) and isinstance(place.inner, list):
        pairs = zip(value, place.inner, strict=True)
        inner = [_in_file(item, each, file) for item, each in pairs]
    said = ((Source(file, place.line, place.column), value),)
    return place._replace(inner=inner, origin=Origin(file, said))
