"""Panels of other installations, in one line, and a set of them to play rounds on.

``panel_of(deleted_form="value")`` is a panel of these ways. ``installation("fortress", path)`` is
one of the files in ``tests/installs``; ``INSTALLATIONS`` names them all, for a parametrised test,
and ``each_installation`` is a fixture that gives a panel of each:

    from tests.support.installs import each_installation  # noqa: F401 - a fixture
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import Install, Sandbox, load_install
from reconciler.sandbox.app import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

FOLDER = Path(__file__).parents[1] / "installs"
INSTALLATIONS = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
# In which format each of them is asked; the others are asked in XML.
SPEAKS = {
    "bare": "json",
    "guarded": "xjson",
    "lists": "JSONdata",
    "newer": "devel",
    "roubles": "sjson",
    "slow": "json",
    "twins": "bjson",
}


def panel_of(
    path: str | Path = ":memory:",
    /,
    *,
    clock: Callable[[], datetime] = utc_now,
    **ways: Any,
) -> Sandbox:
    """Open a panel that has these ways: ``panel_of(deleted_form="value")``."""
    return Sandbox(path, clock=clock, install=Install(**ways))


def file_of(name: str) -> Path:
    """Return the file of a known installation."""
    return FOLDER / f"{name}.yaml"


@contextmanager
def installation(
    name: str, path: str | Path = ":memory:", *, lag: timedelta | None = None
) -> Iterator[Sandbox]:
    """Open a panel of a known installation, and close it afterwards."""
    with Sandbox(path, install=load_install(file_of(name)), lag=lag) as panel:
        yield panel


@pytest.fixture(params=INSTALLATIONS)
def each_installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sandbox]:
    """Give a panel of each known installation, in a file of its own."""
    with installation(request.param, tmp_path / "panel.sqlite3") as panel:
        yield panel
