"""The environment of a process that a test starts."""

from __future__ import annotations

import os


def unmeasured_environment() -> dict[str, str]:
    """Return our own environment without what makes coverage.py measure a child process.

    A measured child imports what the measuring needs, sqlite3 among it: a test of what a command
    imports would see that.
    """
    return {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_")}
