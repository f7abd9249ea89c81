"""Put together what reads alike, so that thousands of changes can be read.

Invariants: a group has members of one shape only; parts that nearly every member has of its own are
summed up, and a member that differs from the others in any other part stands alone. The work grows
with the number of items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from decimal import Decimal

# Fewer are shown one by one: a reader sees them at once.
ALIKE = 4
# So many different items are shown one by one, or one of ten if that is more, up to the last one.
FEW, SHARE, MOST = 20, 10, 200
SAMPLES = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what an item shows: its line, the value in it, and that value as a number."""

    words: str
    value: str = ""
    number: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """A value to be shown; only items of one shape read alike. ``parts`` go by their names.

    ``origin`` names what made several items at once: two of them are put together already.
    """

    value: T
    name: str
    shape: Hashable
    parts: Mapping[str, Part]
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """Items that read alike: their shared words, and a line for each part that varies."""

    values: tuple[T, ...]
    names: tuple[str, ...]
    shared: tuple[str, ...] = ()
    varied: tuple[str, ...] = ()

    @property
    def samples(self) -> str:
        """Return the first names, and how many more there are."""
        return sampled(self.names)


def sampled(names: Iterable[str], most: int = SAMPLES) -> str:
    """Return the first of some names, and how many more there are."""
    each = tuple(names)
    more = len(each) - most
    return ", ".join(each[:most]) + (f" and {more:,} more" if more > 0 else "")


def roll_up(items: Iterable[Item[T]], *, few: int = FEW) -> list[Group[T]]:
    """Return groups of items that read alike, the largest first, then the others in their order."""
    shapes: dict[Hashable, list[Item[T]]] = {}
    for item in items:
        shapes.setdefault(item.shape, []).append(item)
    found = [group for members in shapes.values() for group in _split(members, few)]
    return sorted(found, key=lambda group: -len(group.values) if len(group.values) > 1 else 0)


def _split(members: Sequence[Item[T]], few: int) -> list[Group[T]]:
    """Return the groups of one shape; parts vary as long as too many items would stand alone."""
    varied: list[str] = []
    names = list(members[0].parts)
    same, buckets = names, _buckets(members, names)
    limit = max(few, min(MOST, len(members) // SHARE))
    if _shown(buckets) > limit:
        variety = {name: len({each.parts[name].words for each in members}) for name in names}
        for name in sorted(names, key=lambda name: -variety[name]):
            varied.append(name)
            same = [each for each in names if each not in varied]
            buckets = _buckets(members, same)
            if _shown(buckets) <= limit:
                break
    groups: list[Group[T]] = []
    for bucket in buckets:
        if _is_alike(bucket):
            groups.append(_together(bucket, same, [name for name in names if name in varied]))
        else:
            groups += map(_alone, bucket)
    return groups


def _buckets(members: Sequence[Item[T]], names: Sequence[str]) -> list[list[Item[T]]]:
    found: dict[tuple[str, ...], list[Item[T]]] = {}
    for item in members:
        found.setdefault(tuple(item.parts[name].words for name in names), []).append(item)
    return list(found.values())


def _shown(buckets: Sequence[Sequence[Item[T]]]) -> int:
    return sum(1 if _is_alike(bucket) else len(bucket) for bucket in buckets)


def _is_alike(bucket: Sequence[Item[T]]) -> bool:
    """Return whether so many read alike that they are put together."""
    if len(bucket) >= ALIKE:
        return True
    return len(bucket) > 1 and bool(bucket[0].origin) and len({each.origin for each in bucket}) == 1


def _alone(item: Item[T]) -> Group[T]:
    return Group((item.value,), (item.name,))


def _together(bucket: Sequence[Item[T]], same: Sequence[str], varied: Sequence[str]) -> Group[T]:
    first = bucket[0]
    return Group(
        tuple(item.value for item in bucket),
        tuple(item.name for item in bucket),
        tuple(words for name in same if (words := first.parts[name].words)),
        tuple(_varied_words(name, bucket) for name in varied),
    )


def _varied_words(name: str, bucket: Sequence[Item[T]]) -> str:
    """Return how many values a part has, with the lowest and the highest and whose they are."""
    words = dict.fromkeys(item.parts[name].words for item in bucket)
    if len(words) == 1:
        return next(iter(words))
    start = f"{name}: {len(words):,} different values"
    numbers = [
        (part.number, item.name) for item in bucket if (part := item.parts[name]).number is not None
    ]
    if len(numbers) == len(bucket):
        (low, lowest), (high, highest) = min(numbers), max(numbers)
        return f"{start}, from {low:f} ({lowest}) to {high:f} ({highest})"
    values = dict.fromkeys(item.parts[name].value for item in bucket)
    return f"{start}, as {', '.join(list(values)[:SAMPLES])}"
