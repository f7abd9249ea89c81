"""The language of policies: CEL, with the variables of ``model.policy`` and nothing else.

Invariants: a name that is not declared, and a type that does not fit, are errors of compiling;
an evaluation ends in true, in false, or in a fault.
Source: the C++ implementation of CEL by its own authors. It bounds depth (32) and the items that
comprehensions walk (10,000), and its regular expressions take linear time (RE2). It does not bound
what values grow to; the process does (``policies.evaluator``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

from reconciler.model.policy import VARIABLES, PolicyResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.policy import Subject, VariableType

_PLACED = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")
_TAIL = re.compile(r" \(in container ''\)")
_EXPECTING = re.compile(r" expecting \{[^}]*\}?$")
_LONGEST = 200
_MAP = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
_TYPES: Mapping[VariableType, Any] = {
    "string": cel.Type.STRING,
    "int": cel.Type.INT,
    "timestamp": cel.Type.TIMESTAMP,
    "list of strings": cel.Type.List(cel.Type.STRING),
    "map of strings": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    "map of ints": cel.Type.Map(cel.Type.STRING, cel.Type.INT),
    "map of doubles": cel.Type.Map(cel.Type.STRING, cel.Type.DOUBLE),
    "map of values": _MAP,
    "map of edits": cel.Type.Map(cel.Type.STRING, _MAP),
    "list of changes": cel.Type.List(_MAP),
}


class ExpressionError(Exception):
    """An expression that does not compile; line and column count from one, zero is unknown."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        """Store the place within the expression."""
        self.message = message
        self.line = line
        self.column = column
        super().__init__(message)


class Rule:
    """An expression, compiled for what it is about."""

    def __init__(self, text: str, subject: Subject) -> None:
        """Compile. Raises: ExpressionError."""
        variables = {each.name: _TYPES[each.type] for each in VARIABLES[subject]}
        try:
            self._compiled = cel.NewEnv(variables=variables).compile(text)
        except RuntimeError as error:  # the one type that the library raises
            raise _placed(str(error)) from None
        given = self._compiled.return_type()
        if given not in (cel.Type.BOOL, cel.Type.DYN):
            raise ExpressionError(f"the expression returns {_name(given)}, not true or false", 1, 1)

    def judge(self, facts: Mapping[str, Any]) -> PolicyResult:
        """Evaluate; ``facts`` maps each variable's name to its value."""
        try:
            result = self._compiled.eval(data=facts)
        except (RuntimeError, MemoryError) as error:
            return PolicyResult(violated=True, fault=_plain(str(error)))
        if result.type() == cel.Type.BOOL:
            return PolicyResult(violated=result.value())
        if result.type() == cel.Type.ERROR:
            return PolicyResult(violated=True, fault=_plain(str(result.value())))
        return PolicyResult(
            violated=True,
            fault=f"the expression returned {_name(result.type())}, not true or false",
        )


def _placed(text: str) -> ExpressionError:
    found = _PLACED.search(text)
    if found is None:
        return ExpressionError(_plain(text))
    message = _EXPECTING.sub("", _TAIL.sub("", found[3]))
    return ExpressionError(message, max(int(found[1]), 0), max(int(found[2]), 0))


def _name(given: object) -> str:
    return f"a value of type {str(given).lower()}"


def _plain(text: str) -> str:
    """Drop the library's own codes around a message, and all of it beyond its first line."""
    line = (text[:_LONGEST].splitlines() or [""])[0]
    return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", line) or "out of memory"
