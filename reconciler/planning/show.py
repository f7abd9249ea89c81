"""Values as text and as JSON, in one shape everywhere.

Invariant: decimals, ids and dates are texts; a secret shows where it comes from, never itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.model.value import Choice, Ref, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.value import Value

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


def shown(value: Value) -> Json:
    """Return a value as JSON can hold it and a person can read it."""
    match value:
        case None | bool() | str():
            return value
        case Decimal():
            text = format(value, "f")
            return text.rstrip("0").rstrip(".") if "." in text else text
        case int():
            return str(value)
        case date():
            return value.isoformat()
        case Choice() | Ref() | Secret():
            return str(value)
        case Mapping():
            return {str(key): shown(item) for key, item in sorted(value.items())}
        case frozenset() | tuple():
            return sorted((shown(item) for item in value), key=str)


def listed(names: Iterable[object], most: int = 5) -> str:
    """Name what stands in a list, each once; beyond ``most`` the others are counted."""
    each = list(dict.fromkeys(map(str, names)))
    named = ", ".join(each[:most])
    return f"{named} and {len(each) - most} more" if len(each) > most else named


def canonical(document: Json) -> str:
    """Write JSON in its one canonical form: sorted keys, UTF-8, no blanks."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(document: Json) -> str:
    """Return ``sha256:…`` of a document's canonical form."""
    return f"sha256:{hashlib.sha256(canonical(document).encode()).hexdigest()}"
