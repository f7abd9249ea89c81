"""Every position of a schema where something can be completed, with a document that leads there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Schema = dict[str, Any]
# A step into a list, and a key where any will do.
ITEM, FREE = "-", "sample"


@dataclass(frozen=True, slots=True)
class Position:
    """Where something is completed: the keys on the way, and the keys or values to offer there."""

    path: tuple[str, ...]
    labels: frozenset[str]
    of_values: bool = False

    @property
    def name(self) -> str:
        """Return the way in one word, for the report of a run."""
        return ".".join(self.path) + ("=" if self.of_values else ".")

    def text(self, around: Sequence[str] = ()) -> str:
        """Write a document that leads to the position, where ``|`` stands."""
        lines = [line for line in around if line.partition(":")[0] not in self.path[:1]]
        indent, dash = "", ""
        for step in self.path:
            if step == ITEM:
                dash = "- "
                continue
            lines.append(f"{indent}{dash}{step}:")
            indent, dash = f"{indent}{' ' * len(dash)}  ", ""
        if self.of_values and not dash:
            lines[-1] += " |"
        else:
            lines.append(f"{indent}{dash}|")
        return "\n".join(lines) + "\n"


def find_positions(schema: Schema) -> list[Position]:
    """Find the positions of keys and of closed values, in maps, lists and unions alike."""
    found: dict[tuple[tuple[str, ...], bool], frozenset[str]] = {}
    for each in _walk(schema, ()):
        place = each.path, each.of_values
        found[place] = found.get(place, frozenset()) | each.labels
    return [Position(path, labels, of_values) for (path, of_values), labels in found.items()]


def _walk(schema: Schema, path: tuple[str, ...]) -> Iterator[Position]:
    arms = list(_arms(schema))
    keys = frozenset(key for arm in arms for key in _keys(arm))
    if keys:
        yield Position(path, keys, of_values=False)
    values = frozenset(value for arm in arms for value in _values(arm))
    if values and path:
        yield Position(path, values, of_values=True)
    for arm in arms:
        for key in _keys(arm):
            yield from _walk(arm["properties"][key], (*path, key))
        for free in (arm.get("additionalProperties"), *arm.get("patternProperties", {}).values()):
            if isinstance(free, dict):
                yield from _walk(free, (*path, FREE))
        if "items" in arm:
            yield from _walk(arm["items"], (*path, ITEM))


def _arms(schema: Schema) -> Iterator[Schema]:
    yield schema
    for arm in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _arms(arm)


def _keys(schema: Schema) -> list[str]:
    return list(schema.get("properties", ()))


def _values(schema: Schema) -> list[str]:
    if "enum" in schema:
        return list(map(_written, schema["enum"]))
    if "const" in schema:
        return [_written(schema["const"])]
    sorts = schema.get("type", ())
    return ["true", "false"] if "boolean" in ([sorts] if isinstance(sorts, str) else sorts) else []


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
