"""``receipts``: show what a run charged beside what its plan said; offline."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``receipts``."""
    parser.usage = "reconciler receipts [options] [RUN]"
    parser.description = (
        "Show each charge of a run of apply: the amount that the plan forecast, and the "
        "amount that the client's expenses showed after it. What differs stands first. "
        "Without RUN, list the runs that charged, the latest first. The command works offline."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler receipts\n"
        "  reconciler receipts 20261121T093000Z-4be1d2\n"
        "  reconciler receipts 20261121T093000Z-4be1d2 --json"
    )
    parser.add_argument(
        "run", metavar="RUN", nargs="?", help="a run, as listed by `receipts` or `journal`"
    )
    options.declare_json(parser)


def run(args: Namespace, console: Console) -> Succeeded:
    """Show the charges of a run. Raises: UsageError for an unknown run, StoreError."""
    from reconciler.cli.context import open_records
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.documents.receipts import charging_document, receipts_document
    from reconciler.errors import UsageError
    from reconciler.report.receipts import receipts_text, runs_text
    from reconciler.store.receipts import charging_runs, read_receipts

    context = open_records(args, console)
    journal, target = context.journal, context.target.name
    if args.run is None:
        runs = {each: read_receipts(journal, each) for each in charging_runs(journal)}
        if console.json:
            console.document(charging_document(target, runs))
        else:
            console.report(runs_text(runs))
        return Succeeded()
    if not any(line["run"] == args.run for line in journal.lines()):
        raise UsageError(
            f"the journal of {target} has no run {args.run!r}: list them with `reconciler receipts`"
        )
    receipts = read_receipts(journal, args.run)
    if console.json:
        console.document(receipts_document(target, args.run, receipts))
    else:
        console.report(receipts_text(args.run, receipts, console.palette))
    return Succeeded()
