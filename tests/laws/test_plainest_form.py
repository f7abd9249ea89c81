"""What is read line by line is what the parser of all YAML reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st

from reconciler.manifest.yaml.line_reader import read_lines
from reconciler.manifest.yaml.parser import compose_text, next_event
from reconciler.manifest.yaml.text import FORBIDDEN

MANIFESTS = sorted((Path(__file__).parents[2] / "manifests").rglob("*.yaml"))
DOCUMENT = """# the team of Acme
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme, labels: {team: emea, tier: "1"}}   # who answers
lifecycle:
  ignore:
    - {field: note, reason: support edits it, until: 2027-03-01}
    - field: phone
      reason: 'the client may: change it'
  movedFrom: [ acme-old,acme.older ]

spec:
  email: billing@acme.example
  realName: "Zoë # Acme: Ltd"
  taxRules: [{name: vat, rate: -19.50, productTypes: []}, {name: b, provider: {id: "3"}}]
  groups:
  - Resellers
  -   Partners & friends   # both
  url: https://acme.example:8443/#top
  active: true
---
kind: TaxRule
spec:
    rate: 19
    productTypes:
        - vds
"""
# What gives YAML its form, and what only looks like that.
SIGNS = st.sampled_from(
    [
        *" \n:#-?'\"{}[],&*!|>%@`~=+.\\0a",
        *(": ", " #", "- ", "\n  ", "\n- ", "---\n", "...", "{}", "[]", "a: b", "\u00a0", "é"),
        *("null", "true", "<<", "0x1", "012", "1e3", "\n\n", "|\n  a"),
    ]
)
VALUES = [
    *("", "x", "x y", "- x", "{a: b}", "[a, b]", "{a: [b, {c: d}]}", "'x'", '"x"', "'it''s'"),
    *('"\\n"', "{", "[a", "{a}", "[a: b]", "{a: 1, a: 2}", "null", "1.5", "007", "a: b", "x#y"),
    *("x #y", "#y", "---", "...", "|", ">-", "&x", "*x", "!t", "%A", "@", "[ ]", "[1,2]", "-"),
]
LINES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", " ", "  ", "    ", "- ", "  - ", "-   "]),
    st.sampled_from(["", "a:", "a: ", "b: ", "b.c-d:   ", "true: ", "a :", '"a": ', "- "]),
    st.sampled_from(VALUES),
)


def assert_read_alike(text: str) -> bool:
    """Compare the two readings; return whether the text was read line by line."""
    documents = read_lines(text, "a.yaml")
    if documents is None:
        return False
    assert (documents, []) == compose_text(text, "a.yaml", next_event)
    return True


@given(st.lists(LINES, max_size=8).map("\n".join))
@settings(max_examples=600)
@example("a:\n- b\n  - c")
@example("a: b\n    c: d")
@example("a:\n- # b\n- c")
@example("a: b\u00a0#c")
@example("- a: 1\n  b:\n  - c\nd: 2")
def test_lines_of_any_form_are_read_alike(text: str) -> None:
    """Line by line, a text is read as the parser reads it, or not at all."""
    assert_read_alike(text)


@given(st.data())
@settings(max_examples=600)
def test_changed_manifest_is_read_alike(data: st.DataObject) -> None:
    """One to four edits anywhere in a manifest leave both readings alike."""
    text = DOCUMENT
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        end = at + data.draw(st.integers(0, 3))
        text = text[:at] + data.draw(SIGNS | st.just("")) + text[end:]
    if FORBIDDEN.search(text) is None:
        assert_read_alike(text)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_own_manifests_are_in_the_plainest_form(path: Path) -> None:
    """What people write is read line by line; without that, the law would hold of nothing."""
    assert assert_read_alike(path.read_text(encoding="utf-8"))


def test_every_part_of_the_form_is_read() -> None:
    """Comments, both styles, quotes, nested lists and several documents are in the form."""
    assert assert_read_alike(DOCUMENT)


@pytest.mark.parametrize("depth", [10, 40])
def test_depth_is_bounded(depth: int) -> None:
    """What is deeper than people write is left to the parser, which bounds it too."""
    text = "".join(f"{'  ' * level}a:\n" for level in range(depth)) + "  " * depth + "a: 1\n"

    assert assert_read_alike(text) is (depth < 16)
    assert assert_read_alike(f"a: {'[' * depth}{']' * depth}\n") is (depth < 16)


@pytest.mark.parametrize("text", ["a: " + "x:y" * 30_000, "a: " + "x" * 70_000, "a" * 200 + ": 1"])
def test_long_texts_are_left_to_the_parser(text: str) -> None:
    """The bounds of the parser are not passed by."""
    assert read_lines(text, "a.yaml") is None
