"""The text of a comment and of an issue: marked, bounded, and inert."""

from __future__ import annotations

import re

from hypothesis import given, strategies as st

from reconciler.model.plan import TargetRef
from reconciler.report.comment import (
    comment_marker,
    ended_issue_text,
    issue_title,
)
from reconciler.report.markdown_page import MOST_CHARACTERS

TARGET = TargetRef("prod", "https://billing.example.com/billmgr")


@given(name=st.text(max_size=300) | st.just("\ud800"), url=st.text(max_size=50))
def test_marker_is_one_hidden_line_whatever_the_target_is_called(name: str, url: str) -> None:
    """Nothing in a name ends the comment of HTML, or its line."""
    marker = comment_marker("plan", TargetRef(name, url))

    assert re.fullmatch(r"<!-- reconciler:plan target=[\w.~%]* key=[0-9a-f]{16} -->", marker)
    assert "--" not in marker[4:-3]


def test_targets_of_one_name_have_different_markers() -> None:
    """Two panels may be called prod in two projects of one repository."""
    other = TargetRef("prod", "https://other.example.com/billmgr")

    assert comment_marker("plan", TARGET) != comment_marker("plan", other)
    assert comment_marker("plan", TARGET) != comment_marker("drift", TARGET)


def test_closed_issue_says_so_once_and_keeps_what_it_said() -> None:
    """Closing it again, after a lost answer, adds nothing."""
    before = f"{comment_marker('drift', TARGET)}\n1 object was changed.\n"
    once = ended_issue_text(TARGET, before)

    assert once.startswith(comment_marker("drift", TARGET))
    assert "1 object was changed." in once
    assert ended_issue_text(TARGET, once) == once
    assert len(ended_issue_text(TARGET, "x" * 70_000)) == MOST_CHARACTERS


def test_title_of_an_issue_is_short_and_on_one_line() -> None:
    """A name of any length and any characters fits into a title."""
    assert issue_title(TARGET) == "Drift on prod"
    assert len(issue_title(TargetRef("x\n" * 500, ""))) == 200
    assert "\n" not in issue_title(TargetRef("a\nb", ""))
