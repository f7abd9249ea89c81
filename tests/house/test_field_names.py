"""Law 5: outside the kinds no module names a field of a kind; it asks the descriptor for a role.

The rules of lint are about fields of certain kinds, as their messages are, and name them.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from reconciler.kinds.catalogue import discover
from tests.house.source import PACKAGE, modules, parse, place

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = frozenset(
    part
    for kind in discover().resources
    for facet in kind.facets
    for part in (facet.name, *facet.name.split("."))
)
# Words that also name something else: they count where a resource's fields are looked into.
WORDS = {
    "active": "a column of the panel that says whether a row is on",
    "amount": "a key of JSON documents, and a column of a client's expenses",
    "client": "a key of JSON documents, and an argument of commands",
    "country": "a table of ISO codes",
    "currency": "a table of ISO codes, a key of JSON documents, a note on a price",
    "date": "a format of JSON Schema, and a header of HTTP",
    "email": "how a reference names a client",
    "from": "an end of an arrow, a key of JSON documents",
    "label": "a key of stored options",
    "name": "how a reference names a resource, a column of the panel, a key of documents",
    "note": "a severity",
    "notify": "a parameter of the panel that acts by being sent",
    "password": "a credential of a target, and a parameter of signing in",
    "suspended": "a status of the panel, and the report's word for a suspension that was done",
    "to": "an end of an arrow, a key of JSON documents",
    "type": "a keyword of JSON Schema, and an attribute of the panel's replies",
    "region": "a place in a file, as SARIF calls it",
    "username": "a credential of a target, and a parameter of signing in",
}
# What shows whole manifests to people has to name fields.
EXAMPLES = frozenset(
    {
        "report/explain_topics.py",
        "report/finding_codes.py",
        "report/plan_codes.py",
        "report/reason_codes.py",
        "report/refusal_codes.py",
        "cli/commands/explain.py",
    }
)
_CAMEL = re.compile(rf"\b(?:{'|'.join(sorted(n for n in NAMES if not n.islower()))})\b")
_READS = frozenset({"get", "pop", "setdefault"})
_HOLDERS = frozenset({"fields", "field", "by_name"})


def named(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Find the texts of a module that name a field."""
    docs = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs:
            if node.value in NAMES - WORDS.keys():
                yield node, node.value
            elif found := _CAMEL.search(node.value):
                yield node, found[0]
        for text in _looked_up(node):
            if isinstance(text, ast.Constant) and text.value in WORDS:
                yield text, str(text.value)


def _looked_up(node: ast.AST) -> list[ast.expr]:
    """Return what is looked up in the fields of a resource, or compared with an edit's field."""
    match node:
        case ast.Subscript(value=holder, slice=key) if _holds_fields(holder):
            return [key]
        case ast.Call(func=ast.Attribute(value=holder, attr=attr), args=[key, *_]) if (
            attr in _READS and _holds_fields(holder)
        ):
            return [key]
        case ast.Call(func=ast.Name(id="Edit"), args=[key, *_]):
            return [key]
        case ast.Compare(left=left, comparators=others) if any(map(_holds_fields, (left, *others))):
            return [left, *others]
    return []


def _holds_fields(node: ast.expr) -> bool:
    return any(
        (isinstance(each, ast.Attribute) and each.attr in _HOLDERS)
        or (isinstance(each, ast.Name) and each.id in _HOLDERS)
        for each in ast.walk(node)
    )


def test_no_field_of_a_kind_is_named_outside_the_kinds() -> None:
    """What an order, a renewal, a login or a price needs is a role that a descriptor fills."""
    found = [
        f"{place(path, node)}: {word}"
        for path in modules()
        if path.relative_to(PACKAGE).parts[0] not in {"kinds", "lint", "sandbox"}
        and path.relative_to(PACKAGE).as_posix() not in EXAMPLES
        for node, word in named(parse(path))
    ]

    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'months = desired.fields.get("periodMonths")',
        'wanted = (change.desired.fields if change.desired else {})["tariff"]',
        'message = f"{address}: say periodMonths, too"',
        'text = observed.fields.get("note")',
        'is_named = "name" in fields',
        'edits = (Edit("note", None, "text"),)',
        'is_label = edit.field == "label"',
        'facet = kind.by_name["email"]',
    ],
)
def test_name_of_a_field_is_found(line: str) -> None:
    """In a lookup, a comparison, an edit and a message."""
    assert [node.lineno for node, _ in named(ast.parse(line))] == [1]


@pytest.mark.parametrize(
    "line",
    [
        'finding = Finding("note", "told", message)',
        'document = {"name": name, "amount": amount}',
        '"""Return what periodMonths says."""',
        "months = desired.fields.get(kind.terms.period)",
    ],
)
def test_other_words_are_none(line: str) -> None:
    """A severity, a document's key, a docstring and a role are no field."""
    assert list(named(ast.parse(line))) == []


@pytest.mark.parametrize("word", sorted(WORDS))
def test_word_that_is_let_pass_names_a_field(word: str) -> None:
    """A word that no kind has any more is taken out of the list."""
    assert word in NAMES
