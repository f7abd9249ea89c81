"""Handle standard streams that are closed, full or without a reader.

Invariants: no file of ours gets one of the descriptors 0 to 2; a stream that failed once writes to
the null device, so that closing it does not fail again; standard error never fails a command.
"""

from __future__ import annotations

import os
import sys

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

# The functions that remove a drawn line from the terminal.
_wipers: list[Callable[[], None]] = []


def hold_streams() -> None:
    """Open closed standard streams on the null device.

    Otherwise the next opened file, perhaps the journal, would get the number of standard output,
    and output would be written into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)  # the lowest that is free
            mode = "w" if number else "r"
            setattr(sys, name, open(descriptor, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for the whole run


def use_utf8() -> None:
    """Write UTF-8 in every locale, so that reports are the same everywhere."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def draw_line(wipe: Callable[[], None]) -> None:
    """Register a drawn line: it is removed before other text is written."""
    _wipers.append(wipe)


def end_line(wipe: Callable[[], None]) -> None:
    """Unregister a drawn line."""
    _wipers.remove(wipe)


def wipe_lines() -> None:
    """Remove the drawn lines; their owners draw them again below."""
    for wipe in _wipers:
        wipe()


def write_report(text: str) -> None:
    """Write to standard output and flush it.

    Raises: BrokenPipeError when its reader is gone, OutputError when it cannot be written.
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

        reason = (error.strerror or "unknown error").lower()
        raise OutputError(f"standard output cannot be written: {reason}") from error


def write_aside(text: str) -> None:
    """Write to standard error and flush it; an error of the stream is ignored."""
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
