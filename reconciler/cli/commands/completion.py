"""``completion``: the completion script of a shell, made from the parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shtab

from reconciler.cli.exit_codes import Succeeded
from reconciler.cli.parser import build_parser

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console


def run(args: Namespace, console: Console) -> Succeeded:
    """Print the script."""
    console.raw(shtab.complete(build_parser(), args.shell) + "\n")
    return Succeeded()
