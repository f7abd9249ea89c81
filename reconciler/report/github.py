"""Reports as GitHub's log shows them, with annotations beside the lines of a pull request.

Shape: the report as text, and then ``::error file=manifests/acme.yaml,line=14,title=…::…`` for each
finding, refusal, missing approval, change that charges or destroys, drifted resource, and change
that is not done.
Source: the workflow commands of GitHub Actions, which Gitea Actions reads as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, assert_never

from reconciler.model.finding import IN_TEXT, Finding
from reconciler.report import text
from reconciler.report.escape import escape
from reconciler.report.finding import left_out, summary_line
from reconciler.report.finding_identity import place_of
from reconciler.report.outcome import outcome_line
from reconciler.report.reports import (
    DriftReport,
    Layout,
    OutcomeReport,
    PlanReport,
    RehearsalReport,
    ValidationReport,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.model.drift import DriftItem
    from reconciler.model.finding import Severity, Source
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan
    from reconciler.report.reports import Report

Command = Literal["error", "warning", "notice"]
_COMMANDS: Mapping[Severity, Command] = {"error": "error", "warning": "warning", "note": "notice"}
# GitHub ends a command at a line end, and a property at a comma; `%` begins what stands for one.
_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


class Annotation(NamedTuple):
    """One note beside a line, or about the whole run where there is no line."""

    command: Command
    title: str
    message: str
    source: Source | None = None


def render(report: Report, layout: Layout) -> str:
    """Return a report as text and annotations, as many as people read."""
    plain = Layout()
    match report:
        case ValidationReport():
            shown = IN_TEXT.keep(report.findings)
            annotations = [_of_finding(finding) for finding in shown]
            rest = left_out(report.findings, len(shown))
            words = "\n".join([*rest, summary_line(report.resources, report.findings), ""])
        case PlanReport():
            missing = [str(each.refusal) for each in report.approvals.missing]
            annotations = [
                *_of_plan(report.plan, report.refusals),
                *(Annotation("warning", "approval-missing", words) for words in missing),
            ]
            words = text.render(report, plain)
        case DriftReport():
            annotations = [_of_drift(item) for item in report.drift.drifted]
            words = text.render(report, plain)
        case OutcomeReport() | RehearsalReport():
            annotations = [*_of_outcomes(report.outcomes)]
            lines = [f"{outcome_line(outcome)}\n" for outcome in report.outcomes]
            words = "".join([*lines, text.render(report, plain)])
        case _:
            assert_never(report)
    commands = "".join(_command(each, layout.folder) for each in annotations[: IN_TEXT.in_all])
    return f"{words}{commands}"


def failure_commands(
    code: str, reasons: Sequence[str], findings: Sequence[Finding], folder: str
) -> str:
    """Return why a command failed, as annotations; findings stand beside their lines."""
    annotations = [_of_finding(finding) for finding in IN_TEXT.keep(findings)]
    annotations += [Annotation("error", code, reason) for reason in reasons]
    return "".join(_command(each, folder) for each in annotations[: IN_TEXT.in_all])


def _of_finding(finding: Finding) -> Annotation:
    command = _COMMANDS[finding.severity]
    return Annotation(command, finding.code, finding.message, finding.source)


def _of_plan(plan: Plan, refusals: Sequence[str]) -> Iterator[Annotation]:
    """Report what refuses a plan, then its findings, then what it charges and destroys."""
    for reason in refusals:
        yield Annotation("error", "refused", reason)
    yield from (_of_finding(finding) for finding in IN_TEXT.keep(plan.findings))
    for change in plan.changes:
        if change.action == "blocked":
            words = f"{change.address} is blocked: {change.reason}"
            yield Annotation("error", "blocked", words, change.source)
        elif change.classes:
            classes = ", ".join(sorted(change.classes))
            yield Annotation("notice", classes, f"{change.action} {change.address}", change.source)


def _of_drift(item: DriftItem) -> Annotation:
    fields = ", ".join(edit.field for edit in item.edits)
    words = f"{item.address}: {fields}" if fields else str(item.address)
    return Annotation("warning", item.drift_class, words, item.source)


def _of_outcomes(outcomes: Sequence[Outcome]) -> Iterator[Annotation]:
    """Report what is not verified; a change that was left out is a warning."""
    for outcome in outcomes:
        if outcome.result == "verified":
            continue
        command: Command = "warning" if outcome.result == "skipped" else "error"
        words = f"{outcome.change.address}: {outcome.message}"
        yield Annotation(command, outcome.result, words, outcome.change.source)


def _command(annotation: Annotation, folder: str) -> str:
    properties = {"title": annotation.title}
    if annotation.source:
        place = place_of(annotation.source, folder)
        properties |= {"file": place.path, "line": str(place.line), "col": str(place.column)}
    listed = ",".join(
        f"{name}={escape(value).translate(_IN_PROPERTY)}" for name, value in properties.items()
    )
    message = escape(annotation.message).translate(_IN_MESSAGE)
    return f"::{annotation.command} {listed}::{message}\n"
