"""``doctor``: check whether the program can work with the target, and what would not work.

Invariant: it only reads, except that ``--clear-filters`` removes filters after an approval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.context import locked, open_context
from reconciler.cli.exit_codes import Diagnosed
from reconciler.cli.progress import shown_progress
from reconciler.cli.wiring import inspecting, writing
from reconciler.documents.diagnostics import health_document
from reconciler.engine.doctor.checks import DoctorSubject, run_checks
from reconciler.engine.doctor.clear_filters import clear_filters, filters_to_clear, with_explanation
from reconciler.errors import PanelError, RefusedError, SecurityStopError
from reconciler.manifest.load.loader import load_manifests
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
    setup = open_context(args, console)
    subject = _subject(setup)
    with _progress(args, console) as progress:
        health = await _examined(setup, subject, progress)
    if args.clear_filters and filters_to_clear(health):
        health = await _cleared(args, console, health, setup=setup, subject=subject)
    if console.json:
        console.document(health_document(health))
    else:
        console.report(health_text(health, console.palette))
    return Diagnosed(health.ok)


def _subject(setup: ProjectContext) -> DoctorSubject:
    loaded = load_manifests(
        setup.root, setup.project.manifests, setup.catalogue, setup.target.overlays
    )
    return DoctorSubject(
        setup.target,
        setup.name,
        setup.catalogue,
        loaded.desired,
        setup.inventory.load(),
        setup.edit_effects.load(),
    )


def _progress(args: Namespace, console: Console) -> AbstractContextManager[Progress]:
    return shown_progress(wanted=not (console.json or args.no_progress))


async def _examined(
    setup: ProjectContext, subject: DoctorSubject, progress: Progress
) -> DoctorReport:
    contact: ConnectionReport | PanelError
    try:
        contact = await probe_connection(setup.target, embedded=setup.is_embedded)
    except PanelError as error:
        contact = error
    try:
        async with inspecting(setup) as inspector:
            return await run_checks(inspector, subject, contact, progress)
    except SecurityStopError as error:  # no trusted connection can be opened
        return DoctorReport(setup.name, (Check("TLS", "problem", str(error), "check tls"),))


async def _cleared(
    args: Namespace,
    console: Console,
    health: DoctorReport,
    *,
    setup: ProjectContext,
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
    with locked(setup, "reconciler doctor --clear-filters"):
        async with writing(setup) as panel:
            refused = await clear_filters(panel, health)
    for name, error in refused.items():
        console.refuse(f"{name}: {error}")
    with _progress(args, console) as progress:
        return with_explanation(await _examined(setup, subject, progress), refused)
