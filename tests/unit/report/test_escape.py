"""Foreign text cannot harm its reader."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, strategies as st

from reconciler.report.escape import escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, Ünïcode, 10 %", "plain, Ünïcode, 10 %"),
        ("two\nlines\r\n", r"two\nlines\r\n"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),
        ("evil\u202etxt.exe", r"evil\u202etxt.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("no\u00a0break", r"no\xa0break"),
        ("line\u2028end", r"line\u2028end"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("lone \ud800", r"lone \ud800"),
        (r"a\nb", r"a\\nb"),
        ("::error::gone", r":\:error::gone"),
        ("  ::set-output name=x::y", r"  :\:set-output name=x::y"),
        ("a ::warning file=b::c", r"a :\:warning file=b::c"),
        ("##[group]x", r"#\#[group]x"),
        ("a ##vso[task.setvariable]b", r"a #\#vso[task.setvariable]b"),
        ("2001:db8::a1", "2001:db8::a1"),
        ("a::b", "a::b"),
        ("# heading", "# heading"),
    ],
)
def test_text_is_shown_and_not_obeyed(text: str, shown: str) -> None:
    """What a terminal or a CI runner would obey is visible, the rest is as it was."""
    assert escape(text) == shown


@given(st.text())
@example("\x1b]0;title\x07")
@example("::::a::")
@example(" :::a::")
@example("###[a")
def test_any_text_becomes_one_printable_line_without_commands(text: str) -> None:
    """Whatever comes in, the result is one line that no runner takes for a command."""
    shown = escape(text)

    assert shown.isprintable()
    assert not re.match(r"\s*::[A-Za-z]", shown)
    assert not re.search(r"##(vso)?\[", shown)
    assert not re.search(r"::[A-Za-z].*::", shown)


@given(st.text(), st.text())
@example("a\n", "a\\n")
@example("::a", ":\\:a")
def test_two_texts_that_differ_are_shown_differently(one: str, other: str) -> None:
    """No value can be made to look like another one."""
    assert (escape(one) == escape(other)) is (one == other)
