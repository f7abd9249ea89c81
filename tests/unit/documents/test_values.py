"""Values as reports and digests have them."""

from __future__ import annotations

import pytest

from reconciler.documents.values import digest, shown
from reconciler.model.value import Choice


@pytest.mark.parametrize(
    "labels",
    [
        ["3 months", "12 months", "24 months"],
        ["a9", "a10", "b"],
        ["007", "07", "8"],
        ["1", "9" * 5000, "1" + "0" * 5000],
        ["²", "٣", "①"],
    ],
)
def test_sets_are_shown_as_people_count(labels: list[str]) -> None:
    """However many digits a label has; what counts the same comes in one order all the same."""
    for order in (labels, labels[::-1]):
        assert shown(frozenset(Choice(label=label) for label in order)) == labels


def test_half_a_sign_has_a_digest() -> None:
    """JSON can escape it, and UTF-8 has no bytes for it."""
    assert digest({"note": "\ud800"}) != digest({"note": "\ud801"})
