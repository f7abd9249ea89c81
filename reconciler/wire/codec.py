"""Text ⇄ value, one law: what a codec writes it reads back as the same value.

Invariant: a text of another shape raises ``CodecError``; no codec guesses.
Doubt: that every panel takes plain numbers (``10.00``) whatever marks it prints them with.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from reconciler.errors import AmbiguousNumberError, CodecError
from reconciler.model.number import PLAIN, UNPROVED
from reconciler.model.text import normalise_text
from reconciler.wire.number import parse_number
from reconciler.wire.period import read_shown_months

if TYPE_CHECKING:
    from reconciler.model.number import NumberShape
    from reconciler.model.value import Value

_HUNDRED = Decimal(100)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
_ON = frozenset({"on", "yes", "true", "1", "active", "enabled", "resumed"})
_OFF = frozenset({"off", "no", "false", "0", "", "inactive", "disabled", "suspended"})


@dataclass(frozen=True, slots=True)
class Codec:
    """How one sort of value is read from, and written as, the panel's text.

    ``numeric``: the shape of the panel's numbers decides what a text means.
    """

    name: str
    parse: Callable[[str, NumberShape], Value]
    write: Callable[[Value], str]
    numeric: bool = False

    def read(self, text: str, shape: NumberShape = PLAIN) -> Value:
        """Read a text; numbers in the given shape, which is how ``write`` spells them.

        Raises: CodecError for a text of another shape.
        """
        return self.parse(text, shape)


def read_number(text: str, shape: NumberShape = PLAIN, most: Decimal | None = None) -> Decimal:
    """Read a number, with or without a unit behind it.

    Shape:  ``20``, ``20.00``, ``20 %``, ``92.5010 RUB``; marks as the shape says.
    Raises: CodecError when there is no finite number in front.
    Source: ``taxrate``, ``rate``, ``percentage`` in lists and forms.
    Doubt:  whether a unit is ever appended.
    """
    return parse_number(text, shape, most).amount


def write_number(value: Value) -> str:
    """Write a number without an exponent and without trailing noise.

    Raises: CodecError for what is no finite number.
    """
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        message = f"{value!r} is not a number"
        raise CodecError(message) from error
    if not number.is_finite():
        message = f"{value!r} is not a finite number"
        raise CodecError(message)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_money(text: str, shape: NumberShape = UNPROVED) -> tuple[Decimal, str]:
    """Read an amount and its currency, as money columns print them.

    Shape:  ``1.00 RUB``, ``1 234.50``, ``1.80 € / Month``; the currency may be missing.
    Raises: AmbiguousNumberError where the amount can be read in two ways,
            CodecError when there is no amount in front.
    Source: captured payment lists and service lists.
    """
    try:
        figure = parse_number(text.partition("/")[0], shape)
    except AmbiguousNumberError:
        raise
    except CodecError as error:
        message = f"{text!r} is not an amount of money"
        raise CodecError(message) from error
    return figure.amount, figure.unit


def read_date(text: str) -> date:
    """Read a date; a time behind it is dropped.

    Shape:  ``2026-03-01`` or ``2026-03-01 12:30:00``.
    Raises: CodecError for prose and for days that are in no calendar.
    """
    match = _DATE.fullmatch(text.strip())
    if not match:
        message = f"{text!r} is not a date (YYYY-MM-DD)"
        raise CodecError(message)
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        message = f"{text!r} is not a day of the calendar"
        raise CodecError(message) from error


def read_flag(text: str) -> bool:
    """Read a switch.

    Shape:  ``on`` or ``off``; a status column's code or English word is accepted too.
    Raises: CodecError for a word that is neither.
    Doubt:  which words the status columns of groups, providers and accounts use.
    """
    word = text.strip().lower()
    if word in _ON:
        return True
    if word in _OFF:
        return False
    message = f"{text!r} is neither on nor off"
    raise CodecError(message)


def split_list(text: str) -> tuple[str, ...]:
    """Split a multi-select's value: a comma list, with or without blanks."""
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def _read_whole(text: str, shape: NumberShape) -> int:
    number = read_number(text, shape)
    if number != int(number):
        message = f"{text!r} is not a whole number"
        raise CodecError(message)
    return int(number)


def _write_date(value: Value) -> str:
    return value.isoformat() if isinstance(value, date) else ""


TEXT = Codec("text", lambda text, _: normalise_text(text), str)
LOWER = Codec("text, case ignored", lambda text, _: normalise_text(text).lower(), str)
NUMBER = Codec("number", read_number, write_number, numeric=True)
PERCENT = Codec(
    "per cent", lambda text, shape: read_number(text, shape, _HUNDRED), write_number, numeric=True
)
WHOLE = Codec("whole number", _read_whole, str, numeric=True)
MONEY = Codec("money", lambda text, shape: read_money(text, shape)[0], write_number, numeric=True)
DATE = Codec("date", lambda text, _: read_date(text) if text.strip() else None, _write_date)
FLAG = Codec("flag", lambda text, _: read_flag(text), lambda value: "on" if value else "off")
MONTHS = Codec(
    "months",
    lambda text, _: read_shown_months(text),
    lambda value: "null" if value is None else str(value),
    numeric=True,
)
