"""Read plain scalars by YAML 1.2's core schema, without its unusual numbers.

Invariants: a number is an ``int`` or a ``Decimal``, never a float; a value that only looks like a
number or a date of YAML 1.1 is a text or is refused, never silently converted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from reconciler.model.finding import FindingCode

Plain: TypeAlias = "str | int | Decimal | bool | list[Plain] | dict[str, Plain] | None"

MAX_SCALAR = 1 << 16
MAX_DIGITS = 40
WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_FIRST = frozenset("0123456789+-.")
_WHOLE = re.compile(r"[-+]?[0-9]+\Z")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)\Z")
_EXPONENT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+\Z")
_BASED = re.compile(r"[-+]?0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")


@dataclass(frozen=True, slots=True)
class RefusedScalar:
    """Why a scalar is refused, without its text."""

    code: FindingCode
    message: str


def resolve(text: str) -> str | int | Decimal | bool | RefusedScalar | None:
    """Read a plain scalar, or return why it is refused."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in _FIRST:
        return text
    return _number(text)


def _number(text: str) -> str | int | Decimal | RefusedScalar:
    digits = text.lstrip("+-")
    whole = _WHOLE.match(text)
    if whole or _DECIMAL.match(text):
        if len(digits) > MAX_DIGITS:
            return RefusedScalar("number", f"a number of more than {MAX_DIGITS} digits")
        if digits[0] == "0" and digits[1:2].isdigit():
            return RefusedScalar(
                "number", "a number with a leading zero: remove the zero, or quote it as a text"
            )
        return int(text) if whole else Decimal(text)
    if _BASED.match(text):
        return RefusedScalar(
            "number", "an octal or hexadecimal number: write it in decimal, or quote it"
        )
    if _EXPONENT.match(text):
        return RefusedScalar(
            "number", "a number with an exponent: write it without, or quote it as a text"
        )
    if _SPECIAL.match(text):
        return RefusedScalar("number", "not a finite number")
    return text
