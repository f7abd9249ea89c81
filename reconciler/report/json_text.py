"""Every report as the one JSON document of its command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.canonical import canonical_json

if TYPE_CHECKING:
    from reconciler.report.reports import Layout, Report


def render(report: Report, layout: Layout) -> str:  # noqa: ARG001 - the signature of a renderer
    """Return the document of a report."""
    return canonical_json(report.document)
