"""``forget``: remove one resource from the inventory; no request is sent to the panel."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``forget``."""
    parser.usage = "reconciler forget [options] KIND/NAME"
    parser.description = (
        "Remove one resource from the inventory. The object in the panel is not changed; the "
        "next plan adopts it again if a manifest still declares it. Discounts and services "
        "also carry an ownership marker in the panel, and stay recognised by it. Exit code 3 means "
        "that the inventory does not have the resource."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler forget Discount/acme-welcome\n"
        "  reconciler inventory && reconciler forget Discount/acme-welcome\n"
        "  reconciler --target sandbox forget Client/acme"
    )
    parser.add_argument("address", metavar="KIND/NAME", help="the resource")
    options.declare_lock(parser)


def run(args: Namespace, console: Console) -> Succeeded:
    """Remove one entry from the inventory of the target."""
    from reconciler.cli.arguments import read_address
    from reconciler.cli.context import locked, open_records
    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.state import lock_waiting
    from reconciler.errors import SelectionError

    address = read_address(args.address)
    context = open_records(args, console)
    with locked(context, "reconciler forget", waiting=lock_waiting(args, console)) as context:
        entries = dict(context.managed())
        if entries.pop(address, None) is None:
            raise SelectionError(
                f"{address} is not in the inventory of {context.target.name!r}: `reconciler "
                "inventory` lists the managed resources"
            )
        context.save_managed(entries, context.journal)
    console.report(f"Forgotten: {address}. Nothing in the panel was changed.\n")
    return Succeeded()
