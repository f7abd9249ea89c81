from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from reconciler.model.text import fold_domain, fold_text, normalise_text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("one\r\ntwo", "one\ntwo"),
        ("one\rtwo", "one\ntwo"),
        ("one  \ntwo\t\r\n", "one\ntwo"),
        ("one\n\ntwo\u00a0\nthree", "one\n\ntwo\nthree"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("  Zoe\u0308 \r\n", "Zo\u00eb"),
    ],
)
def test_text_that_a_panel_normalises_is_the_same_text(text: str, same: str) -> None:
    """Line ends, blanks at the ends of lines and the composition of letters do not count."""
    assert normalise_text(text) == normalise_text(same) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [("a b", "a  b"), ("a\nb", "a b"), ("a\n\nb", "a\nb"), ("a\n b", "a\nb"), ("A", "a")],
)
def test_blank_inside_a_line_counts(one: str, other: str) -> None:
    """A changed inner blank, an indent, an empty line and letter case are differences."""
    assert normalise_text(one) != normalise_text(other)


@given(text=st.text(max_size=40))
def test_normalising_is_settled_after_one_round(text: str) -> None:
    """What was normalised is normal, whatever the text and however it is composed."""
    once = normalise_text(text)

    assert normalise_text(once) == once
    assert normalise_text(unicodedata.normalize("NFD", text)) == normalise_text(
        unicodedata.normalize("NFC", text)
    )
    assert fold_text(fold_text(text)) == fold_text(text)


def test_letter_case_and_composition_are_folded_together() -> None:
    """An email is the same email in any case, composed or decomposed."""
    assert fold_text("ZOE\u0308@Acme.example ") == fold_text("zo\u00eb@acme.EXAMPLE")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("xn--BCHER-kva.Example.", "bücher.example"),
        ("Bücher.example", "bücher.example"),
        ("xn--a.example", "xn--a.example"),
        ("web-1", "web-1"),
        ("Ann@Acme.example", "ann@acme.example"),
        ("Two words. Or more", "two words. or more"),
        (".", "."),
        ("", ""),
    ],
)
def test_domain_in_two_scripts_is_one(text: str, folded: str) -> None:
    """What is no domain keeps its dots."""
    assert fold_domain(text) == folded
