"""The files in which a job of GitHub Actions, or of Gitea's, leaves its summary and its outputs.

Invariants: a file is written only where the runner names it; an output is a number, a digest or a
word of ours, and no foreign text.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from reconciler.cli.formats import render
from reconciler.documents.plan import count_actions
from reconciler.errors import StoreError
from reconciler.model.reason import ReasonCode
from reconciler.report.escape import code_span
from reconciler.report.reports import (
    DriftReport,
    Layout,
    OutcomeReport,
    PlanReport,
    RehearsalReport,
    ValidationReport,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.report.reports import Report

_SUMMARY, _OUTPUT = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"
_PLAIN = re.compile(r"[A-Za-z0-9:.-]*")


def write_github_files(report: Report, scrub: Callable[[str], str]) -> None:
    """Append a report to the summary of the job, and its figures to the outputs of the step.

    ``scrub`` removes secrets.
    Raises: StoreError for a file that cannot be written.
    """
    if os.environ.get(_SUMMARY):
        _append(_SUMMARY, scrub(f"{render(report, 'markdown', Layout())}\n"))
    write_outputs(_outputs(report))


def write_github_failure(code: str, reasons: Sequence[str], scrub: Callable[[str], str]) -> None:
    """Append to the summary of the job why a command failed. Raises: StoreError."""
    if os.environ.get(_SUMMARY):
        lines = [f"### Not done: `{code}`", "", *(f"- {code_span(each)}" for each in reasons)]
        _append(_SUMMARY, scrub("\n".join([*lines, "", ""])))


def write_outputs(outputs: Mapping[str, str | int]) -> None:
    """Append outputs of the step; later steps read them. Raises: StoreError."""
    if not os.environ.get(_OUTPUT):
        return
    plain = {name: str(value) for name, value in outputs.items()}
    lines = [f"{name}={value}\n" for name, value in plain.items() if _PLAIN.fullmatch(value)]
    _append(_OUTPUT, "".join(lines))


def _outputs(report: Report) -> Mapping[str, str | int]:
    match report:
        case ValidationReport():
            found = Counter(finding.severity for finding in report.findings)
            return {"errors": found["error"], "warnings": found["warning"]}
        case PlanReport():
            counts = count_actions(report.plan.changes)
            return {
                "digest": str(report.document.get("digest", "")),
                "pending": "false" if report.plan.empty else "true",
                "changes": len(report.plan.changes),
                "refused": "true" if report.refusals else "false",
                **{str(action): count for action, count in counts.items()},
            }
        case DriftReport():
            return {"drifted": len(report.drift.drifted)}
        case OutcomeReport() | RehearsalReport():
            waiting = sum(each.cause is ReasonCode.LEFT_OUT for each in report.outcomes)
            done = sum(each.result == "verified" for each in report.outcomes)
            return {
                "verified": done,
                "waiting": waiting,
                "undone": len(report.outcomes) - done - waiting,
            }
        case _:
            assert_never(report)


def _append(variable: str, text: str) -> None:
    path = Path(os.environ[variable])
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StoreError(f"{path} ({variable}) cannot be written: {reason}") from error
