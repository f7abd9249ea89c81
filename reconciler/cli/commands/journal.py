"""``journal``: what applies meant to do and what became of it; offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.context import open_records
from reconciler.cli.exit_codes import Succeeded
from reconciler.documents.journal import journal_document
from reconciler.report.journal import empty_text, journal_text, proof_text

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console


def run(args: Namespace, console: Console) -> Succeeded:
    """Show the journal of the target, or only prove it."""
    setup = open_records(args, console)
    journal = setup.journal
    lines = journal.lines()
    if console.json:
        console.document(journal_document(setup.target.name, lines, torn=journal.torn))
    elif args.what == "verify":
        console.report(proof_text(lines, torn=journal.torn))
    elif lines:
        console.report(journal_text(lines))
    else:
        console.report(empty_text(setup.target.name, setup.kept_elsewhere()))
    return Succeeded()
