"""The words of a failed comparison."""

from __future__ import annotations

from deepdiff import DeepDiff


def describe_difference(op: str, left: object, right: object) -> list[str] | None:
    """Return what differs between two documents; None for any other comparison."""
    if op != "==" or not isinstance(left, dict) or not isinstance(right, dict):
        return None
    return ["two documents are equal", *DeepDiff(left, right).pretty().splitlines()]
