"""The process that judges: one request on its input, one line of JSON for each policy.

Shape:  ``judge SECONDS BYTES``; the request is ``{"common": {…}, "subjects": [{…}…], "rules":
        [{"when", "subject", "asked": [number of a subject…]}…]}``. A line is ``{"rule",
        "violations": {position in asked: fault}}``, or ``{"rule", "broken": {"message", "line",
        "column"}}``; ``{"done": true}`` comes last, so what was cut short is known. Where the
        library is not installed, ``{"missing": true}`` is all.
Invariant: the bounds are in force before anything of the request is read.
"""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress
from datetime import datetime
from typing import Any


def main() -> None:
    """Answer the request on standard input."""
    _bind(seconds=int(sys.argv[1]), size=int(sys.argv[2]))
    request = json.load(sys.stdin)
    try:  # loaded under its bounds, and not before
        from reconciler.policies.cel import ExpressionError, Rule
    except ModuleNotFoundError:
        _tell({"missing": True})
        return
    common = request["common"]
    common["now"] = datetime.fromisoformat(common["now"])
    for number, asked in enumerate(request["rules"]):
        try:
            rule = Rule(asked["when"], asked["subject"])
        except ExpressionError as error:
            place = {"line": error.line, "column": error.column}
            _tell({"rule": number, "broken": {"message": error.message, **place}})
            continue
        violations = {}
        for position, subject in enumerate(asked["asked"]):
            ruling = rule.judge(common | request["subjects"][subject])
            if ruling.violated:
                violations[position] = ruling.fault
        _tell({"rule": number, "violations": violations})
    _tell({"done": True})


def _bind(*, seconds: int, size: int) -> None:
    """Limit time and memory to the bounds, as far as the system can enforce it."""
    limits = {resource.RLIMIT_CPU: seconds, resource.RLIMIT_AS: size, resource.RLIMIT_CORE: 0}
    for limit, value in limits.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


def _tell(answer: dict[str, Any]) -> None:
    # Each line at once: should this process be ended, what it had found is known.
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
