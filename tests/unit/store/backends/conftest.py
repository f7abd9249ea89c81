from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.git_server import bare_repository, serve_git
from tests.support.git_state import GitState
from tests.support.s3_server import serve_s3

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.wsgi_server import WsgiServer


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting of the machine's own Git have a say."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)


@pytest.fixture
def git_state(tmp_path: Path) -> Iterator[GitState]:
    """Return a repository that is reached over ``file://``."""
    bare = bare_repository(tmp_path / "server" / "billing.git")
    state = GitState(bare, f"file://{bare}", tmp_path / "machines")
    yield state
    state.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WsgiServer]:
    """Return a server of repositories over HTTP."""
    with serve_git(tmp_path / "server") as served:
        yield served


@pytest.fixture
def http_state(tmp_path: Path, server: WsgiServer) -> Iterator[GitState]:
    """Return a repository that is reached over HTTP."""
    bare = bare_repository(tmp_path / "server" / "billing.git")
    state = GitState(bare, f"{server.url}/billing.git", tmp_path / "machines")
    yield state
    state.close()


@pytest.fixture(scope="session")
def s3() -> Iterator[WsgiServer]:
    """Return an S3 server that the environment leads to."""
    with serve_s3() as served:
        yield served
