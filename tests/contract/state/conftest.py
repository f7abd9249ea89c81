"""The places that the contract of a backend is tested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.file_places import GitPlace, S3Place
from tests.support.postgres import PostgresServer, serve_postgres
from tests.support.s3_server import serve_s3
from tests.support.state_place import PostgresPlace, StatePlace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.wsgi_server import WsgiServer

# Each has a fixture of its name with `_place` behind it.
BACKENDS = ("git", "postgres", "s3")


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest) -> StatePlace:
    """An empty place of each backend."""
    found: StatePlace = request.getfixturevalue(f"{request.param}_place")
    return found


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server, one for each process of the tests."""
    with serve_postgres() as started:
        yield started


@pytest.fixture
def postgres_place(server: PostgresServer) -> Iterator[PostgresPlace]:
    """An empty schema."""
    place = PostgresPlace(server)
    yield place
    place.close()


@pytest.fixture
def git_place(tmp_path: Path) -> Iterator[GitPlace]:
    """An empty repository."""
    place = GitPlace(tmp_path)
    yield place
    place.close()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[WsgiServer]:
    """An S3 server, one for each process of the tests."""
    with serve_s3() as started:
        yield started


@pytest.fixture
def s3_place(s3_server: WsgiServer) -> Iterator[S3Place]:
    """An empty bucket."""
    place = S3Place()
    yield place
    place.close()
