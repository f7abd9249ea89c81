"""What a failed comparison says."""

from __future__ import annotations

import pytest

from tests.support.assertions import describe_difference


def test_difference_of_documents_is_shown() -> None:
    """And not by both of them, which may have hundreds of lines."""
    plan = {"changes": [{"action": "create", "id": None}] * 9, "digest": "sha256:1"}
    other = {**plan, "digest": "sha256:2"}

    assert describe_difference("==", plan, other) == [
        "two documents are equal",
        'Value of root[\'digest\'] changed from "sha256:1" to "sha256:2".',
    ]


@pytest.mark.parametrize(("op", "left", "right"), [("!=", {}, {}), ("==", [1], [2]), ("in", 1, {})])
def test_other_comparisons_are_left_to_pytest(op: str, left: object, right: object) -> None:
    """It shows texts, lists and objects well."""
    assert describe_difference(op, left, right) is None
