"""JSON files of our own, read strictly: what one reader takes and another drops is refused.

Invariant: no object has a key twice; a mistake is reported with its line and column.
"""

from __future__ import annotations

import json
import re
from typing import Any

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|[{}\[\]]')


class JsonError(ValueError):
    """A text is no strict JSON; the message says what is wrong, and where."""


def parse_json(raw: bytes) -> Any:  # noqa: ANN401 - what JSON can hold
    """Read a JSON text in UTF-8.

    Raises: JsonError.
    """
    try:
        text = raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise JsonError("the text is not UTF-8") from error
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        message = (
            f"line {error.lineno}, column {error.colno}: the JSON ends too early or is wrong here"
        )
        raise JsonError(message) from error
    except RecursionError as error:
        raise JsonError("the text is nested too deeply") from error
    except JsonError:
        raise
    except ValueError as error:
        raise JsonError("a number has too many digits") from error
    except _DuplicateKeyError as error:
        line, column = _second_place(text)
        message = (
            f"line {line}, column {column}: the key {error.key!r} is given twice in one object"
        )
        raise JsonError(message) from error


class _DuplicateKeyError(Exception):
    def __init__(self, key: str) -> None:
        self.key = key


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise _DuplicateKeyError(key)
        made[key] = value
    return made


def _refuse(constant: str) -> Any:  # noqa: ANN401 - json's own signature
    message = f"{constant} is not JSON"
    raise JsonError(message)


def _second_place(text: str) -> tuple[int, int]:
    """Find where the first key that an object has already stands again."""
    open_objects: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        match token[0][0]:
            case "{" | "[":
                open_objects.append(set())
            case "}" | "]":
                open_objects.pop()
            case _ if token[2]:
                key = json.loads(token[1], strict=False)
                if key in open_objects[-1]:
                    line_start = text.rfind("\n", 0, token.start()) + 1
                    return text.count("\n", 0, token.start()) + 1, token.start() - line_start + 1
                open_objects[-1].add(key)
            case _:
                pass  # a text that is no key
    return 1, 1
