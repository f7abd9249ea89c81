"""Standard streams that may be closed, full, or without a reader.

Invariants: the descriptors 0 to 2 are never those of a file of ours; a stream that failed once is
pointed nowhere, so that nothing fails again when the interpreter closes it; standard error never
fails a command.
"""

from __future__ import annotations

import os
import sys

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

# What takes a drawn line off the terminal, while there is one.
_wipers: list[Callable[[], None]] = []


def hold_streams() -> None:
    """Open what was closed when we were started, on nothing.

    Else the next file that is opened, the journal perhaps, would be standard output for whoever
    writes to it by its number.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)  # the lowest that is free
            mode = "w" if number else "r"
            setattr(sys, name, open(descriptor, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for the whole run


def use_utf8() -> None:
    """Write UTF-8 whatever the locale says, so that a report never depends on it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def draw_line(wipe: Callable[[], None]) -> None:
    """Know of a line that is drawn over and over: it is wiped before anything else is written."""
    _wipers.append(wipe)


def end_line(wipe: Callable[[], None]) -> None:
    """Know that a line is drawn no more."""
    _wipers.remove(wipe)


def wipe_lines() -> None:
    """Take off what is drawn; whoever draws it draws it again below."""
    for wipe in _wipers:
        wipe()


def write_report(text: str) -> None:
    """Write to standard output, at once.

    Raises: BrokenPipeError when its reader is gone, OutputError when it takes nothing more.
    """
    wipe_lines()
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop(sys.stdout)
        raise
    except OSError as error:
        _drop(sys.stdout)
        from reconciler.errors import OutputError

        reason = (error.strerror or "it takes nothing more").lower()
        raise OutputError(f"standard output cannot be written: {reason}") from error


def write_aside(text: str) -> None:
    """Write to standard error, at once; where nobody can hear it, it is not said."""
    wipe_lines()
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def _drop(stream: TextIO) -> None:
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return  # a stream without a file behind it, as in a test
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
