"""``doctor``: check whether the program can work with the target, and what would not work."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Diagnosed


def declare(parser: ArgumentParser) -> None:
    """Declare ``doctor``."""
    parser.usage = "reconciler doctor [options]"
    parser.description = (
        "Check whether the target can be used: connection, TLS, sign-in, user level, version, "
        "clock, saved filters, and the functions, fields and columns that each kind needs. "
        "The command only reads; --clear-filters changes something, and asks first."
    )
    parser.epilog = (
        "Each check ends as ok, warning, problem or unknown. A problem stops plan or apply "
        "(exit code 8). Warnings and unknown results end with 0. Exit code 4 means that you "
        "declined --clear-filters.\n\n"
        "Examples:\n"
        "  reconciler doctor\n"
        "  reconciler doctor --json\n"
        "  reconciler doctor --clear-filters --yes"
    )
    parser.add_argument(
        "--clear-filters",
        action="store_true",
        help="remove this user's saved filters, and read again to prove it",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    options.declare_json(parser)


async def run(args: Namespace, console: Console) -> Diagnosed:
    """Examine the target, remove its filters if that was requested, and show the report."""
    from reconciler.cli import doctor

    return await doctor.run(args, console)
