"""Add-ons of a tariff: parameters ``addon_N``, what they take, and what they cost.

An add-on is a number within bounds, or one of some words: ``off`` and ``on`` of a check box, the
keys of a list, or any word where none is known.
Invariants: a parameter for an add-on that the tariff lacks is ignored; a value that an add-on does
not take is an error ``value`` that names the parameter.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.sandbox.reply import Input, PanelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.call import Call

_ROWS = "SELECT id, name, low, high, base, cents, words FROM addon WHERE pricelist = ? ORDER BY id"
_BOX = ("off", "on")
_BIGGEST = 18


@dataclass(frozen=True, slots=True)
class Addon:
    """One add-on: what a tariff includes of it, and the euro cents of each step above that.

    ``words`` are None for a number, and empty where any word is taken.
    """

    id: int
    name: str
    low: int
    high: int
    base: str
    cents: int
    words: tuple[str, ...] | None

    @property
    def param(self) -> str:
        """The parameter that names it."""
        return f"addon_{self.id}"

    @property
    def sort(self) -> str:
        """How a form shows it."""
        if self.words is None:
            return "text"
        return "flag" if self.words == _BOX else "select" if self.words else "text"

    def takes(self, text: str) -> bool:
        """Return whether a text is a value of it."""
        if self.words is not None:
            return not self.words or text in self.words
        return is_count(text) and self.low <= int(text) <= self.high

    def monthly(self, text: str) -> int:
        """Return the euro cents that a value costs a month beyond what is included."""
        return (self._step(text) - self._step(self.base)) * self.cents

    def _step(self, text: str) -> int:
        if self.words is None:
            return int(text) if is_count(text) else 0
        return self.words.index(text) if text in self.words else 0


def of(call: Call, tariff: int) -> tuple[Addon, ...]:
    """Return the add-ons of a tariff."""
    rows = call.db.execute(_ROWS, (tariff,)).fetchall()
    return tuple(
        Addon(key, name, low, high, str(base), cents, None if words is None else _split(words))
        for key, name, low, high, base, cents, words in rows
    )


def wanted(call: Call, tariff: int) -> dict[int, str]:
    """Read the add-ons that the request names."""
    found = {}
    for each in of(call, tariff):
        text = call.given.get(each.param)
        if text is None:
            continue
        if not each.takes(text):
            raise PanelError("value", each.param, text)
        found[each.id] = str(int(text)) if each.words is None else text
    return found


def inputs(call: Call, tariff: int) -> tuple[Input, ...]:
    """Describe the add-ons as fields of a form."""
    return tuple(Input(each.param, each.name, each.sort) for each in of(call, tariff))


def bases(call: Call, tariff: int) -> dict[int, str]:
    """Return the values that a tariff includes."""
    return {each.id: each.base for each in of(call, tariff)}


def present(call: Call, item: int, tariff: int) -> dict[int, str]:
    """Return the values that a service has."""
    rows = call.db.execute("SELECT addon, value FROM item_addon WHERE item = ?", (item,))
    return bases(call, tariff) | {key: str(value) for key, value in rows.fetchall()}


def monthly(call: Call, tariff: int, values: Mapping[int, str]) -> int:
    """Return the monthly price of values beyond those that the tariff includes, in euro cents."""
    return sum(each.monthly(values.get(each.id, each.base)) for each in of(call, tariff))


def difference(call: Call, tariff: int, *, old: Mapping[int, str], new: Mapping[int, str]) -> int:
    """Return the monthly price of changing values, in euro cents; never below zero."""
    more = monthly(call, tariff, {**old, **new}) - monthly(call, tariff, old)
    return max(more, 0)


def keep(call: Call, item: int, values: Mapping[int, str]) -> None:
    """Store the add-ons of a service; numbers are stored as numbers."""
    call.db.executemany(
        "INSERT OR REPLACE INTO item_addon VALUES (?, ?, ?)",
        [(item, key, kept(value)) for key, value in values.items()],
    )


def kept(value: str) -> int | str:
    """Return a value as its table stores it."""
    return int(value) if is_count(value) and str(int(value)) == value else value


def is_count(text: str) -> bool:
    """Return whether a text is a number of things."""
    return text.isdecimal() and text.isascii() and len(text) <= _BIGGEST


def _split(words: str) -> tuple[str, ...]:
    return tuple(json.loads(words))


def pack(values: Mapping[int, str]) -> str:
    """Write values for the cart."""
    return json.dumps({str(key): value for key, value in values.items()})


def unpack(text: str) -> dict[int, str]:
    """Read values from the cart."""
    return {int(key): value for key, value in json.loads(text or "{}").items()}
