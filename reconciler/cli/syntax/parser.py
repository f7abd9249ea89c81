"""The parser: usage errors are raised, not printed, and only the command at hand is declared.

Invariant: a command is declared when its name occurs among the words; declaring all of them would
cost more than answering most of them.
"""

from __future__ import annotations

import argparse
from functools import partial

from reconciler.cli.syntax import byhand, daily, offline, sandbox
from reconciler.cli.syntax.option import BETWEEN, FIRST, LAST, declare_shared, merge_shared
from reconciler.cli.syntax.overview import COMMANDS, PROGRAM, VERSION, overview

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import NoReturn

_DECLARED = {
    **daily.DECLARATIONS,
    **byhand.DECLARATIONS,
    **offline.DECLARATIONS,
    **sandbox.DECLARATIONS,
}
# A fixed width: asking the terminal for its own costs an import, and help reads the same anywhere.
_Formatter = partial(argparse.RawDescriptionHelpFormatter, width=100, max_help_position=32)


class Parser(argparse.ArgumentParser):
    """A parser that raises what is wrong instead of leaving the program."""

    def error(self, message: str) -> NoReturn:
        """Raise a usage error that says where to read on."""
        from reconciler.errors import UsageError

        raise UsageError(f"{message}; see: {self.prog} --help")


class _Root(Parser):
    def format_help(self) -> str:
        return overview()


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line.

    Raises: UsageError for what means nothing; SystemExit after ``--help`` and ``--version``.
    """
    return merge_shared(build_parser(words).parse_args(words))


def build_parser(words: Collection[str] = ()) -> argparse.ArgumentParser:
    """Build the parser, with the commands that occur among the words, or with all where none do."""
    parser = _Root(prog=PROGRAM, usage=f"{PROGRAM} [options] COMMAND ...", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=VERSION, help="show the version")
    declare_shared(parser, FIRST)
    commands = parser.add_subparsers(
        dest="command",
        metavar="COMMAND",
        required=True,
        prog=PROGRAM,
        parser_class=Parser,
        help="what to do",
    )
    for name in [name for name in COMMANDS if name in words] or COMMANDS:
        command = commands.add_parser(
            name,
            help=COMMANDS[name],
            formatter_class=_Formatter,
            allow_abbrev=False,
        )
        _DECLARED[name](command)
        declare_shared(command, BETWEEN if name in sandbox.DEEDS else LAST)
    return parser
