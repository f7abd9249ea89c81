"""Every row of the table of faults is met by the fault suite."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tests.house.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = {f"F{number:02}" for number in range(1, 37)}


def _words() -> Iterator[str]:
    """Give the sentence of each test, and what names its cases."""
    for path in sorted((ROOT / "tests" / "faults").glob("test_*.py")):
        module = import_module(f"tests.faults.{path.stem}")
        for name, test in vars(module).items():
            if name.startswith("test_"):
                yield test.__doc__ or ""
                yield from _cases(test)


def _cases(test: Any) -> Iterator[str]:  # noqa: ANN401 - a function with its marks
    for mark in getattr(test, "pytestmark", []):
        if mark.name == "parametrize":
            ids = mark.kwargs.get("ids")
            yield from map(str, ids if isinstance(ids, list) else mark.args[1])


def test_every_row_of_the_table_has_a_case() -> None:
    """A fault that no test names is a fault that nobody tries."""
    met = {row for words in _words() for row in re.findall(r"\bF\d\d\b", words)}

    assert met == ROWS
