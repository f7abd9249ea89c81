"""``drift``: show what was changed in the panel since the last apply; reads only."""

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
        "reads. Exit code 2 means that there is drift."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler drift\n"
        "  reconciler drift --json --out drift.json\n"
        "  reconciler drift --format json"
    )
    parser.add_argument("--out", metavar="FILE", help="write the report to a file as well, as JSON")
    options.declare_format(parser)


async def run(args: Namespace, console: Console) -> Drifted:
    """Look for drift, save the report if requested, and show it."""
    from pathlib import Path

    from reconciler.cli.context import open_context
    from reconciler.cli.exit_codes import Drifted
    from reconciler.cli.progress import shown_progress
    from reconciler.cli.remedies import command_line
    from reconciler.cli.wiring import read_records, reading
    from reconciler.documents.drift import drift_document
    from reconciler.engine.planner import find_drift
    from reconciler.report.drift import drift_text
    from reconciler.store.json_file import write_document

    context = open_context(args, console)
    work = read_records(context)
    with shown_progress(wanted=not (console.json or args.no_progress)) as progress:
        async with reading(context) as reader:
            report = await find_drift(reader, work, progress)
    document = drift_document(report)
    if args.out:
        write_document(Path(args.out), document)
    if console.json:
        console.document(document)
    else:
        # An apply refuses to start while a charge is in doubt: show that command first.
        resume = command_line(args, "resume") if context.journal.holds_doubt() else ""
        apply = command_line(args, "apply")
        console.report(drift_text(report, console.palette, apply=apply, resume=resume))
    return Drifted(report.found)
