"""``resume``: resolve what an interrupted apply left open, by reading or by an answer."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Applied


def declare(parser: ArgumentParser) -> None:
    """Declare ``resume``."""
    parser.usage = "reconciler resume [options]"
    parser.description = (
        "Read from the panel what happened to the requests that an interrupted apply left "
        "open. Nothing is ordered or charged. Exit code 7 means that a charge is still in "
        "doubt. If the panel cannot show it, say which object an order became (--link), or "
        "that none exists (--none-exists)."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler resume\n"
        "  reconciler resume --link Service/acme-vm 958\n"
        "  reconciler resume --none-exists Service/acme-vm"
    )
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument(
        "--link", nargs=2, metavar=("KIND/NAME", "ID"), help="the order became this object"
    )
    answer.add_argument("--none-exists", metavar="KIND/NAME", help="no order and no charge exists")
    options.declare_lock(parser)
    options.declare_json(parser)


async def run(args: Namespace, console: Console) -> Applied:
    """Resolve every open intent, after the operator's answer for one resource, if given."""
    from reconciler.cli import resume

    return await resume.run(args, console)
