"""Show the report of ``doctor``: one line for each check, with its remedy.

Invariant: an unknown result is never shown as good; missing fields are named one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.diagnostics import count_statuses
from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.layout import counted, joined
from reconciler.report.plan import target_words

if TYPE_CHECKING:
    from reconciler.model.diagnostics import Check, DoctorReport, KindCheck, Status

_WIDTH = 9
_MARKS: dict[Status, str] = {
    "ok": "ok",
    "warning": "warning",
    "problem": "error",
    "unknown": "note",
}


def health_text(health: DoctorReport, palette: Colors = PLAIN) -> str:
    """Show every check on a line, its remedy below it, then the kinds and the verdict."""
    checks = [line for check in health.checks for line in _check_lines(check, palette)]
    kinds = [line for kind in health.kinds for line in _kind_lines(kind, palette)]
    return joined(
        [[f"Doctor for {target_words(health.target)}"], checks, kinds, [_verdict(health)]]
    )


def _check_lines(check: Check, palette: Colors) -> list[str]:
    line = f"  {_word(check.status, palette)} {check.name}: {escape(check.message)}"
    remedy = f"  {'':{_WIDTH}} what to do: {escape(check.remedy)}"
    return [line, remedy] if check.remedy and check.status != "ok" else [line]


def _kind_lines(kind: KindCheck, palette: Colors) -> list[str]:
    asked = [each for each in kind.functions if each.status != "unknown"]
    opened = sum(each.status == "ok" for each in asked)
    message = f"{opened} of {counted(len(asked), 'function')} open"
    if kind.status == "unknown":
        message = escape(kind.functions[0].message)
    lines = [f"  {_word(kind.status, palette)} {kind.kind}: {message}"]
    indent = f"  {'':{_WIDTH}} "
    refused = [each for each in asked if each.status != "ok"]
    lines += [f"{indent}{each.name}: {escape(each.message)}" for each in refused]
    lines += [f"{indent}so {escape(words)}" for words in kind.consequences]
    return lines


def _word(status: Status, palette: Colors) -> str:
    return palette.paint(_MARKS[status]).replace(_MARKS[status], f"{status:{_WIDTH}}")


def _verdict(health: DoctorReport) -> str:
    counts = count_statuses(health)
    words = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    if not health.ok:
        return f"{words}: not ready for use."
    # A kind that does not work here, although no manifest declares it, must not count as ready.
    lacking = any(kind.consequences for kind in health.kinds)
    return f"{words}: ready for use{', except for the warnings' * lacking}."
