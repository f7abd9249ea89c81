"""Every row of the table of faults is met by the fault suite, and the page says where."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tests.house.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = {f"F{number:02}" for number in range(1, 37)}


PAGE = ROOT / ".github" / "FAULTS.md"


def _met() -> dict[str, set[str]]:
    """Return the rows that the sentences and cases of tests name, with the files of the tests."""
    met: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests" / "faults").glob("test_*.py")):
        module = import_module(f"tests.faults.{path.stem}")
        tests = [test for name, test in vars(module).items() if name.startswith("test_")]
        for words in (each for test in tests for each in (test.__doc__ or "", *_cases(test))):
            for row in re.findall(r"\bF\d\d\b", words):
                met.setdefault(row, set()).add(path.stem)
    return met


def _cases(test: Any) -> Iterator[str]:  # noqa: ANN401 - a function with its marks
    for mark in getattr(test, "pytestmark", []):
        if mark.name == "parametrize":
            ids = mark.kwargs.get("ids")
            yield from map(str, ids if isinstance(ids, list) else mark.args[1])


def test_every_row_of_the_table_has_a_case() -> None:
    """A fault that no test names is a fault that nobody tries."""
    assert _met().keys() == ROWS


def test_page_names_for_each_row_the_tests_that_play_it() -> None:
    """Whoever changes what is sent finds the tests of a fault by its row."""
    rows = re.findall(r"^\| (F\d\d) \|.* \| ([\w, ]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert {row: set(tests.split(", ")) for row, tests in rows} == _met()
    assert len(rows) == len(ROWS)
