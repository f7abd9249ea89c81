"""The YAML language server: installed by its lock once, started once for all tests of a module."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.kinds.catalogue import discover
from reconciler.project.init_files import write_project
from tests.support.language_server import LanguageServer
from tests.support.npm import installed_packages

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SERVER = Path("yaml-language-server", "bin", "yaml-language-server")


@pytest.fixture(scope="session")
def command() -> list[str]:
    """Return what starts the server."""
    modules = installed_packages(HERE, "the YAML language server")
    node = shutil.which("node")
    assert node
    return [node, str(modules / SERVER), "--stdio"]


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
