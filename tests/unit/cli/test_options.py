"""What the parser spells itself, to print help at once, is what the model says."""

from __future__ import annotations

from typing import get_args

from reconciler.cli.options import CLASSES
from reconciler.model.plan import ChangeClass


def test_classes_of_the_options_are_those_of_changes() -> None:
    """The parser imports no model before it knows what to do, so it has a list of its own."""
    assert get_args(ChangeClass) == CLASSES
