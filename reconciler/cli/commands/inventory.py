"""``inventory``: what is owned, as of the last apply; offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.context import open_records
from reconciler.cli.exit_codes import Succeeded
from reconciler.documents.inventory import inventory_document
from reconciler.report.inventory import inventory_text

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console


def run(args: Namespace, console: Console) -> Succeeded:
    """Show the inventory of the target."""
    setup = open_records(args, console)
    entries = setup.inventory.load()
    if console.json:
        console.document(inventory_document(setup.target.name, entries))
    else:
        console.report(inventory_text(setup.target.name, entries))
    return Succeeded()
