"""The picture in the README shows what the command prints today."""

from __future__ import annotations

from xml.dom.expatbuilder import parseString

from tests.house import comment_picture
from tests.house.picture import PICTURE, commented_plan, make_picture, words_of


def test_picture_of_a_plan_is_fresh_in_its_words() -> None:
    """A report that changed is drawn again: make picture."""
    drawn = PICTURE.read_text(encoding="utf-8")

    assert words_of(drawn) == words_of(make_picture()), "draw it again: make picture"
    assert parseString(drawn).documentElement is not None  # noqa: S316 - our own picture


def test_picture_of_a_comment_is_fresh_in_its_words() -> None:
    """It holds a digest of the words that it was drawn from."""
    drawn = comment_picture.drawn_digest(comment_picture.PICTURE.read_bytes())

    assert drawn == comment_picture.words_digest(commented_plan()), "draw it again: make picture"
