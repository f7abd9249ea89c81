"""Packages of npm that tests use: installed by the lock of their folder, once for all processes.

A machine without Node skips these tests, and says so; where ``RECONCILER_REQUIRE_EDITORS`` is set,
as ``.ci/run`` does, they fail there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def installed_packages(folder: Path, purpose: str) -> Path:
    """Return the folder of the packages that a lock names; install them if they are not there.

    ``purpose`` is what the packages are, for the message of a skipped test.
    """
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        refuse(purpose, "node and npm are not installed")
    modules, lock_file = folder / "node_modules", folder / "package-lock.json"
    # What npm writes when it is done: older than the lock, it is of another lock.
    done = modules / ".package-lock.json"
    with (folder / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
        if not (done.exists() and done.stat().st_mtime >= lock_file.stat().st_mtime):
            made = subprocess.run(
                [npm, "ci", "--ignore-scripts"],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            if made.returncode:
                refuse(purpose, f"npm cannot install {purpose}: {made.stderr.strip()[-500:]}")
            done.touch()
    return modules


def refuse(purpose: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where these tests must run."""
    if os.environ.get("RECONCILER_REQUIRE_EDITORS"):
        pytest.fail(f"not tested with {purpose}: {reason}")
    pytest.skip(f"NOT TESTED WITH {purpose}: {reason}")
