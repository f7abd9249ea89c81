"""Add-ons of a tariff: parameters ``addon_N``, their bounds, and what changing them costs.

Invariants: a parameter for an add-on that the tariff lacks is ignored; a value out of bounds is an
error ``value`` that names the parameter.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.sandbox.answer import Input, PanelError
from reconciler.sandbox.func.charge import months

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.call import Call

_ROWS = "SELECT id, name, low, high, base, cents FROM addon WHERE pricelist = ? ORDER BY id"


def wanted(call: Call, tariff: int) -> dict[int, int]:
    """Read the add-ons that the request names."""
    found = {}
    for key, _, low, high, _, _ in call.db.execute(_ROWS, (tariff,)).fetchall():
        text = call.given.get(f"addon_{key}")
        if text is None:
            continue
        if not (text.isdecimal() and text.isascii() and low <= int(text) <= high):
            raise PanelError("value", f"addon_{key}", text)
        found[key] = int(text)
    return found


def inputs(call: Call, tariff: int) -> tuple[Input, ...]:
    """Describe the add-ons as fields of a form."""
    rows = call.db.execute(_ROWS, (tariff,)).fetchall()
    return tuple(Input(f"addon_{row[0]}", row[1]) for row in rows)


def bases(call: Call, tariff: int) -> dict[int, int]:
    """Give the values that a tariff includes."""
    return {row[0]: row[4] for row in call.db.execute(_ROWS, (tariff,)).fetchall()}


def present(call: Call, item: int, tariff: int) -> dict[int, int]:
    """Give the values that a service has."""
    rows = call.db.execute("SELECT addon, value FROM item_addon WHERE item = ?", (item,))
    return bases(call, tariff) | dict(rows.fetchall())


def difference(
    call: Call, tariff: int, *, period: int, old: Mapping[int, int], new: Mapping[int, int]
) -> int:
    """Give what changing values costs for one period, in euro cents; never less than nothing."""
    total = 0
    for row in call.db.execute(_ROWS, (tariff,)).fetchall():
        if row[0] in new:
            total += (new[row[0]] - old[row[0]]) * row[5] * months(period)
    return max(total, 0)


def keep(call: Call, item: int, values: Mapping[int, int]) -> None:
    """Give a service its add-ons."""
    call.db.executemany(
        "INSERT OR REPLACE INTO item_addon VALUES (?, ?, ?)",
        [(item, key, value) for key, value in values.items()],
    )


def pack(values: Mapping[int, int]) -> str:
    """Write values for the cart."""
    return json.dumps({str(key): value for key, value in values.items()})


def unpack(text: str) -> dict[int, int]:
    """Read values from the cart."""
    return {int(key): value for key, value in json.loads(text or "{}").items()}
