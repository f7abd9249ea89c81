"""What a model finds wrong with a value, in plain English: one table for specs and project files.

Invariants: the words are ours, never a library's; a bound is named, and so is a number that is
beyond it; a text is not repeated, for it could be a secret that stands in the wrong place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.model.address import NAME_PATTERN

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_TYPES = {
    "string_type": "expected a text; write it in quotes",
    "int_type": "expected a whole number, without quotes",
    "int_from_float": "expected a whole number, without quotes",
    "bool_type": "expected true or false, without quotes",
    "decimal_type": "expected a number, without quotes",
    "float_type": "expected a number, without quotes",
    "is_instance_of": "expected a number, without quotes",  # a Decimal
    "finite_number": "expected a finite number",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected a map",
    "mapping_type": "expected a map",
    "model_type": "expected a map",
    "model_attributes_type": "expected a map",
    "date_type": "expected a day as YYYY-MM-DD",
    "date_parsing": "expected a day as YYYY-MM-DD",
    "date_from_datetime_inexact": "expected a day as YYYY-MM-DD",
    "none_required": "remove it",
    "missing": "it is needed",
}
_BOUNDS = {
    "greater_than": ("gt", "is not above"),
    "greater_than_equal": ("ge", "is below"),
    "less_than": ("lt", "is not below"),
    "less_than_equal": ("le", "is above"),
}
# What a pattern asks for; one that is not known here is shown as it is.
_PATTERNS = {
    r"^[^@\s,]+@[^@\s,]+$": "expected one email address, such as billing@acme.example",
    r"^[^\s,/]+$": "expected one domain name, such as acme.example",
    NAME_PATTERN: (
        "expected lower-case letters, digits, '.' and '-', beginning with a letter or a digit, "
        "at most 63"
    ),
    "^[A-Z]{3}$": "expected the code of a currency, such as EUR",
    f"^[A-Za-z]+/{NAME_PATTERN.removeprefix('^')}": "expected an address: Kind/name",
    r"\S": "it is empty",
}


def error_message(detail: ErrorDetails) -> str:
    """Return the mistake in one value, without its field."""
    sort, given, context = detail["type"], detail.get("input"), detail.get("ctx", {})
    if sort in _TYPES:
        return _TYPES[sort]
    if sort in _BOUNDS:
        name, words = _BOUNDS[sort]
        return f"{given} {words} {context[name]}"
    match sort:
        case "value_error":
            text = detail["msg"].removeprefix("Value error, ")
            return f"{text[:1].lower()}{text[1:]}"
        case "literal_error":
            return f"expected {_plain(context['expected'])}"
        case "string_pattern_mismatch":
            pattern = str(context["pattern"])
            return _PATTERNS.get(pattern, f"it is not of the form {pattern}")
        case "string_too_long" | "too_long" | "string_too_short" | "too_short":
            return _length(sort, given, context)
        case _:
            return "the value is not valid here"


def _length(sort: str, given: object, context: dict[str, Any]) -> str:
    """Return how long a text or a list is, and how long it may be."""
    one, many = ("character", "characters") if sort.startswith("string") else ("entry", "entries")
    length = len(given) if isinstance(given, str | list | dict) else 0
    has = "it is empty" if not length else f"it has {length} {one if length == 1 else many}"
    if sort.endswith("long"):
        return f"{has}, at most {context['max_length']} are allowed"
    least = context["min_length"]
    return has if not length and least == 1 else f"{has}, at least {least} are needed"


def _plain(expected: str) -> str:
    """Write the choices without quotes, which YAML does not need; an empty one is kept in them."""
    return re.sub(r"'([^']+)'", r"\1", expected)
