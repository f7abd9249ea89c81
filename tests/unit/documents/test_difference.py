"""How a value changed, in as few words as tell it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, strategies as st

from reconciler.documents.difference import difference_words
from reconciler.documents.values import Json, in_words

texts = st.text("ab1 ", min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("10", "12", "10 → 12"),
        (None, ["A"], "none → [A]"),
        (["Agencies", "Slow payers"], ["Partners", "Slow payers"], "+ Partners − Agencies"),
        (["A"], ["A", "B", "C"], "+ B + C"),
        (["3 months", "12 months"], ["3 months"], "− 12 months"),
        ([], ["A"], "[] → [A]"),
        (["A"], [], "[A] → []"),
        (["+ A"], ["B", "− C D"], '+ B + "− C D" − "+ A"'),
        (["A"], ["A, B"], '+ "A, B" − A'),
        ({"cpu": "2", "disk": "10"}, {"cpu": "4", "disk": "10"}, "cpu 2 → 4"),
        ({"cpu": "2", "disk": "10"}, {"cpu": "2", "ram": "8"}, "− disk 10, + ram 8"),
        ({"lists": ["A", "B"]}, {"lists": ["B", "C"]}, "lists + C − A"),
        ({}, {"cpu": "4"}, "{} → {cpu: 4}"),
        ([["A"]], [["B"]], "[[A]] → [[B]]"),
        (["A", "A"], ["A"], "[A, A] → [A]"),
        (["1"], "1", "[1] → 1"),
    ],
)
def test_difference_is_what_came_and_what_went(before: Json, after: Json, words: str) -> None:
    """A list or a map that was or is to be empty is shown complete: it may mean all there are."""
    assert difference_words(before, after, in_words) == words


@given(before=st.sets(texts, min_size=1), after=st.sets(texts, min_size=1))
def test_each_entry_that_came_or_went_is_named_once(before: set[str], after: set[str]) -> None:
    """And none that stayed."""
    assume(before != after)
    named: list[Json] = []

    def note(value: Json) -> str:
        named.append(value)
        return ""

    said = difference_words([*sorted(before)], [*sorted(after)], note)

    assert named == [*sorted(after - before), *sorted(before - after)]
    assert said.split() == ["+"] * len(after - before) + ["−"] * len(before - after)
