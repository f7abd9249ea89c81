"""``export``: what the panel holds, as manifests; reads the panel only."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Exported


def declare(parser: ArgumentParser) -> None:
    """Declare ``export``."""
    parser.usage = "reconciler export [KIND...] [options]"
    parser.description = (
        "Write manifests for what the panel holds: one file for each client, with its accounts, "
        "discounts, tax rules, rates and services. Empty fields and those that a new object has "
        "by itself are left out. No secret is read. Afterwards the command plans what it wrote, "
        "without asking the panel again: the plan may adopt, and change nothing. The command only "
        "reads the panel."
    )
    parser.epilog = (
        "Exit code 3 means that nothing was selected, or that the manifests have errors; 6 that "
        "a plan of what was written would change something.\n\n"
        "Examples:\n"
        "  reconciler export\n"
        "  reconciler export --client billing@acme.example\n"
        "  reconciler export Discount TaxRule --layout kind"
    )
    parser.add_argument(
        "kinds", metavar="KIND", nargs="*", help="only resources of these kinds (default: all)"
    )
    parser.add_argument(
        "--client",
        metavar="EMAIL|ID",
        action="append",
        default=[],
        help="only this client; repeatable",
    )
    parser.add_argument("--group", metavar="NAME", help="only clients of this group")
    parser.add_argument("--provider", metavar="NAME", help="only clients of this provider")
    parser.add_argument(
        "-l",
        "--selector",
        metavar="LABEL=VALUE",
        action="append",
        default=[],
        help="only clients whose manifest has this label; repeatable: all of them",
    )
    parser.add_argument("--out", metavar="DIR", help="default: the first folder of manifests")
    parser.add_argument(
        "--layout",
        choices=("client", "kind"),
        default="client",
        help="a file for each client (default), or a folder for each kind",
    )
    parser.add_argument("--stdout", action="store_true", help="print the documents, write no file")
    parser.add_argument(
        "--all-fields", action="store_true", help="write empty and default values, too"
    )
    parser.add_argument("--no-verify", action="store_true", help="do not plan what was written")
    options.declare_json(parser)


async def run(args: Namespace, console: Console) -> Exported:
    """Write what the panel holds, and prove that a plan of it is empty."""
    from reconciler.cli import export

    return await export.run(args, console)
