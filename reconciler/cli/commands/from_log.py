"""``from-log``: turn the panel's log into commands and manifests; offline."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Validated


def declare(parser: ArgumentParser) -> None:
    """Declare ``from-log``."""
    parser.usage = "reconciler from-log FILE"
    parser.description = (
        "Read the panel's own log (billmgr.log), and print each request that changed "
        "something as a call, and as a manifest if a kind knows the function. Parameters that "
        "browsers add, empty ones and those that the log hides (*) are left out; a call that "
        "does less without them says so. An order is printed as a call by the client in whose "
        "session it was. The command works offline."
    )
    parser.epilog = (
        "Lines that are not requests are skipped and counted. Exit code 3 means that a "
        "request cannot be read; the others are printed.\n\n"
        "Examples:\n"
        "  reconciler from-log billmgr.log\n"
        "  reconciler from-log billmgr.log > calls.txt\n"
        "  tail -n 1000 billmgr.log | reconciler from-log -"
    )
    parser.add_argument("file", metavar="FILE", help="the log, or - for standard input")


def run(args: Namespace, console: Console) -> Validated:
    """Read the log and print the requests that changed something."""
    from reconciler.cli import from_log

    return from_log.run(args, console)
