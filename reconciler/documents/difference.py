"""How one shown value became another: of two lists, or two maps, only what differs.

Invariants: what is equal is compared no further; a list or a map that is empty before or after
is written whole, for an empty one may mean all there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.documents.values import Json

    Words = Callable[[Json], str]


def difference_words(before: Json, after: Json, words: Words) -> str:
    """Write a value before and after; ``words`` writes one value.

    Shape:  ``10 → 12``, of lists ``+ Partners − Agencies``, of maps ``cpu 2 → 4, + ram 8``.
    """
    match before, after:
        case list(), list() if before and after and _is_flat([*before, *after]):
            return " ".join(_of_lists(before, after, words)) or _whole(before, after, words)
        case dict(), dict() if before and after:
            return ", ".join(_of_maps(before, after, words)) or _whole(before, after, words)
        case _:
            return _whole(before, after, words)


def _whole(before: Json, after: Json, words: Words) -> str:
    return f"{words(before)} → {words(after)}"


def _is_flat(items: Iterable[Json]) -> bool:
    return all(isinstance(item, str | int | None) for item in items)


def _of_lists(before: list[Json], after: list[Json], words: Words) -> list[str]:
    """Return what was added and what was removed; the order of a list means nothing."""
    # Sets, for a plan holds thousands of these. Each side is in an order that people expect, and
    # stays in it; the entries of a list of choices are texts, or null.
    had, has = set(map(str, before)), set(map(str, after))
    return [
        *(f"+ {words(item)}" for item in after if str(item) not in had),
        *(f"− {words(item)}" for item in before if str(item) not in has),
    ]


def _of_maps(before: dict[str, Json], after: dict[str, Json], words: Words) -> list[str]:
    """Return the keys that differ, with the value of each before and after."""
    from deepdiff import DeepDiff

    tree = DeepDiff(before, after, view="tree")
    keys = {str(item.path(output_format="list")[0]) for group in tree.values() for item in group}
    lines = []
    for key in sorted(keys):
        name = words(key)
        if key not in before:
            lines.append(f"+ {name} {words(after[key])}")
        elif key not in after:
            lines.append(f"− {name} {words(before[key])}")
        else:
            lines.append(f"{name} {difference_words(before[key], after[key], words)}")
    return lines
