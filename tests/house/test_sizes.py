"""Modules and functions stay small enough to be read at one go."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from tests.house.source import dotted_name, functions, imports, modules, parse, place

if TYPE_CHECKING:
    import ast
    from pathlib import Path

MODULE_LINES = 400
FUNCTION_LINES = 60
POSITIONAL_PARAMETERS = 4
MEDIAN_LINES = range(90, 171)
FRAGMENT_LINES = 60
# Short modules that one other module imports, each with its reason.
FRAGMENTS = {
    "reconciler.forge.gitea": "a provider, one of a table",
    "reconciler.sandbox.formats.bare_json": "a format, one of a table",
    "reconciler.sandbox.formats.text": "a format, one of a table",
    "reconciler.sandbox.functions.lookups": "functions of the panel, one entry of the registry",
    "reconciler.wire.formats.decode": "the door of its package",
}


def test_no_module_is_longer_than_a_review_can_hold() -> None:
    """A module of more than 400 lines has more than one idea."""
    lengths = {path: line_count(path) for path in modules()}

    assert {str(path): n for path, n in lengths.items() if n > MODULE_LINES} == {}


def test_modules_are_neither_fragments_nor_heaps() -> None:
    """The median shows the way of the whole: towards one file for each function, or one for all."""
    lengths = [line_count(path) for path in modules() if path.name != "__init__.py"]
    median = statistics.median(lengths)

    print(f"{len(lengths)} modules, median {median:g} lines")  # noqa: T201 - for pytest -s
    assert round(median) in MEDIAN_LINES


def test_short_module_of_one_importer_is_part_of_it() -> None:
    """A reader who has to open it for one other module alone would rather find it there."""
    importers: dict[str, set[str]] = {
        dotted_name(path): set() for path in modules() if path.name != "__init__.py"
    }
    for path in modules():
        for name, _ in imports(path):
            module = name if name in importers else name.rpartition(".")[0]
            if module in importers:
                importers[module].add(dotted_name(path))
    short = {dotted_name(path) for path in modules() if line_count(path) < FRAGMENT_LINES}
    fragments = {name for name, users in importers.items() if name in short and len(users) == 1}

    assert fragments == FRAGMENTS.keys()


def line_count(path: Path) -> int:
    """Count the lines of a module."""
    return len(path.read_text(encoding="utf-8").splitlines())


def test_every_function_fits_on_a_screen() -> None:
    """A function of more than 60 lines is several functions."""
    offences = [
        f"{place(path, node)} {node.name} has {lines} lines"
        for path in modules()
        for node in functions(parse(path))
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]

    assert offences == []


def test_no_function_takes_more_than_four_positional_parameters() -> None:
    """A fifth parameter is passed by its name, so that no two can be mixed up."""
    offences = [
        f"{place(path, node)} {node.name}({', '.join(names)})"
        for path in modules()
        for node in functions(parse(path))
        if len(names := _positional(node)) > POSITIONAL_PARAMETERS
    ]

    assert offences == []


def _positional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names
