"""The picture in the README shows what the command prints today."""

from __future__ import annotations

from xml.dom.expatbuilder import parseString

from tests.house.picture import PICTURE, make_picture, words_of


def test_picture_of_a_plan_is_fresh_in_its_words() -> None:
    """A report that changed is drawn again: make picture."""
    drawn = PICTURE.read_text(encoding="utf-8")

    assert words_of(drawn) == words_of(make_picture()), "draw it again: make picture"
    assert parseString(drawn).documentElement is not None  # noqa: S316 - our own picture
