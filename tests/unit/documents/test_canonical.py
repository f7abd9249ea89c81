"""JSON reports are canonical, and inert without losing a character."""

from __future__ import annotations

import json

from hypothesis import example, given, strategies as st

from reconciler.documents.canonical import canonical_json
from reconciler.documents.findings import error_document, validation_document
from reconciler.model.finding import Finding, Source
from reconciler.model.refusal import Refusal


@given(st.dictionaries(st.text(), st.text() | st.booleans() | st.none()))
@example({"a": "##[group]", "b": "::error::x", "c": ":::", "d": "\U000e0041\u202e\x9b\x7f\ud800"})
def test_document_says_the_same_and_nothing_that_is_obeyed(
    document: dict[str, str | bool | None],
) -> None:
    """What a reader of JSON sees is what was written; what a terminal sees is inert."""
    text = canonical_json(document)

    assert json.loads(text) == document
    assert text.replace("\n", "").isprintable()
    assert "::" not in text
    assert "##[" not in text


def test_document_is_sorted_indented_and_ends_its_line() -> None:
    """One form, so that two equal documents are equal bytes."""
    assert canonical_json({"b": "ü", "a": ["1"]}) == '{\n  "a": [\n    "1"\n  ],\n  "b": "ü"\n}\n'


def test_error_document_carries_reasons_and_findings_where_there_are_some() -> None:
    """A failure is one document with a code, and with all that is known."""
    finding = Finding("error", "null", "no", Source("a.yaml", 1, 2))

    assert error_document("refused", "no", reasons=[Refusal("policy", "guard")]) == {
        "formatVersion": "1",
        "error": {
            "code": "refused",
            "message": "no",
            "reasons": ["guard"],
            "reasonCodes": ["policy"],
        },
    }
    assert error_document("manifests", "1 error", findings=[finding])["error"] == {
        "code": "manifests",
        "message": "1 error",
        "findings": [
            {
                "severity": "error",
                "code": "null",
                "message": "no",
                "source": {"file": "a.yaml", "line": 1, "column": 2},
            }
        ],
    }


def test_validation_document_counts_and_lists() -> None:
    """A finding without a place has none."""
    finding = Finding("note", "null", "y")

    assert validation_document(3, [finding]) == {
        "formatVersion": "1",
        "resources": 3,
        "findings": [{"severity": "note", "code": "null", "message": "y", "source": None}],
    }
