"""Every report as Markdown, for comments, issues and the summary of a job.

Invariants: a page has at most 65,536 characters unless all of it was asked for; what went wrong or
charges stands before the rest, and is cut last; no foreign text is live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.report.approvals import approval_lines
from reconciler.report.drift import drift_counts, drift_rows
from reconciler.report.escape import code_of, code_span
from reconciler.report.finding import finding_lines, summary_line
from reconciler.report.layout import counted
from reconciler.report.markdown_page import MOST_CHARACTERS, Page, shortened
from reconciler.report.outcome import (
    charge_lines,
    outcome_counts,
    outcome_line,
    rehearsal_charges,
)
from reconciler.report.plan import plan_rows
from reconciler.report.plan_markdown import plan_markdown
from reconciler.report.reports import (
    DriftReport,
    OutcomeReport,
    PlanReport,
    RehearsalReport,
    ValidationReport,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.finding import Finding
    from reconciler.model.outcome import Outcome
    from reconciler.report.reports import Layout, Report

_MOST_LINES = 40


def render(report: Report, layout: Layout) -> str:
    """Return a report as Markdown."""
    limit = None if layout.full else MOST_CHARACTERS
    match report:
        case PlanReport():
            return plan_markdown(
                report.plan,
                digest=str(report.document.get("digest", "")),
                refusals=report.refusals,
                consents=report.consents,
                ways=report.ways,
                approvals=approval_lines(report.approvals),
                see=report.see,
                limit=limit,
                full=layout.full,
            )
        case DriftReport():
            return drift_markdown(report, limit=limit, full=layout.full)
        case OutcomeReport():
            return _outcome_markdown(report, limit)
        case RehearsalReport():
            return _rehearsal_markdown(report, limit)
        case ValidationReport():
            return _validation_markdown(report, limit)
        case _:
            assert_never(report)


def drift_markdown(
    report: DriftReport, *, limit: int | None = MOST_CHARACTERS, full: bool = False
) -> str:
    """Return what the panel changed, with the commands that restore or accept it."""
    page, drift = Page(limit), report.drift
    target = code_span(shortened(drift.target.name))
    if not drift.drifted:
        page.add(f"### No drift on {target}: {counted(drift.checked, 'resource')} checked")
        _add_findings(page, drift.findings)
        return page.text()
    page.add(f"### Drift on {target}: {drift_counts(drift)}")
    url = code_span(shortened(drift.target.url))
    page.add(f"Panel {url} · {counted(drift.checked, 'resource')} checked")
    ways = [("First, since a charge is in doubt", report.resume)] if report.resume else []
    ways.append(("To restore what the manifests declare", report.apply))
    ways.append(("To accept the values of the panel", report.accept))
    page.add("\n".join(f"- {words}: {code_span(shortened(command))}" for words, command in ways))
    rows = [row.removeprefix("  ") for row in drift_rows(drift, full=full)]
    taken = page.add_fence(rows, language="diff")
    if taken < len(rows):
        page.leave_out(f"{counted(len(rows) - taken, 'line')} of what drifted")
    _add_findings(page, drift.findings)
    return page.text("reconciler drift --full")


def _outcome_markdown(report: OutcomeReport, limit: int | None) -> str:
    page = Page(limit)
    _add_outcomes(page, report.outcomes, f"Apply on {_named(report.plan.target.name)}")
    if any(outcome.result == "in-doubt" for outcome in report.outcomes):
        words = "A request was sent and its result is unknown. Before anything else run"
        page.add(f"**In doubt.** {words}: {code_span(shortened(report.resume))}")
    return page.text()


def _rehearsal_markdown(report: RehearsalReport, limit: int | None) -> str:
    page, name = Page(limit), _named(report.plan.target.name)
    _add_outcomes(page, report.outcomes, f"Rehearsal for {name}")
    charges = code_of(shortened(rehearsal_charges(report.charges)))
    copied = counted(report.clients, "client")
    page.add(f"{charges} On a copy of {copied}; {name} was only read.")
    if report.second.empty:
        page.add("The second plan is empty.")
    else:
        rows = [row.removeprefix("  ") for row in plan_rows(report.second.changes)]
        page.add("**The second plan is not empty:**")
        taken = page.add_fence(rows, language="diff")
        if taken < len(rows):
            page.leave_out(f"{counted(len(rows) - taken, 'line')} of the second plan")
    _add_findings(page, [each for each in report.plan.findings if each.severity == "warning"])
    return page.text()


def _validation_markdown(report: ValidationReport, limit: int | None) -> str:
    page = Page(limit)
    page.add(f"### {summary_line(report.resources, report.findings)}")
    lines = finding_lines(report.findings)
    taken = page.add_fence(lines)
    if taken < len(lines):
        page.leave_out(counted(len(lines) - taken, "finding"))
    return page.text("reconciler validate")


def _add_outcomes(page: Page, outcomes: Sequence[Outcome], title: str) -> None:
    """Add the counts, the charges, what is not done, and the rest collapsed."""
    page.add(f"### {title}: {outcome_counts(outcomes)}")
    charges = charge_lines(outcomes)
    lines = [f"- {code_of(shortened(line))}" for line in charges[:_MOST_LINES]]
    page.add("\n".join(lines))
    if left := len(charges) - len(lines):
        page.leave_out(counted(left, "charge"))
    open_ones = [outcome for outcome in outcomes if outcome.result != "verified"]
    done = [outcome for outcome in outcomes if outcome.result == "verified"]
    for summary, members in (("", open_ones), (f"Done ({len(done):,})", done)):
        rows = [outcome_line(outcome).removeprefix("  ") for outcome in members]
        taken = page.add_fence(rows, summary=summary)
        if taken < len(rows):
            words = "that is done" if summary else "that is not done"
            page.leave_out(f"{counted(len(rows) - taken, 'change')} {words}")


def _add_findings(page: Page, findings: Sequence[Finding]) -> None:
    lines = finding_lines(findings)
    taken = page.add_fence(lines, summary=f"Findings ({len(findings):,})")
    if taken < len(lines):
        page.leave_out(counted(len(lines) - taken, "finding"))


def _named(name: str) -> str:
    return code_span(shortened(name))
