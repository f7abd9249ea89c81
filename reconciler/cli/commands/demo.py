"""``demo``: run the daily commands on the embedded panel."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``demo``."""
    parser.usage = "reconciler demo"
    parser.description = (
        "Play init, plan, apply, drift and repair in under a minute, on the embedded panel in "
        "a temporary folder. Nothing else on this machine is read or written."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler demo\n"
        "  reconciler demo --color always\n"
        "  reconciler demo --color never > demo.txt"
    )


def run(args: Namespace, console: Console) -> Succeeded:
    """Run all steps; each prints its own output."""
    from reconciler.cli import demo

    return demo.run(args, console)
