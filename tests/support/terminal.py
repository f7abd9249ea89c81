"""A command on a terminal of its own, and somebody who answers its question.

Invariant: the terminal tells no size, as some do; what is shown is returned as it was written.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def run_on_terminal(*words: str, answer: Callable[[], str] = lambda: "no\n") -> tuple[int, str]:
    """Run a command there; return its exit code and what it wrote. A question gets an answer."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "reconciler", *words, "--color", "never"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    with closing(os.fdopen(ours, "r+b", buffering=0)) as terminal:
        try:
            while part := terminal.read(1 << 16):
                written += part
                if written.endswith(b"[y/N] "):
                    terminal.write(answer().encode())
        except OSError:  # the last one who had the terminal is gone
            pass
    return process.wait(), written.decode()
