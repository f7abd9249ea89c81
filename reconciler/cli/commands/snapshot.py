"""``snapshot``: record the live state of a target as a file to plan against."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``snapshot``."""
    parser.usage = "reconciler snapshot --out FILE"
    parser.description = (
        "Record what a plan needs of the panel, for the declared and managed clients: their lists "
        "and forms, the forms of new objects, what they are offered, and our own records. `plan "
        "--live FILE` plans against the file, without credentials and without a network. The file "
        "holds no secret; it holds data of clients, and only its owner can read it."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler snapshot --out live.json\n"
        "  reconciler snapshot --out live.json --pseudonymise\n"
        "  reconciler snapshot --out live.json && reconciler plan --live live.json --json"
    )
    parser.add_argument("--out", metavar="FILE", required=True, help="where to write the snapshot")
    parser.add_argument(
        "--pseudonymise",
        action="store_true",
        help="replace people's data that no manifest declares, equal for equal",
    )


async def run(args: Namespace, console: Console) -> Succeeded:
    """Record the live state and write it."""
    from reconciler.cli import snapshot

    return await snapshot.run(args, console)
