"""Values of fields as JSON, and back: what JSON has no word for stands in a tagged map.

Invariants: ``decode(encode(value)) == value`` with the same type; a secret is never encoded.
Shape: ``{"$decimal": "1.50"}``, ``{"$day": "2026-03-01"}``, ``{"$choice": {"id": …}}``,
``{"$choices": […]}``, ``{"$list": […]}``, ``{"$ref": [kind, by, key]}``, ``{"$map": {…}}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from reconciler.errors import StoreError
from reconciler.model.value import Choice, Ref, Secret, Value


def encode(value: Value) -> Any:  # noqa: ANN401 - JSON
    """Write a value. Raises: StoreError for a secret, which is a bug of ours."""
    match value:
        case None | bool() | str() | int():
            return value
        case Decimal():
            return {"$decimal": str(value)}
        case date():
            return {"$day": value.isoformat()}
        case Choice():
            return {"$choice": _choice(value)}
        case Ref():
            return {"$ref": [value.kind, value.by, value.key]}
        case frozenset():
            pairs = [_choice(item) for item in value]
            return {"$choices": sorted(pairs, key=lambda pair: sorted(pair.items()))}
        case tuple():
            return {"$list": [_choice(item) for item in value]}
        case Mapping():
            return {"$map": dict(value)}
        case Secret():
            raise StoreError("a secret must not be stored: this is a bug in reconciler")


def decode(raw: Any) -> Value:  # noqa: ANN401 - JSON
    """Read a value. Raises: ValueError for what ``encode`` does not write."""
    match raw:
        case None | bool() | str() | int():
            return raw
        case {"$decimal": str() as text}:
            return _decimal(text)
        case {"$day": str() as text}:
            return date.fromisoformat(text)
        case {"$choice": dict() as pair}:
            return _as_choice(pair)
        case {"$ref": [str() as kind, "name" | "email" | "id" as by, str() as key]}:
            return Ref(kind, by, key)
        case {"$choices": list() as pairs}:
            return frozenset(_as_choice(pair) for pair in pairs)
        case {"$list": list() as pairs}:
            return tuple(_as_choice(pair) for pair in pairs)
        case {"$map": dict() as pairs} if all(isinstance(each, str) for each in pairs.values()):
            return dict(pairs)
    raise ValueError("a value of an unknown shape")


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a number of an unknown shape") from error
    if not number.is_finite():
        raise ValueError("an infinite number")
    return number


def _choice(choice: Choice) -> dict[str, str]:
    pairs = {"id": choice.id, "label": choice.label}
    return {key: value for key, value in pairs.items() if value is not None}


def _as_choice(raw: Any) -> Choice:  # noqa: ANN401 - JSON
    known = isinstance(raw, dict) and raw.keys() <= {"id", "label"}
    if known and all(isinstance(each, str) for each in raw.values()):
        return Choice(raw.get("id"), raw.get("label"))
    raise ValueError("a choice of an unknown shape")
