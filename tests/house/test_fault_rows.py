"""Every row of the table of faults is met by the fault suite, and the page says what follows."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from reconciler.engine.apply.send import send_and_verify
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
    """The row of a fault leads from what is sent to its tests."""
    rows = re.findall(r"^\| (F\d\d) \|.* \| ([\w, ]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert {row: set(tests.split(", ")) for row, tests in rows} == _met()
    assert len(rows) == len(ROWS)


def test_page_holds_the_decision_tables_of_sending() -> None:
    """The rules that decide what a write comes to are the same in the code and on the page."""
    page = PAGE.read_text(encoding="utf-8")
    decided = _table_rows(
        page[page.index("## The decision table") : page.index("What the words mean")]
    )

    assert decided == _table_rows(send_and_verify.__doc__ or "")


def _table_rows(text: str) -> list[list[str]]:
    """Return the cells of a text's tables; a row without a first cell continues the one above."""
    rows: list[list[str]] = []
    for line in re.findall(r"^ *\|(?!-)(.+)\|$", text, re.MULTILINE):
        cells = [cell.strip() for cell in line.split("|")]
        if cells[0]:
            rows.append(cells)
        else:
            rows[-1] = [
                f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)
            ]
    return rows
