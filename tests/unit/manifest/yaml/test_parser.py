from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, strategies as st
from ruamel.yaml import YAML

from reconciler.manifest.yaml.documents import compose
from reconciler.manifest.yaml.parser import (
    MAX_DEPTH,
    compose_text,
    next_event,
    next_event_in_python,
)
from reconciler.manifest.yaml.positions import locate, locate_key

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=12)
WORDS = st.text("ab0:#-?'\"{}[],&*!|>%@ .\n", max_size=12)


def trees(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Plain values made of these texts."""
    keys = texts.filter(lambda key: bool(key) and key.isprintable())
    return st.recursive(
        texts | st.integers(-(10**30), 10**30) | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=8,
    )


REFUSED = [
    ("a: 1\na: 2", "duplicate-key", 2, 1),
    ("x: {b: 1, 'b': 2}", "duplicate-key", 1, 11),
    ("a: &one 1", "anchor", 1, 4),
    ("a:\n  - &x {b: 1}", "anchor", 2, 5),
    ("&top\na: 1", "anchor", 1, 1),
    ("a: *one", "alias", 1, 4),
    ("*one : 1", "alias", 1, 1),
    ("<<: {a: 1}", "merge-key", 1, 1),
    ("spec:\n  <<: 1", "merge-key", 2, 3),
    ("a: !!str 1", "tag", 1, 4),
    ("a: ! 1", "tag", 1, 4),
    ("a: !secret [x]", "tag", 1, 4),
    ("%YAML 1.1\n---\na: 1", "directive", 1, 1),
    ("%TAG ! tag:x,2000:\n---\na: 1", "directive", 1, 1),
    ("a: 012", "number", 1, 4),
    ("a: -007", "number", 1, 4),
    ("a: 00", "number", 1, 4),
    ("a: 01.5", "number", 1, 4),
    ("a: 0o14", "number", 1, 4),
    ("a: 0xFF", "number", 1, 4),
    ("a: 1e9", "number", 1, 4),
    ("a: .inf", "number", 1, 4),
    ("a: -.INF", "number", 1, 4),
    ("a: .NaN", "number", 1, 4),
    ("a: " + "9" * 41, "number", 1, 4),
    ("a: 0." + "1" * 41, "number", 1, 4),
    ("1: a", "key-type", 1, 1),
    ("true: a", "key-type", 1, 1),
    ("~: a", "key-type", 1, 1),
    ("'': a", "key-type", 1, 1),
    ("? [a]\n: b", "key-type", 1, 3),
    ("? {a: 1}\n: b", "key-type", 1, 3),
    ('"a\\nb": 1', "character", 1, 1),
    ("k" * 129 + ": 1", "too-long", 1, 1),
    ("a: " + "x" * 65537, "too-long", 1, 4),
    ("a: \x07", "character", 1, 4),
    ("a: 1\nb: x\u202ey", "character", 2, 5),
    ("# \u2066 a comment", "character", 1, 3),
    ("a: \u200f", "character", 1, 4),
    ("a: x\u2028y", "character", 1, 5),
    ("a: x\ufeff", "character", 1, 5),
    ("a: x\x85", "character", 1, 5),
    ("a: 1\r\nb: \x1b[2J", "character", 2, 4),
    ('a: "\\u202e"', "character", 1, 4),
    ('a: "\\0"', "character", 1, 4),
    ("[" * 40, "too-deep", 1, MAX_DEPTH + 1),
    ("a: [1,", "syntax", 2, 1),
    ("a: {b: c:d}", "syntax", 1, 9),
    ("a: b: c", "syntax", 1, 5),
    ("a:\n\t- b", "syntax", 2, 1),
]


@pytest.mark.parametrize(("text", "code", "line", "column"), REFUSED)
def test_unsupported_yaml_is_refused_with_its_position(
    text: str, code: str, line: int, column: int
) -> None:
    """Each refusal names the file, the line and the column, from one."""
    _, findings = compose(text.encode(), "a.yaml")

    first = findings[0]
    assert first.source is not None
    assert (first.code, first.source.line, first.source.column) == (code, line, column)
    assert first.source.file == "a.yaml"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"a: \xff", "encoding"),
        ("a: 1".encode("utf-16"), "encoding"),
        ("a: 1".encode("utf-32"), "encoding"),
        (b"a: " + b"x" * (1 << 20), "too-large"),
    ],
)
def test_bytes_that_are_no_small_utf8_are_refused(raw: bytes, code: str) -> None:
    """The parser never sees what is not text."""
    documents, findings = compose(raw, "a.yaml")

    assert documents == []
    assert [finding.code for finding in findings] == [code]


def test_invalid_byte_is_reported_with_its_position() -> None:
    """A byte that is no UTF-8 is found on its line and column."""
    _, findings = compose("é: 1\nb: ".encode() + b"\xff", "a.yaml")

    assert str(findings[0].source) == "a.yaml:2:4"


def test_all_refusals_of_a_file_are_shown_at_once() -> None:
    """One mistake does not hide the next."""
    _, findings = compose(b"a: &x 1\nb: *x\nc: 012\nc: 1\n<<: {}\nd: !t 1", "a.yaml")

    codes = ["anchor", "alias", "number", "duplicate-key", "merge-key", "tag"]
    assert [finding.code for finding in findings] == codes


@pytest.mark.parametrize("text", [text for text, *_ in REFUSED])
def test_refusals_repeat_no_content(text: str) -> None:
    """A message is one printable line and short, whatever was written."""
    _, findings = compose(text.encode(), "a.yaml")

    assert all(each.message.isprintable() and len(each.message) < 160 for each in findings)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("+5", 5),
        ("-3", -3),
        ("0", 0),
        ("0.10", Decimal("0.10")),
        (".5", Decimal("0.5")),
        ("1.", Decimal(1)),
        ("-1.50", Decimal("-1.50")),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2026-03-01", "2026-03-01"),
        ("1.2.3", "1.2.3"),
        ("-", None),
        ("'012'", "012"),
        ('"true"', "true"),
        ("a\u00a0b", "a\u00a0b"),
        ("😀", "😀"),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    """Words of YAML 1.1 are texts, decimals stay exact, dates are texts."""
    documents, findings = compose(f"a: {text}".encode(), "a.yaml")

    assert findings == [] or text == "-"
    if findings == []:
        read = documents[0].value
        assert isinstance(read, dict)
        assert read["a"] == value
        assert type(read["a"]) is type(value)


def test_decimals_keep_their_digits() -> None:
    """A price is what was written, to the last zero."""
    documents, _ = compose(b"[0.10, 92.5010]", "a.yaml")

    assert str(documents[0].value) == "[Decimal('0.10'), Decimal('92.5010')]"


def test_mark_of_utf8_does_not_move_the_columns() -> None:
    """A byte order mark is dropped, and the first line still begins at column one."""
    documents, findings = compose(b"\xef\xbb\xbfa: 1", "a.yaml")

    assert findings == []
    assert locate_key("a.yaml", documents[0].place, ("a",)).column == 1


def test_every_key_and_value_has_its_place() -> None:
    """Places lead to nested values, to items of lists, and to the nearest thing around."""
    documents, _ = compose(b"a:\n  - b: 1\n    c: {d: 2}\n", "a.yaml")
    place = documents[0].place

    assert str(locate("a.yaml", place, ("a", 0, "c", "d"))) == "a.yaml:3:12"
    assert str(locate_key("a.yaml", place, ("a", 0, "c"))) == "a.yaml:3:5"
    assert str(locate("a.yaml", place, ("a", 0, "missing", "x"))) == "a.yaml:2:5"
    assert str(locate("a.yaml", place, ("a", 7))) == "a.yaml:2:3"


def test_documents_of_one_file_keep_their_lines() -> None:
    """Several documents are read from one file, each with its own place."""
    documents, _ = compose(b"a: 1\n---\n# nothing\n---\nb: 2\n", "a.yaml")

    assert [each.value for each in documents] == [{"a": 1}, None, {"b": 2}]
    assert documents[2].place.line == 5


def test_documents_before_a_broken_one_are_kept() -> None:
    """A syntax error ends the reading, not what was read."""
    documents, findings = compose(b"a: 1\n---\nb: [", "a.yaml")

    assert [each.value for each in documents] == [{"a": 1}]
    assert [each.code for each in findings] == ["syntax"]


@given(trees(TEXTS))
def test_json_text_loads_as_its_values(tree: object) -> None:
    """Law: JSON is YAML, and every JSON text gives the values it was written from."""
    documents, findings = compose(json.dumps(tree, ensure_ascii=False).encode(), "a.yaml")

    assert findings == []
    assert documents[0].value == tree


@given(trees(WORDS))
def test_parser_in_python_gives_the_same_as_the_one_in_c(tree: object) -> None:
    """Law: where both can read a text, the fallback gives the same values at the same places."""
    out = StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.dump([tree, "end"], out)

    fast = compose_text(out.getvalue(), "a.yaml", next_event)
    slow = compose_text(out.getvalue(), "a.yaml", next_event_in_python)

    if "syntax" not in {each.code for each in (*fast[1], *slow[1])}:
        assert fast == slow


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_the_composer_fail(raw: bytes) -> None:
    """Law: hostile bytes become values or findings with inert messages, never an exception."""
    _, findings = compose(raw, "a.yaml")

    assert all(finding.message.isprintable() for finding in findings)
