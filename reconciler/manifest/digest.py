"""Compute one digest of all declared resources, whatever their files and order.

Invariants: positions, comments, quotes and the order of files and keys do not count; names, values,
labels, lifecycles and whole inline lists do. Secrets count as references.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reconciler.model.value import Choice, Ref, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.resource import Desired
    from reconciler.model.value import Value

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def digest_of(resources: Iterable[Desired]) -> str:
    """Return the digest of resources. Shape: ``sha256:`` and 64 hexadecimal digits."""
    state = hashlib.sha256()
    for desired in sorted(resources, key=lambda each: each.address):
        state.update(_ENCODER.encode(_canonical(desired)).encode())
        state.update(b"\n")
    return f"sha256:{state.hexdigest()}"


def _canonical(desired: Desired) -> list[Any]:
    life = desired.lifecycle
    ignores = sorted([each.field, each.reason, str(each.until or "")] for each in life.ignore)
    return [
        str(desired.address),
        {name: _value(value) for name, value in desired.fields.items()},
        [life.on_remove, life.protect, ignores],
        dict(desired.labels),
        sorted(desired.whole),
    ]


def _value(value: Value) -> Any:  # noqa: ANN401 - JSON
    match value:
        case Decimal():
            text = f"{value:f}"
            return ["number", text.rstrip("0").rstrip(".") if "." in text else text]
        case date():
            return ["day", value.isoformat()]
        case Choice():
            return ["choice", value.id, value.label]
        case Ref():
            return ["ref", value.kind, value.by, value.key]
        case Secret():
            return ["secret", value.kind, *value.reference]
        case frozenset():
            return ["set", *sorted((_value(item) for item in value), key=json.dumps)]
        case tuple():
            return ["list", *map(_value, value)]
        case Mapping():
            return dict(value)
        case str() | int() | bool() | None:
            return value
