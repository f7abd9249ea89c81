"""Every report as text for a terminal.

Invariant: outcomes are printed as they come, so the report of an apply or a rehearsal is what
follows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.report.reports import (
    DriftReport,
    OutcomeReport,
    PlanReport,
    RehearsalReport,
    ValidationReport,
)

if TYPE_CHECKING:
    from reconciler.report.reports import Layout, Report


def render(report: Report, layout: Layout) -> str:
    """Return a report as text; only what writes this one is imported."""
    match report:
        case PlanReport():
            from reconciler.report.approvals import approval_lines
            from reconciler.report.plan import plan_text

            return plan_text(
                report.plan,
                refusals=report.refusals,
                consents=report.consents,
                ways=report.ways,
                approvals=approval_lines(report.approvals),
                palette=layout.palette,
                width=layout.width,
                full=layout.full,
                see=report.see,
            )
        case DriftReport():
            from reconciler.report.drift import drift_text

            return drift_text(
                report.drift,
                layout.palette,
                apply=report.apply,
                accept=report.accept,
                resume=report.resume,
                full=layout.full,
            )
        case OutcomeReport():
            from reconciler.report.outcome import apply_end_text

            return apply_end_text(report.plan, report.outcomes, palette=layout.palette)
        case RehearsalReport():
            from reconciler.report.outcome import rehearsal_text

            return rehearsal_text(
                report.plan,
                report.outcomes,
                report.second,
                report.charges,
                palette=layout.palette,
                clients=report.clients,
            )
        case ValidationReport():
            from reconciler.report.finding import validation_text

            return validation_text(report.resources, report.findings, layout.palette)
        case _:
            assert_never(report)
