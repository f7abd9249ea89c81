"""Text ⇄ value, one law: what a codec writes it reads back as the same value.

Invariant: a text of another shape raises ``CodecError``; no codec guesses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.model.text import normalise_text

if TYPE_CHECKING:
    from reconciler.model.value import Value

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_MONEY = re.compile(
    r"([+-]?[0-9][0-9 \u00a0\u202f]*(?:\.[0-9]+)?)\s*([^\d\s./][^\d/]*?)?\s*(?:/.*)?"
)
_LONGEST_MONEY = 200
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
_ON = frozenset({"on", "yes", "true", "1", "active", "enabled", "resumed"})
_OFF = frozenset({"off", "no", "false", "0", "", "inactive", "disabled", "suspended"})


@dataclass(frozen=True, slots=True)
class Codec:
    """How one sort of value is read from, and written as, the panel's text."""

    name: str
    read: Callable[[str], Value]
    write: Callable[[Value], str]


def read_number(text: str) -> Decimal:
    """Read a number, with or without a unit behind it.

    Shape:  ``20``, ``20.00``, ``20 %``, ``92.5010 RUB``; decimal point, no grouping.
    Raises: CodecError when there is no finite number in front.
    Source: ``taxrate``, ``rate``, ``percentage`` in lists and forms.
    Doubt:  whether a unit is ever appended.
    """
    head = text.strip().removesuffix("%").strip()
    number = head.split(" ", 1)[0].split("\u00a0", 1)[0]
    if not _NUMBER.fullmatch(number):
        message = f"{text!r} is not a number"
        raise CodecError(message)
    return Decimal(number)


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


def read_money(text: str) -> tuple[Decimal, str]:
    """Read an amount and its currency, as money columns print them.

    Shape:  ``1.00 RUB``, ``1 234.50``, ``1.80 € / Month``; the currency may be missing.
    Raises: CodecError when there is no amount in front.
    Source: captured payment lists and service lists.
    """
    # Bounded, because the pattern takes cubic time over blanks.
    match = _MONEY.fullmatch(text.strip()) if len(text) <= _LONGEST_MONEY else None
    if not match:
        message = f"{text!r} is not an amount of money"
        raise CodecError(message)
    digits = re.sub(r"[\s\u00a0\u202f]", "", match[1])
    return Decimal(digits), (match[2] or "").strip()


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


def _read_months(text: str) -> int | None:
    if text.strip() in {"", "null", "off"}:
        return None
    number = read_number(text)
    if number != int(number):
        message = f"{text!r} is not a number of months"
        raise CodecError(message)
    return int(number)


def _read_whole(text: str) -> int:
    number = read_number(text)
    if number != int(number):
        message = f"{text!r} is not a whole number"
        raise CodecError(message)
    return int(number)


def _write_date(value: Value) -> str:
    return value.isoformat() if isinstance(value, date) else ""


TEXT = Codec("text", normalise_text, str)
LOWER = Codec("text, case ignored", lambda text: normalise_text(text).lower(), str)
NUMBER = Codec("number", read_number, write_number)
WHOLE = Codec("whole number", _read_whole, str)
MONEY = Codec("money", lambda text: read_money(text)[0], write_number)
DATE = Codec("date", lambda text: read_date(text) if text.strip() else None, _write_date)
FLAG = Codec("flag", read_flag, lambda value: "on" if value else "off")
MONTHS = Codec("months", _read_months, lambda value: "null" if value is None else str(value))
