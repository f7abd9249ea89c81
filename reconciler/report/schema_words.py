"""Describe a schema: the type of a value, and the keys of a map, nested ones by their path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TYPES = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
}
_WIDEST = 28
_SECRET = {"env", "file", "command"}


def key_rows(schema: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str, str]]:
    """Return each key with its type and description; a required key has a star."""
    return [row for key in schema["properties"] for row in _key(schema, key, prefix)]


def type_words(schema: Mapping[str, Any]) -> str:
    """Return the type of a value in plain words."""
    if "enum" in schema:
        return " or ".join(map(_one, schema["enum"]))
    if "const" in schema:
        return "true" if schema["const"] is True else str(schema["const"])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return _alternatives(schema[union])
    if schema.get("format") == "date":
        return "date"
    match schema.get("type"):
        case "array":
            return f"list of {_plural(type_words(schema.get('items', {})))}"
        case "object":
            return "map"
        case sort:
            return _TYPES.get(str(sort), "value")


def _key(schema: Mapping[str, Any], key: str, prefix: str) -> Iterator[tuple[str, str, str]]:
    inner = _not_null(schema["properties"][key])
    if "properties" in inner and not _is_whole(inner):
        yield from key_rows(inner, f"{prefix}{key}.")
        return
    star = "*" if key in schema.get("required", ()) else ""
    sort, about = type_words(inner), str(inner.get("description", ""))
    if "enum" in inner and len(sort) > _WIDEST:
        sort, about = "one word", f"{about}: {', '.join(map(_one, inner['enum']))}"
    yield f"{prefix}{key}{star}", sort, about


def _one(value: object) -> str:
    """Return one of several texts; a punctuation mark in quotes, so that it is seen."""
    text = str(value)
    return text if text.isalnum() else f'"{text}"'


def _is_whole(schema: Mapping[str, Any]) -> bool:
    """Return whether a map is one value: then it has its own description."""
    return bool(schema.get("description")) and set(schema["properties"]) in ({"id"}, _SECRET)


def _not_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    arms = [arm for arm in schema.get("anyOf", ()) if arm.get("type") != "null"]
    if len(arms) != 1:
        return schema
    return {**arms[0], **{key: value for key, value in schema.items() if key != "anyOf"}}


def _alternatives(options: Iterable[Mapping[str, Any]]) -> str:
    given = list(options)
    keys = {key for option in given for key in option.get("properties", {})}
    if keys == _SECRET:
        return "reference to a secret"
    words = [type_words(option) for option in given if option.get("type") != "null"]
    if len(words) > 1:
        words = [word.replace("reference to a secret", "secret") for word in words]
    return " or ".join(dict.fromkeys(words))


def _plural(words: str) -> str:
    return f"{words}s" if words in {"text", "number", "map"} else words
