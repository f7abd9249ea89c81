"""``doctor``: check whether the program can work with the target, and what would not work.

Invariant: it only reads, except that ``--clear-filters`` removes filters after an approval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.context import locked, open_context
from reconciler.cli.exit_codes import Diagnosed
from reconciler.cli.manifests import load_cached
from reconciler.cli.progress import shown_progress
from reconciler.cli.wiring import inspecting, writing
from reconciler.documents.diagnostics import health_document
from reconciler.engine.doctor.checks import DoctorSubject, run_checks
from reconciler.engine.doctor.clear_filters import clear_filters, filters_to_clear, with_explanation
from reconciler.errors import PanelError, RefusedError, SecurityStopError
from reconciler.model.diagnostics import Check, ConnectionReport, DoctorReport
from reconciler.model.refusal import Refusal
from reconciler.panel.probe import probe_connection
from reconciler.report.doctor import health_text
from reconciler.report.escape import escape

if TYPE_CHECKING:
    from argparse import Namespace
    from contextlib import AbstractContextManager

    from reconciler.cli.console import Console
    from reconciler.cli.context import ProjectContext
    from reconciler.ports import Progress


async def run(args: Namespace, console: Console) -> Diagnosed:
    """Examine the target, remove its filters if that was requested, and show the report."""
    context = open_context(args, console)
    subject = _subject(context)
    with _progress(args, console) as progress:
        health = await _examined(context, subject, progress)
    if args.clear_filters and filters_to_clear(health):
        health = await _cleared(args, console, health, context=context, subject=subject)
    if console.json:
        console.document(health_document(health))
    else:
        console.report(health_text(health, console.palette))
    return Diagnosed(health.ok)


def _subject(context: ProjectContext) -> DoctorSubject:
    loaded = load_cached(
        context.root, context.project.manifests, context.catalogue, context.target.overlays
    )
    return DoctorSubject(
        context.target,
        context.name,
        context.catalogue,
        loaded.desired,
        context.inventory.load(),
        context.edit_effects.load(),
    )


def _progress(args: Namespace, console: Console) -> AbstractContextManager[Progress]:
    return shown_progress(wanted=not (console.json or args.no_progress))


async def _examined(
    context: ProjectContext, subject: DoctorSubject, progress: Progress
) -> DoctorReport:
    contact: ConnectionReport | PanelError
    try:
        contact = await probe_connection(context.target, embedded=context.is_embedded)
    except PanelError as error:
        contact = error
    try:
        async with inspecting(context) as inspector:
            return await run_checks(inspector, subject, contact, progress)
    except SecurityStopError as error:  # no trusted connection can be opened
        return DoctorReport(context.name, (Check("TLS", "problem", str(error), "check tls"),))


async def _cleared(
    args: Namespace,
    console: Console,
    health: DoctorReport,
    *,
    context: ProjectContext,
    subject: DoctorSubject,
) -> DoctorReport:
    """Remove the filters and examine again: the panel's answer proves nothing."""
    what = ", ".join(filters_to_clear(health))
    if not args.yes:
        if not console.interactive:
            message = f"cannot ask for approval (no terminal): use --yes to remove {what}"
            raise RefusedError([Refusal("not-approved", message)])
        if not await console.confirm(f"Remove {escape(what)}?"):
            raise RefusedError([Refusal("not-approved", "nothing was removed")])
    with locked(context, "reconciler doctor --clear-filters"):
        async with writing(context) as panel:
            refused = await clear_filters(panel, health)
    for name, error in refused.items():
        console.refuse(f"{name}: {error}")
    with _progress(args, console) as progress:
        return with_explanation(await _examined(context, subject, progress), refused)
