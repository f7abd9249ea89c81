"""Numbers in the shapes that panels print them in.

Invariant: a text is read in the one way that its shape leaves; where that leaves two ways, as
``6.900`` does while the decimal mark is not known, it is an error, never the smaller number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.errors import AmbiguousNumberError, CodecError
from reconciler.model.number import UNPROVED, NumberShape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST = 200
_BLANKS = re.compile("[ \u00a0\u2009\u202f]+")
_QUOTES = re.compile("['\u2019]")
_FIGURE = re.compile(r"([+-]?)([0-9](?:[0-9.,' ]*[0-9])?) ?([^\d\s./,'][^\d/]*)?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([.,' ])[0-9]{3})(?:\1[0-9]{3})*")
_DIGITS = re.compile(r"[0-9]{1,30}")
_DECIMALS = (".", ",")
# What can be read in two ways at all; everything else reads alike in every shape that fits it.
_DOUBTFUL = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}(?![0-9.,'])")


@dataclass(frozen=True, slots=True)
class ParsedNumber:
    """A number that was read, what stands behind it, and the marks that it was written with."""

    amount: Decimal
    unit: str
    shape: NumberShape


def parse_number(
    text: str, shape: NumberShape = UNPROVED, most: Decimal | None = None
) -> ParsedNumber:
    """Read a number and the unit behind it.

    Shape:  ``6900``, ``6 900.50``, ``6.900,50 RUB``; thousands in groups of three,
            any blank between them; the unit holds no digit.
    Unit:   ``most`` is the largest number that a text with two readings can mean.
    Raises: AmbiguousNumberError where the shape leaves two readings, CodecError for no number.
    Source: captured lists; ``6 900.00`` and ``6.900 RUB`` from panels of other languages.
    Doubt:  whether one panel writes all its columns in one shape; so only the same column, or
            the same amount in another one, proves anything.
    """
    found = list(_every_reading(text, shape))
    if most is not None and len(found) > 1:
        found = [figure for figure in found if figure.amount <= most] or found
    amounts = {figure.amount for figure in found}
    if not amounts:
        message = f"{text[:_LONGEST]!r} is not a number"
        raise CodecError(message)
    if len(amounts) > 1:
        raise AmbiguousNumberError(text, frozenset(amounts), found[0].unit)
    return found[0]


def is_doubtful(text: str) -> bool:
    """Return whether a number can be read in two ways while its shape is not known."""
    return _DOUBTFUL.match(text.strip()) is not None


def prove_shape(texts: Iterable[str]) -> NumberShape:
    """Return what the numbers of one column prove about their marks.

    A number that can be read in one way alone proves its marks: ``10.50``, ``6.900,00``,
    ``1.234.567``. Numbers that contradict each other prove nothing.
    """
    decimals: set[str] = set()
    thousands: set[str] = set()
    for text in texts:
        try:
            shape = parse_number(text).shape
        except CodecError:
            continue
        decimals |= {shape.decimal} if shape.decimal else set()
        thousands |= {shape.thousands} if shape.thousands else set()
    if len(decimals) > 1 or len(thousands) > 1 or decimals & thousands:
        return UNPROVED
    return NumberShape(next(iter(decimals), ""), next(iter(thousands), None))


def explain_doubt(text: str) -> str:
    """Return both numbers that a text can be, in words, and the setting that decides."""
    match = _DOUBTFUL.match(text.strip())
    mark = "," if match and "," in match[0] else "."
    other = "." if mark == "," else ","
    try:
        low, high = sorted(
            parse_number(text.partition("/")[0], NumberShape(m)).amount for m in _DECIMALS
        )
    except CodecError:
        return f"{text[:_LONGEST]!r} can be read in two ways"
    return (
        f'{text[:_LONGEST]!r} is {low.normalize():f} with numbers: {{decimal: "{mark}"}} and '
        f'{high.normalize():f} with numbers: {{decimal: "{other}"}}: '
        "add the right one to the target in reconciler.yaml"
    )


def plain_number(figure: ParsedNumber) -> str:
    """Write a number that was read so that it can be read in one way alone."""
    text = format(figure.amount, "f")
    # Three decimals look like a group of thousands, four do not.
    text += "0" if text.partition(".")[2][3:] == "" and text[-4:-3] == "." else ""
    return f"{text} {figure.unit}".rstrip()


# A list repeats its numbers: rates, prices, zeros.
@lru_cache(maxsize=4096)
def _every_reading(text: str, shape: NumberShape) -> tuple[ParsedNumber, ...]:
    return tuple(_readings(text, shape))


def _readings(text: str, shape: NumberShape) -> Iterator[ParsedNumber]:
    if len(text) > _LONGEST:
        return
    plain = _QUOTES.sub("'", _BLANKS.sub(" ", text.strip())).replace("\u2212", "-")
    match = _FIGURE.fullmatch(plain)
    if not match:
        return
    sign, digits, unit = match[1], match[2], (match[3] or "").strip()
    for decimal in ("", *_DECIMALS):
        whole, mark, rest = digits.rpartition(decimal) if decimal else (digits, "", "")
        if bool(mark) != bool(decimal) or (decimal and not _DIGITS.fullmatch(rest)):
            continue
        thousands = _grouping(whole)
        if thousands is None or not _fits(decimal, thousands, shape):
            continue
        number = re.sub(r"[.,' ]", "", whole)
        amount = Decimal(f"{sign}{number}.{rest}" if decimal else f"{sign}{number}")
        yield ParsedNumber(amount, unit, NumberShape(decimal, thousands or None))


def _grouping(whole: str) -> str | None:
    """Return the mark between the groups of a whole number, None where it is none."""
    if _DIGITS.fullmatch(whole):
        return ""
    match = _GROUPED.fullmatch(whole)
    return match[1] if match and len(whole) <= 2 * _LONGEST else None


def _fits(decimal: str, thousands: str, shape: NumberShape) -> bool:
    """Return whether marks that a number would be written with are those that are known."""
    if decimal and decimal in {thousands, shape.thousands}:
        return False
    if shape.decimal and (thousands == shape.decimal or decimal not in {"", shape.decimal}):
        return False
    return shape.thousands is None or thousands in {"", shape.thousands}
