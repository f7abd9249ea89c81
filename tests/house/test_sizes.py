"""Modules and functions stay small enough to be read at one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.house.source import functions, modules, parse, place

if TYPE_CHECKING:
    import ast

MODULE_LINES = 400
FUNCTION_LINES = 60
POSITIONAL_PARAMETERS = 4


def test_no_module_is_longer_than_a_review_can_hold() -> None:
    """A module of more than 400 lines has more than one idea."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}

    assert {str(path): n for path, n in lengths.items() if n > MODULE_LINES} == {}


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
