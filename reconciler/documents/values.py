"""Values as text and as JSON, in one shape everywhere.

Invariant: decimals, ids and dates are texts; a secret shows where it comes from, never itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from typing_extensions import TypeAliasType

from reconciler.model.value import Choice, Ref, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.model.value import Value

_CENT = Decimal("0.01")
_DIGITS = 20
# No price has more digits before its decimals.
_WHOLE = 18
_AMBIGUOUS = re.compile(r"""(?: .*|.* |none|true|false|.*["→\[\]{},].*|(?:.* )?[+−] .*|)""")
# A type with a name of its own: pydantic follows one that holds itself by its name alone.
Json = TypeAliasType("Json", "bool | int | str | list[Json] | dict[str, Json] | None")


def shown(value: Value) -> Json:
    """Return a value as JSON can hold it and a person can read it."""
    match value:
        case None | bool() | str():
            return value
        case Decimal():
            return decimal_text(value)
        case int():
            return str(value)
        case date():
            return value.isoformat()
        case Choice() | Ref() | Secret():
            return str(value)
        case Mapping():
            return {str(key): shown(item) for key, item in sorted(value.items())}
        case frozenset() | tuple():
            return sorted((shown(item) for item in value), key=lambda it: (_natural(it), str(it)))


def decimal_text(number: Decimal) -> str:
    """Return a decimal as text, without zeros at its end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_amount(text: str) -> Decimal:
    """Return an amount of money that a document holds as text.

    Raises: ValueError for a text that is no amount, or one with more digits than money has.
    """
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError("not an amount of money") from None
    shift = amount.as_tuple().exponent  # a letter where it is no number
    if not isinstance(shift, int) or shift < -_DIGITS or amount.adjusted() >= _WHOLE:
        raise ValueError("not an amount of money")
    return amount


def money_text(amount: Decimal) -> str:
    """Return an amount of money as text: exact, with two decimals or more."""
    whole, _, cents = format(amount, "f").partition(".")
    return f"{whole}.{cents.rstrip('0').ljust(2, '0')}"


def in_words(value: Json, text: Callable[[str], str] = str) -> str:
    """Write one shown value on a line, each text by a function; none can pass for two, or none."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{', '.join(in_words(item, text) for item in value)}]"
        case dict():
            items = value.items()
            pairs = (f"{in_words(key, text)}: {in_words(item, text)}" for key, item in items)
            return f"{{{', '.join(pairs)}}}"
        case str() | int():
            return _quoted(text(str(value)))


def _quoted(text: str) -> str:
    if _AMBIGUOUS.fullmatch(text):
        quoted = text.replace('"', '\\"')
        return f'"{quoted}"'
    return text


def shown_money(amount: Decimal) -> str:
    """Return an amount of money with two decimals, half up; one that is less than that, exactly."""
    if amount.adjusted() > _DIGITS:  # more than can be rounded: no price, and shown as it is
        return format(amount, "f")
    rounded = amount.quantize(_CENT, ROUND_HALF_UP)
    return format(rounded if rounded or not amount else amount, "f")


def _natural(item: Json) -> list[tuple[int, str]]:
    """Sort texts as people do: by the numbers in them, 3 months before 12 months."""
    parts = re.split(r"([0-9]+)", str(item))
    # Of two numbers without zeros in front the longer one is the larger, however long they are.
    figures = {part: part.lstrip("0") for part in parts[1::2]}
    return [(len(figures[p]), figures[p]) if p in figures else (-1, p) for p in parts]


def listed(names: Iterable[object], most: int = 5) -> str:
    """Return the entries of a list in words, each once; beyond ``most`` they are counted."""
    each = list(dict.fromkeys(map(str, names)))
    named = ", ".join(each[:most])
    return f"{named} and {len(each) - most} more" if len(each) > most else named


def canonical(document: object) -> str:
    """Write JSON in its one canonical form: sorted keys, UTF-8, no blanks."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(document: object) -> str:
    """Return ``sha256:…`` of a document's canonical form."""
    return f"sha256:{hashlib.sha256(_bytes(document)).hexdigest()}"


def _bytes(document: object) -> bytes:
    # A half of a sign that JSON can escape has no bytes of its own in UTF-8.
    return canonical(document).encode("utf-8", "surrogatepass")
