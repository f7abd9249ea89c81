"""Words that a reader has to guess at stand in no name, docstring or message of the product."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.house.source import PACKAGE, modules, parse, place

if TYPE_CHECKING:
    from collections.abc import Iterator

# A docstring says what a function does; these verbs say that somebody speaks.
NO_BEGINNING = re.compile(r"(Tells?|Says?|Do the same|Make sure)\b")
METAPHOR = re.compile(
    r"(?<![a-z])(deeds?|books?|booked|courts?|told|twins?|heirs?|storeys?)(?![a-z])", re.IGNORECASE
)
# Keys, codes and values of files that users have, and a company's name.
KEPT = frozenset({"booked", "Books"})
KEYS = frozenset({("documents/journal.py", "booked")})


def docstrings(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Yield each docstring, with the statement where it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield node.body[0], text


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each text, docstrings too, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each name with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.keyword(arg=str(name)):
                yield node.lineno, name
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield node.lineno, name
            case ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case _:
                pass


@pytest.mark.parametrize(
    "text", ["Tell whether it is so.", "Say why.", "Do the same again.", "Make sure of it."]
)
def test_speaking_verbs_are_found(text: str) -> None:
    """The pattern finds what it is for."""
    assert NO_BEGINNING.match(text)


@pytest.mark.parametrize("text", ["_told", "a_deed", "Deed", "the books of a client", "a twin of"])
def test_metaphors_are_found(text: str) -> None:
    """Inside names as well as in sentences."""
    assert METAPHOR.search(text)


def test_docstrings_begin_with_what_is_done() -> None:
    """Return, read, report, raise; not tell or say."""
    spoken = [
        f"{place(path, node)}: {text.splitlines()[0]}"
        for path in modules()
        for node, text in docstrings(parse(path))
        if NO_BEGINNING.match(text)
    ]

    assert spoken == []


def test_names_and_texts_hold_no_metaphor() -> None:
    """A word of the field says it: operation, expenses, duplicate, reported."""
    found = []
    for path in modules():
        tree, file = parse(path), str(path.relative_to(PACKAGE))
        read = [(line, text) for line, text in texts(tree) if text not in KEPT]
        read += [(line, name) for line, name in names(tree) if (file, name) not in KEYS]
        found += [f"{file}:{line}: {text[:80]!r}" for line, text in read if METAPHOR.search(text)]

    assert found == []
