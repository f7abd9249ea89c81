"""Tests import downwards: each folder its own modules and tests/support, and no test a test."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.house.source import ROOT, parse, place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TESTS = ROOT / "tests"
FILES = sorted(TESTS.rglob("*.py"))


def _imported(path: Path) -> Iterator[tuple[ast.stmt, list[str]]]:
    """Walk over the modules of tests that a module imports, as lists of their names."""
    for node in ast.walk(parse(path)):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [module, *(f"{module}.{each.name}" for each in node.names)]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        for name in names:
            first, *parts = name.split(".")
            if first == "tests" and parts and isinstance(node, ast.stmt):
                yield node, parts


def test_folders_of_tests_import_support_and_themselves_alone() -> None:
    """What two folders need is in tests/support, which needs no folder of tests."""
    wrong = [
        f"{place(path, node)}: imports tests.{'.'.join(parts)}"
        for path in FILES
        for node, parts in _imported(path)
        if parts[0] not in {"support", path.relative_to(TESTS).parts[0]}
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("prefix", ["test_", "bench_", "conftest"])
def test_no_module_imports_a_module_of_tests(prefix: str) -> None:
    """A constant or a double that two modules need has a module of its own."""
    wrong = [
        f"{place(path, node)}: imports tests.{'.'.join(parts)}"
        for path in FILES
        for node, parts in _imported(path)
        if any(
            part.startswith(prefix) and (TESTS.joinpath(*parts[:at]) / f"{part}.py").exists()
            for at, part in enumerate(parts)
        )
    ]

    assert not wrong, "\n".join(wrong)


def test_no_two_doubles_have_one_name() -> None:
    """A public class of the tests is found by its name."""
    places: dict[str, list[str]] = {}
    for path in FILES:
        for node in parse(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(place(path, node))
    wrong = {name: found for name, found in places.items() if len(found) > 1}

    assert not wrong
