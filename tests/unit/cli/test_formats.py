"""The format of a report is chosen in one place."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module

import pytest

from reconciler.cli.formats import RENDERERS, chosen_format, render
from reconciler.report.reports import Layout, ValidationReport

REPORT = ValidationReport(3, (), {"resources": 3})


@pytest.mark.parametrize("module", RENDERERS.values())
def test_every_format_has_a_renderer(module: str) -> None:
    """A module that is named and is not there would be found by a user."""
    assert callable(import_module(module).render)


@pytest.mark.parametrize(
    ("options", "form"),
    [
        ({}, "text"),
        ({"json": True}, "json"),
        ({"json": True, "format": "text"}, "json"),
        ({"json": False, "format": "json"}, "json"),
        ({"json": False, "format": "dot"}, "text"),
    ],
)
def test_json_for_short_wins_and_a_format_of_another_command_is_text(
    options: dict[str, object], form: str
) -> None:
    """What is no format of a report is printed by the command itself."""
    assert chosen_format(Namespace(**options)) == form


def test_one_report_is_rendered_in_the_format_that_was_chosen() -> None:
    """The same value is text for people and the document for programs."""
    assert render(REPORT, "text", Layout()) == "3 resources, no errors: valid.\n"
    assert render(REPORT, "json", Layout()) == '{\n  "resources": 3\n}\n'
