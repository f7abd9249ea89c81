"""What is to be different inside a value, apart from how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable

    from reconciler.manifest.yaml.scalars import Plain


@dataclass(slots=True)
class MapEdit:
    """Keys that get a value, keys that go, and what changes inside of others."""

    values: dict[str, Plain] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    inner: dict[str, InnerEdit] = field(default_factory=dict)


@dataclass(slots=True)
class ListEdit:
    """Items that go, items that come before a present one or after the last, and changed ones."""

    removed: set[int] = field(default_factory=set)
    inserted: dict[int, list[Plain]] = field(default_factory=dict)
    inner: dict[int, InnerEdit] = field(default_factory=dict)


@dataclass(slots=True)
class ReplaceEdit:
    """Another value."""

    value: Plain


InnerEdit: TypeAlias = "MapEdit | ListEdit | ReplaceEdit"


def edit_between(before: Plain, after: Plain) -> InnerEdit | None:
    """Return what leads from one value to another, as far inside as they are alike."""
    if is_same(before, after):
        return None
    if isinstance(before, dict) and isinstance(after, dict) and before and after:
        return _map_edit(before, after)
    if isinstance(before, list) and isinstance(after, list) and before and after:
        return _list_edit(before, after)
    return ReplaceEdit(after)


def edited(value: Plain, edit: InnerEdit | None) -> Plain:
    """Return the value that an edit leads to."""
    match edit:
        case None:
            return value
        case ReplaceEdit():
            return edit.value
        case MapEdit():
            kept = value if isinstance(value, dict) else {}
            return {
                key: edited(item, edit.inner.get(key))
                for key, item in kept.items()
                if key not in edit.removed
            } | edit.values
        case ListEdit():
            items = value if isinstance(value, list) else []
            result: list[Plain] = []
            for index, item in enumerate(items):
                result += edit.inserted.get(index, [])
                if index not in edit.removed:
                    result.append(edited(item, edit.inner.get(index)))
            return result + edit.inserted.get(len(items), [])


def is_same(one: Plain, other: Plain) -> bool:
    """Return whether two values are one, whatever the order of keys; ``1.0`` is ``1``."""
    return _comparable(one) == _comparable(other)


def _comparable(value: Plain) -> Hashable:
    match value:
        case Mapping():
            return "map", frozenset((key, _comparable(item)) for key, item in value.items())
        case list():
            return "list", tuple(_comparable(item) for item in value)
        case bool() | None:
            return "word", value
        case int() | Decimal():
            return "number", value
        case str():
            return "text", value


def _map_edit(before: dict[str, Plain], after: dict[str, Plain]) -> MapEdit:
    edit = MapEdit(removed=set(before) - set(after))
    for key, value in after.items():
        if key not in before:
            edit.values[key] = value
        elif inner := edit_between(before[key], value):
            edit.inner[key] = inner
    return edit


def _list_edit(before: list[Plain], after: list[Plain]) -> ListEdit:
    edit = ListEdit()
    old, new = ([_comparable(item) for item in items] for items in (before, after))
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for tag, start, stop, first, last in steps:
        if tag == "equal":
            continue
        paired = min(stop - start, last - first)
        for step in range(paired):
            inner = edit_between(before[start + step], after[first + step])
            if inner:
                edit.inner[start + step] = inner
        edit.removed.update(range(start + paired, stop))
        if after[first + paired : last]:
            edit.inserted[stop] = after[first + paired : last]
    return edit
