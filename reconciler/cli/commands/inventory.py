"""``inventory``: list the managed resources, as of the last apply; offline."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``inventory``."""
    parser.usage = "reconciler inventory [options]"
    parser.description = (
        "List the managed resources: each address with its id in the panel, as of the last "
        "apply. The command works offline."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler inventory\n"
        "  reconciler inventory --json\n"
        "  reconciler --target sandbox inventory"
    )
    options.declare_json(parser)


def run(args: Namespace, console: Console) -> Succeeded:
    """Show the inventory of the target."""
    from reconciler.cli.context import open_records
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.documents.inventory import inventory_document
    from reconciler.report.inventory import inventory_text

    context = open_records(args, console)
    entries = context.managed()
    if console.json:
        console.document(inventory_document(context.target.name, entries))
    else:
        console.report(inventory_text(context.target.name, entries))
    return Succeeded()
