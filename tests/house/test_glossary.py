"""The glossary names every word that a module or a public class is built from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.house.source import PACKAGE, ROOT, modules, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

import ast

_ROW = re.compile(r"^\| (?P<words>[a-z0-9, ]+) \|", re.MULTILINE)
_PLAIN = re.compile(r"^## Plain words\n+.*?\n\n(?P<words>[a-z, \n]+)\n", re.MULTILINE | re.DOTALL)
_CAMEL = re.compile(r"[A-Z]+\d*(?![a-z])|[A-Z]?[a-z]+\d*|\d+")


def words_of(name: str) -> list[str]:
    """Split a module's or a class's name into its words, in lower case."""
    return [word.lower() for part in name.split("_") for word in _CAMEL.findall(part)]


def known_words() -> frozenset[str]:
    """Read the first columns of the glossary's tables, and its list of plain words."""
    text = (ROOT / ".github" / "GLOSSARY.md").read_text(encoding="utf-8")
    lists = [match["words"] for pattern in (_ROW, _PLAIN) for match in pattern.finditer(text)]
    return frozenset(word for words in lists for word in re.split(r"[,\s]+", words) if word)


def singulars(word: str) -> Iterator[str]:
    """Return the word, and what it may be the plural of."""
    yield word
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    if word.endswith("es"):
        yield word[:-2]
    if word.endswith("s"):
        yield word[:-1]


def names() -> Iterator[tuple[str, str]]:
    """Return the place and the name of each module, package and public class."""
    for path in modules():
        place = path.relative_to(PACKAGE)
        for part in (*place.parts[:-1], place.stem):
            if not part.startswith("__"):
                yield str(place), part
        for node in parse(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield str(place), node.name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("saved_plan", ["saved", "plan"]),
        ("PanelClient", ["panel", "client"]),
        ("TLSContext", ["tls", "context"]),
        ("S3Store", ["s3", "store"]),
    ],
)
def test_name_is_split_into_words(name: str, words: list[str]) -> None:
    """Underscores and capitals part words; a digit belongs to the letters before it."""
    assert words_of(name) == words


def test_every_name_is_built_from_words_of_the_glossary() -> None:
    """A new word comes with a line in the glossary that says what it is."""
    known = known_words()
    unknown = {
        word: f"{place}: {name}"
        for place, name in names()
        for word in words_of(name)
        if not known.intersection(singulars(word))
    }

    assert unknown == {}


def test_every_word_of_the_glossary_is_used_or_explained() -> None:
    """No word is listed twice, and no plain word that no name has stays listed."""
    text = (ROOT / ".github" / "GLOSSARY.md").read_text(encoding="utf-8")
    used = {single for _, name in names() for word in words_of(name) for single in singulars(word)}
    plain = _PLAIN.search(text)

    assert plain is not None
    assert [word for word in re.split(r"[,\s]+", plain["words"]) if word and word not in used] == []
