"""``drift``: show what was changed in the panel since the last apply, or accept it into Git."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Drifted


def declare(parser: ArgumentParser) -> None:
    """Declare ``drift``."""
    parser.usage = "reconciler drift [options]"
    parser.description = (
        "Show what was changed in the panel since the last apply, apart from what the "
        "manifests changed since (pending), and how to restore or accept it. The command only "
        "reads the panel. With --accept it writes what the panel holds into the manifests: it "
        "shows the patch and asks. Exit code 2 means that there is drift, or that some of it "
        "could not be accepted."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler drift\n"
        "  reconciler drift --json --out drift.json\n"
        "  reconciler drift --accept --yes"
    )
    parser.add_argument("--out", metavar="FILE", help="write the report to a file as well, as JSON")
    parser.add_argument(
        "--accept", action="store_true", help="write what the panel holds into the manifests"
    )
    parser.add_argument("--yes", action="store_true", help="with --accept: do not ask")
    parser.add_argument(
        "--only",
        metavar="KIND/NAME",
        action="append",
        default=[],
        help="with --accept: only this resource; repeatable",
    )
    options.declare_format(parser)


async def run(args: Namespace, console: Console) -> Drifted:
    """Look for drift; save the report if requested and show it, or accept what was found."""
    from pathlib import Path

    from reconciler.cli.accept import accept_drift
    from reconciler.cli.context import open_context
    from reconciler.cli.exit_codes import Drifted
    from reconciler.cli.progress import shown_progress
    from reconciler.cli.remedies import command_line
    from reconciler.cli.wiring import read_records, reading
    from reconciler.documents.drift import drift_document
    from reconciler.engine.planner import find_drift
    from reconciler.errors import UsageError
    from reconciler.report.reports import DriftReport
    from reconciler.store.json_file import write_document

    if (args.yes or args.only) and not args.accept:
        raise UsageError("--yes and --only go with --accept: reconciler drift --accept --yes")
    if args.accept and (args.out or not console.text):
        message = "--accept prints a patch, and no document: leave --json, --format and --out out"
        raise UsageError(message)
    context = open_context(args, console)
    work = read_records(context)
    with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
        async with reading(context) as reader:
            report = await find_drift(reader, work, progress)
    if args.accept:
        return await accept_drift(args, console, context, work=work, report=report)
    document = drift_document(report)
    if args.out:
        write_document(Path(args.out), document)
    # An apply refuses to start while a charge is in doubt: show that command first.
    resume = command_line(args, "resume") if context.journal.holds_doubt() else ""
    apply = command_line(args, "apply")
    accept = command_line(args, "drift", "--accept")
    console.show(DriftReport(report, document, apply=apply, accept=accept, resume=resume))
    return Drifted(report.found)
