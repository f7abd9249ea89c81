"""What ``doctor`` found, as text and as JSON: one line a check, and what to do about it.

Invariant: nothing unknown is shown as well; what a kind lacks is named field by field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from reconciler.documents.plan import FORMAT_VERSION
from reconciler.model.health import Status
from reconciler.report.inert import inert
from reconciler.report.layout import counted, joined
from reconciler.report.palette import PLAIN, Palette
from reconciler.report.plan import target_words

if TYPE_CHECKING:
    from reconciler.documents.values import Json
    from reconciler.model.health import Check, FunctionCheck, Health, KindCheck

_WIDTH = 9
_MARKS: dict[Status, str] = {
    "ok": "ok",
    "warning": "warning",
    "problem": "error",
    "unknown": "note",
}


def health_text(health: Health, palette: Palette = PLAIN) -> str:
    """Show every check on a line, its remedy below it, then the kinds and the verdict."""
    checks = [line for check in health.checks for line in _check_lines(check, palette)]
    kinds = [line for kind in health.kinds for line in _kind_lines(kind, palette)]
    return joined(
        [[f"Doctor for {target_words(health.target)}"], checks, kinds, [_verdict(health)]]
    )


def health_document(health: Health) -> dict[str, Json]:
    """Return all that was found as one JSON document."""
    return {
        "formatVersion": FORMAT_VERSION,
        "target": {"name": health.target.name, "url": health.target.url},
        "checks": [
            {
                "name": check.name,
                "status": check.status,
                "message": check.message,
                "remedy": check.remedy,
            }
            for check in health.checks
        ],
        "kinds": [_kind_document(kind) for kind in health.kinds],
        "summary": {str(status): number for status, number in _counts(health).items()},
    }


def _check_lines(check: Check, palette: Palette) -> list[str]:
    line = f"  {_word(check.status, palette)} {check.name}: {inert(check.message)}"
    remedy = f"  {'':{_WIDTH}} what to do: {inert(check.remedy)}"
    return [line, remedy] if check.remedy and check.status != "ok" else [line]


def _kind_lines(kind: KindCheck, palette: Palette) -> list[str]:
    asked = [each for each in kind.functions if each.status != "unknown"]
    opened = sum(each.status == "ok" for each in asked)
    message = f"{opened} of {counted(len(asked), 'function')} open"
    if kind.status == "unknown":
        message = inert(kind.functions[0].message)
    lines = [f"  {_word(kind.status, palette)} {kind.kind}: {message}"]
    indent = f"  {'':{_WIDTH}} "
    refused = [each for each in asked if each.status != "ok"]
    lines += [f"{indent}{each.name}: {inert(each.message)}" for each in refused]
    lines += [f"{indent}so {inert(words)}" for words in kind.consequences]
    return lines


def _word(status: Status, palette: Palette) -> str:
    return palette.paint(_MARKS[status]).replace(_MARKS[status], f"{status:{_WIDTH}}")


def _verdict(health: Health) -> str:
    counts = _counts(health)
    told = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    if not health.sound:
        return f"{told}: not to be worked with as it is."
    # A kind that cannot be created, though nobody declares one, is no part of what is ready.
    lacking = any(kind.consequences for kind in health.kinds)
    return f"{told}: ready to work with{', but for what the warnings name' * lacking}."


def _counts(health: Health) -> dict[Status, int]:
    found = [each.status for each in health.checks] + [each.status for each in health.kinds]
    return {status: found.count(status) for status in get_args(Status)}


def _kind_document(kind: KindCheck) -> dict[str, Json]:
    return {
        "kind": kind.kind,
        "status": kind.status,
        "functions": [_function_document(each) for each in kind.functions],
        "missingFields": list(kind.missing_fields),
        "missingColumns": list(kind.missing_columns),
        "consequences": list(kind.consequences),
    }


def _function_document(function: FunctionCheck) -> dict[str, Json]:
    return {
        "name": function.name,
        "purpose": function.purpose,
        "status": function.status,
        "message": function.message,
    }
