"""The YAML language server: installed by its lock once, started once for all tests of a module.

A machine without Node skips these tests, and says so; where ``RECONCILER_REQUIRE_EDITORS`` is set,
as ``.ci/run`` does, they fail there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from reconciler.kinds.catalogue import discover
from reconciler.project.init_files import write_project
from tests.support.language_server import LanguageServer

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
SERVER = MODULES / "yaml-language-server" / "bin" / "yaml-language-server"
LOCK = HERE / "package-lock.json"
# What npm writes when it is done: older than the lock, it is of another lock.
DONE = MODULES / ".package-lock.json"


@pytest.fixture(scope="session")
def command() -> list[str]:
    """Return what starts the server."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        refuse("node and npm are not installed")
    with (HERE / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
        if not (DONE.exists() and DONE.stat().st_mtime >= LOCK.stat().st_mtime):
            install(npm)
    return [node, str(SERVER), "--stdio"]


def install(npm: str) -> None:
    """Install what the lock names, from the registry that the machine is set up with."""
    made = subprocess.run(
        [npm, "ci", "--ignore-scripts"], cwd=HERE, capture_output=True, text=True, check=False
    )
    if made.returncode:
        refuse(f"npm cannot install the YAML language server: {made.stderr.strip()[-500:]}")
    DONE.touch()


def refuse(reason: str) -> NoReturn:
    """Skip the test, or fail it where these tests must run."""
    if os.environ.get("RECONCILER_REQUIRE_EDITORS"):
        pytest.fail(f"editors were not tested: {reason}")
    pytest.skip(f"EDITORS WERE NOT TESTED: {reason}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project as ``init`` writes it."""
    root = tmp_path_factory.mktemp("project")
    write_project(root, discover())
    return root


@pytest.fixture(scope="module")
def server(command: list[str], folder: Path) -> Iterator[LanguageServer]:
    """Return a server whose editor has opened the project, without a setting of its own."""
    with LanguageServer(command, folder, {}) as running:
        yield running
