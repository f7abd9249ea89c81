"""Every report as one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.kinds.catalogue import discover
from reconciler.report.html.drift import drift_page
from reconciler.report.html.finding import validation_page
from reconciler.report.html.outcome import outcome_page, rehearsal_page
from reconciler.report.html.page import page_text
from reconciler.report.html.plan import plan_page
from reconciler.report.reports import (
    DriftReport,
    OutcomeReport,
    PlanReport,
    RehearsalReport,
    ValidationReport,
)

if TYPE_CHECKING:
    from reconciler.report.html.page import Page
    from reconciler.report.reports import Layout, Report


def render(report: Report, layout: Layout) -> str:
    """Return a report as an HTML file."""
    return page_text(_page(report, full=layout.full))


def _page(report: Report, *, full: bool) -> Page:
    match report:
        case PlanReport():
            return plan_page(report, discover(), full=full)
        case DriftReport():
            return drift_page(report)
        case OutcomeReport():
            return outcome_page(report)
        case RehearsalReport():
            return rehearsal_page(report)
        case ValidationReport():
            return validation_page(report.resources, report.findings)
