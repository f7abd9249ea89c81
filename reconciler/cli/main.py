"""The entry point: parse the arguments, run the command, return an exit code.

Invariants: one event loop for each run; only this module catches every exception; until a command
is known only the parser is imported, and not even that for the program's own help.
"""

from __future__ import annotations

import sys

from reconciler.cli.help import VERSION, overview
from reconciler.cli.streams import hold_streams, use_utf8, write_report

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Coroutine, Sequence

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import End
    from reconciler.errors import UsageError

# As ``Exit.USAGE`` has it, which is not imported for this.
_WRONG_USAGE = 64
# What is done for one target after another under `--target all` or `--target a,b`.
_FOR_SEVERAL = frozenset({"plan", "apply", "drift"})
_ALL_TARGETS = "all"
_ANSWERED = (["--version"], ["--help"], ["-h"])


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    hold_streams()
    use_utf8()
    words = list(sys.argv[1:] if argv is None else argv)
    if words in _ANSWERED:
        return _printed(f"{VERSION}\n" if words == ["--version"] else overview())
    if not words:  # a script without a command must not continue as if it had run one
        sys.stderr.write(overview())
        return _WRONG_USAGE
    from reconciler.cli.parser import parse

    try:
        args = parse(words)
    except SystemExit as stop:  # --help and --version have been printed
        return _printed("") or int(stop.code or 0)
    except _usage_error() as error:
        return _report_error(error, _early_console(words), verbose=False)
    return run(args)


def run(args: Namespace) -> int:
    """Run a parsed command and return its exit code."""
    import os

    # No plugin of another package takes part in reading manifests, nor is one looked for.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from reconciler.cli.console import make_console
    from reconciler.cli.exit_codes import exit_code
    from reconciler.cli.formats import chosen_format
    from reconciler.cli.log import configure_log

    given = _given_options(args)
    console = make_console(
        form=chosen_format(args),
        color=args.color,
        environ=os.environ,
        given=given,
        project=args.project,
        full=getattr(args, "full", False),
    )
    configure_log(verbose=args.verbose, shape=args.log_format, scrub=console.scrub)
    try:
        return int(exit_code(_end_of(args, console)))
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place for it
        return _report_error(_named(error), console, verbose=args.verbose > 0)
    finally:
        _close_state()


def _close_state() -> None:
    """Close the backends of the state that the command opened, if it asked for a state at all."""
    module = sys.modules.get("reconciler.cli.state")
    if module is not None:
        module.close_backends()


def _given_options(args: Namespace) -> str:
    """Return the options that chose the project and the target, quoted for a shell."""
    from shlex import quote

    pairs = (("--project", args.project), ("--target", args.target))
    return " ".join(f"{flag} {quote(str(value))}" for flag, value in pairs if value)


def _printed(text: str) -> int:
    """Print a text without a command; return the exit code."""
    try:
        write_report(text)
    except Exception as error:  # noqa: BLE001 - every class of error has an exit code
        return _report_error(error, _early_console(()), verbose=False)
    return 0


def _named(error: BaseException) -> BaseException:
    """Return a clear error when the current folder was deleted."""
    if isinstance(error, FileNotFoundError) and error.filename is None and _is_nowhere():
        return _usage_error()("the current folder was deleted: change into another one")
    return error


def _is_nowhere() -> bool:
    import os

    try:
        os.getcwd()  # noqa: PTH109 - the very call that fails
    except FileNotFoundError:
        return True
    return False


def _usage_error() -> type[UsageError]:
    # An `except` clause is evaluated only after an error, so the import is rare.
    from reconciler.errors import UsageError

    return UsageError


def _end_of(args: Namespace, console: Console) -> End:
    import signal

    from reconciler.cli.parser import command_module

    command = command_module(args.command)
    # A CI runner stops us by SIGTERM: it must end the run as cleanly as Ctrl-C does.
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        if names := _several_targets(args):
            from reconciler.cli.targets import run_several

            return run_several(args, console, names, lambda *own: _awaited(command.run(*own)))
        return _awaited(command.run(args, console))
    finally:
        signal.signal(signal.SIGTERM, before)


def _several_targets(args: Namespace) -> str:
    """Return the names of several targets, if the command takes them; else an empty text."""
    import os

    if args.command not in _FOR_SEVERAL:
        return ""
    name = args.target or os.environ.get("RECONCILER_TARGET") or ""
    return str(name) if name == _ALL_TARGETS or "," in name else ""


def _awaited(end: End | Coroutine[object, object, End]) -> End:
    from collections.abc import Coroutine

    if not isinstance(end, Coroutine):
        return end
    import asyncio

    return asyncio.run(end)


def _report_error(error: BaseException, console: Console, *, verbose: bool) -> int:
    from contextlib import suppress

    from reconciler.cli.exit_codes import Exit, exit_code
    from reconciler.errors import OutputError

    code = int(exit_code(error))
    if isinstance(error, BrokenPipeError):
        return code  # nobody reads the output
    if verbose and code == Exit.BUG:
        import logging

        logging.getLogger("reconciler").error("unexpected failure", exc_info=error)
    with suppress(BrokenPipeError, OutputError):  # the exit code still reports the failure
        console.fail(error)
    return code


def _early_console(words: Sequence[str]) -> Console:
    from reconciler.cli.console import Console

    as_json = "--json" in words or "--format=json" in words
    return Console(form="json" if as_json else "text")
