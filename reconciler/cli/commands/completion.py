"""``completion``: the completion script of a shell, made from the parser."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded

SHELLS = ("bash", "zsh", "tcsh")


def declare(parser: ArgumentParser) -> None:
    """Declare ``completion``."""
    parser.usage = "reconciler completion SHELL"
    parser.description = "Print the completion script of a shell."
    parser.epilog = (
        "Examples:\n"
        "  reconciler completion bash > ~/.local/share/bash-completion/completions/reconciler\n"
        "  reconciler completion zsh > ~/.zfunc/_reconciler\n"
        "  reconciler completion tcsh > ~/.reconciler.tcsh"
    )
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))


def run(args: Namespace, console: Console) -> Succeeded:
    """Print the script."""
    import shtab

    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.parser import build_parser

    console.raw(shtab.complete(build_parser(), args.shell) + "\n")
    return Succeeded()
