"""The panels that the contract tests ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Sandbox, seed
from tests.support.sandbox_client import Client, Clock, new_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is moved."""
    return Clock()


@pytest.fixture
def panel(clock: Clock) -> Iterator[Sandbox]:
    """A default install, without clients."""
    with Sandbox(clock=clock) as made:
        yield made


@pytest.fixture
def client(panel: Sandbox) -> Client:
    """A client of that install, able to pay."""
    return new_client(panel)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with twelve hundred clients, which no test changes."""
    path = tmp_path_factory.mktemp("town") / "panel.sqlite3"
    seed(path, clients=1200)
    return path
