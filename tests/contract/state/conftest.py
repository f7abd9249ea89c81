"""The places that the contract of a backend is tested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import PostgresServer, serve_postgres
from tests.support.state_place import PostgresPlace, StatePlace

if TYPE_CHECKING:
    from collections.abc import Iterator

# Each has a fixture of its name with `_place` behind it.
BACKENDS = ("postgres",)


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
