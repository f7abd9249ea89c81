"""``forget``: one resource leaves the inventory; the panel is not asked and not touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.arguments import read_address
from reconciler.cli.context import locked, open_records
from reconciler.cli.exit_codes import Succeeded
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console


def run(args: Namespace, console: Console) -> Succeeded:
    """Drop one entry from the inventory of the target."""
    address = read_address(args.address)
    setup = open_records(args, console)
    with locked(setup, "reconciler forget") as setup:
        inventory = setup.inventory
        entries = dict(inventory.load())
        if entries.pop(address, None) is None:
            raise UsageError(f"{address} is not in the inventory of {setup.target.name!r}")
        inventory.save(entries)
    console.report(f"Forgotten: {address}. Nothing in the panel was touched.\n")
    return Succeeded()
