"""``state``: show, copy, move, keep and verify what is recorded of the targets."""

from __future__ import annotations

from reconciler.cli import options
from reconciler.cli.options import declare_shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``state`` and its subcommands."""
    names = "|".join(_DECLARED)
    parser.usage = f"reconciler state {names} [options]"
    parser.description = (
        "Show, copy, move, keep and verify the state: inventory, journal, ways back and locks. "
        "`spec.state` in reconciler.yaml says where it is kept. The commands need no panel. "
        "Exit code 9 means that a run holds the lock, 10 that the state is damaged."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler state show\n"
        "  reconciler state verify\n"
        "  reconciler state backup --out backups\n"
        "  reconciler state migrate --from file:.reconciler --to file:state\n"
        "  reconciler state pull --out state.jsonl\n"
        "  reconciler state push state.jsonl"
    )
    subcommands = parser.add_subparsers(dest="subcommand", metavar=names, required=True)
    for name, (summary, declare) in _DECLARED.items():
        subcommand = subcommands.add_parser(
            name,
            help=summary,
            prog=f"reconciler state {name}",
            description=f"{summary[:1].upper()}{summary[1:]}.",
            allow_abbrev=False,
            formatter_class=parser.formatter_class,
        )
        declare(subcommand)
        declare_shared(subcommand)


def run(args: Namespace, console: Console) -> Succeeded:
    """Run a subcommand."""
    from reconciler.cli import state_transfer

    return state_transfer.run(args, console)


def _declare_show(parser: ArgumentParser) -> None:
    options.declare_json(parser)


def _declare_pull(parser: ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", required=True, help="the file to write")


def _declare_push(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file that `state pull` wrote")
    options.declare_lock(parser)


def _declare_migrate(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", metavar="URL", help="where the state is (default: spec.state)"
    )
    parser.add_argument(
        "--to", dest="copy", metavar="URL", help="where it is to be (default: spec.state)"
    )
    options.declare_lock(parser)


def _declare_backup(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        default=".reconciler/backups",
        help="the folder to write to (default: .reconciler/backups)",
    )


def _declare_verify(_parser: ArgumentParser) -> None:
    """Declare nothing: ``verify`` has no options of its own."""


_DECLARED = {
    "show": ("show where the state is, what it holds, and who holds locks", _declare_show),
    "pull": ("write the state of the target to a file", _declare_pull),
    "push": ("write the state of a file to where it is empty, or older", _declare_push),
    "migrate": ("copy the state of all targets to another place", _declare_migrate),
    "backup": ("write the state of all targets to files of a folder", _declare_backup),
    "verify": ("prove that every line of the state is as it was written", _declare_verify),
}
