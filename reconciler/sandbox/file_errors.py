"""What is wrong with a value in a file of an install or of faults, in plain English.

Invariant: the words are ours, never a library's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SORTS = {
    "bool": "true or false",
    "dataclass": "an object",
    "date": "a day as YYYY-MM-DD",
    "dict": "an object",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "mapping": "an object",
    "string": "a text",
    "time": "a number of seconds",
    "tuple": "a list",
}
_BOUNDS = {
    "greater_than": ("gt", "is not above"),
    "greater_than_equal": ("ge", "is below"),
    "less_than": ("lt", "is not below"),
    "less_than_equal": ("le", "is above"),
}


def error_text(error: ErrorDetails) -> str:
    """Return the mistake in one value, without its key."""
    sort, context = error["type"], error.get("ctx", {})
    if sort in _BOUNDS:
        name, words = _BOUNDS[sort]
        return f"{error['input']} {words} {context[name]}"
    match sort:
        case "extra_forbidden" | "unexpected_keyword_argument":
            return "the key is unknown here"
        case "value_error":
            text = error["msg"].removeprefix("Value error, ")
            return f"{text[:1].lower()}{text[1:]}"
        case "literal_error":
            return f"expected {context['expected'].replace(chr(39), '')}"
        case "missing":
            return "it is needed"
        case "too_short" | "string_too_short":
            return "it is empty"
        case "string_pattern_mismatch":
            return f"it is not of the form {context['pattern']}"
        case _:
            wanted = _SORTS.get(sort.partition("_")[0])
            return f"expected {wanted}" if wanted else "the value is not valid here"
