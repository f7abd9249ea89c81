"""``journal``: show the requests of past runs and their results; offline."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``journal``."""
    parser.usage = "reconciler journal [options] [verify]"
    parser.description = (
        "Show the runs of apply, oldest first: when each was run, by whom, which values it "
        "set or deleted, and the result of each request. `journal verify` only proves that "
        "the chain is complete. Exit code 10 means that the journal is damaged. The command "
        "works offline."
    )
    parser.epilog = (
        "Examples:\n  reconciler journal\n  reconciler journal verify\n  reconciler journal --json"
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=["verify"],
        metavar="verify",
        help="only prove that the chain is complete",
    )
    options.declare_json(parser)


def run(args: Namespace, console: Console) -> Succeeded:
    """Show the journal of the target, or only verify it."""
    from reconciler.cli.context import open_records
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.documents.journal import journal_document
    from reconciler.report.journal import empty_text, journal_text, proof_text

    context = open_records(args, console)
    journal = context.journal
    lines = journal.lines()
    if console.json:
        console.document(journal_document(context.target.name, lines, torn=journal.torn))
    elif args.what == "verify":
        console.report(proof_text(lines, torn=journal.torn))
    elif lines:
        console.report(journal_text(lines))
    else:
        console.report(empty_text(context.target.name, context.kept_elsewhere()))
    return Succeeded()
