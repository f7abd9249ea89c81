"""The parser: it raises usage errors instead of printing them.

Invariant: only a command whose name occurs among the arguments is declared; declaring all of them
takes longer than running most of them.
"""

from __future__ import annotations

import argparse
from functools import partial
from importlib import import_module

from reconciler.cli.help import COMMANDS, PROGRAM, VERSION, overview
from reconciler.cli.options import BETWEEN, FIRST, LAST, declare_shared, merge_shared

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from types import ModuleType
    from typing import NoReturn
# Commands with subcommands.
_NESTED = frozenset({"sandbox", "state"})
# Options whose help says what an empty value means, and one with a message of its own.
_MAY_BE_EMPTY = frozenset({"digest", "only_allowed", "since"})


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help of a fixed width, equal everywhere, that fits a narrow terminal."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Fill paragraphs; indented lines, such as examples, stay as they are."""
        import textwrap

        filled = []
        for paragraph in text.split("\n\n"):
            prose, gap, table = paragraph.partition("\n  ")
            lines = textwrap.fill(" ".join(prose.split()), width, initial_indent=indent)
            filled.append(f"{lines}{gap}{table}")
        return "\n\n".join(filled)


_Formatter = partial(_Help, width=80, max_help_position=28)


# The messages of the library, and ours, which name the option or the argument first.
_WORDS = (
    (r"argument (\S+): expected one argument", r"\1 needs a value"),
    (r"argument (\S+): expected (\d+) arguments", r"\1 needs \2 values"),
    (r"argument (\S+): ignored explicit argument .*", r"\1 takes no value"),
    (r"argument (\S+): invalid int value: (.*)", r"\1: \2 is not a whole number"),
    (r"argument (\S+): not allowed with argument (\S+)", r"\1 does not go with \2"),
    (r"the following arguments are required: (.*)", r"\1 is missing"),
)


class Parser(argparse.ArgumentParser):
    """A parser that raises errors instead of ending the program."""

    def error(self, message: str) -> NoReturn:
        """Raise a usage error in our words, with the command that shows the help."""
        import re

        from reconciler.errors import UsageError

        for pattern, words in _WORDS:
            message = re.sub(f"^{pattern}$", words, message)
        raise UsageError(f"{message}; see: {self.prog} --help")

    def _check_value(self, action: argparse.Action, value: object) -> None:
        """Refuse a value that is empty or not a choice, and suggest a similar one.

        A variable that a pipeline did not set is no wish to go without: `apply "$PLAN"` would
        apply another plan than the one that was reviewed.
        """
        if value == "" and action.dest not in _MAY_BE_EMPTY:
            name = action.option_strings[-1] if action.option_strings else action.metavar
            self.error(f"{name} is empty: give it a value, or leave it out")
        if action.choices is None or value in action.choices:
            return
        # Only commands among the arguments are declared, so suggest from all commands.
        known = COMMANDS if action.dest == "command" else list(map(str, action.choices))
        flag = action.option_strings[-1] if action.option_strings else ""
        what = f"{flag} does not take" if flag else f"{self.prog} does not know"
        what = "there is no command" if action.dest == "command" else what
        self.error(f"{what} {str(value)!r}{_near(str(value), known)}")


class _Root(Parser):
    def format_help(self) -> str:
        return overview()


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line.

    Raises: UsageError for wrong arguments; SystemExit after ``--help`` and ``--version``.
    """
    parser = build_parser(words)
    args, unknown = parser.parse_known_args(words)
    if unknown:
        _take_late(_command_parser(parser, args), args, unknown)
    return merge_shared(args)


def _command_parser(
    parser: argparse.ArgumentParser, args: argparse.Namespace
) -> argparse.ArgumentParser:
    for name in (args.command, getattr(args, "subcommand", None)):
        commands = (each.choices for each in _actions(parser) if isinstance(each.choices, dict))
        parser = next(commands, {}).get(name, parser)
    return parser


def _take_late(
    parser: argparse.ArgumentParser, args: argparse.Namespace, unknown: Sequence[str]
) -> None:
    """Add arguments that follow an option to those before it.

    argparse ends a list of arguments at the first option: `explain value --target prod X`.
    """
    lists = (each for each in _actions(parser) if each.nargs == "*" and not each.option_strings)
    taken = next(lists, None)
    options = [word for word in unknown if word.startswith("-")]
    if options or taken is None:
        _refuse(parser, [*options, *unknown][0])
    setattr(args, taken.dest, [*getattr(args, taken.dest), *unknown])


def _refuse(parser: argparse.ArgumentParser, word: str) -> NoReturn:
    """Refuse an argument that no parser knows, and suggest a similar option."""
    if not word.startswith("-"):
        parser.error(f"unexpected argument {word!r}")
    option = word.partition("=")[0]
    owners = [name for name, each in find_commands().items() if option in _flags(each)]
    if owners:
        where = " and ".join(f"`{PROGRAM} {name}`" for name in owners[:3])
        parser.error(f"there is no option {option} here: it is an option of {where}")
    parser.error(f"there is no option {option}{_near(option, _flags(parser))}")


def _flags(parser: argparse.ArgumentParser) -> list[str]:
    return [flag for action in _actions(parser) for flag in action.option_strings]


def _actions(parser: argparse.ArgumentParser) -> Sequence[argparse.Action]:
    return parser._actions  # noqa: SLF001 - argparse has no public way to list them


def _near(word: str, known: Collection[str]) -> str:
    from reconciler.manifest.quote import did_you_mean

    begun = [name for name in known if name.startswith(word) and len(word) > len("--")]
    hint = did_you_mean(begun[0] if len(begun) == 1 else word, known)
    return hint or f"; there are {', '.join(known)}"


def find_commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command by its name, such as ``plan`` and ``sandbox seed``."""
    return dict(_commands_of(build_parser(), ""))


def _commands_of(
    parser: argparse.ArgumentParser, before: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in _actions(parser):
        if isinstance(action.choices, dict):
            for name, command in action.choices.items():
                yield f"{before}{name}", command
                yield from _commands_of(command, f"{before}{name} ")


def command_module(name: str) -> ModuleType:
    """Return the module of a command: ``declare`` adds its arguments, ``run`` executes it."""
    # ``import`` is a word of Python: its module has another name.
    module = {"import": "import_object"}.get(name, name.replace("-", "_"))
    return import_module(f"reconciler.cli.commands.{module}")


def build_parser(words: Collection[str] = ()) -> argparse.ArgumentParser:
    """Build the parser with the commands among the arguments, or with all if there is none."""
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
        command_module(name).declare(command)
        declare_shared(command, BETWEEN if name in _NESTED else LAST)
    return parser
