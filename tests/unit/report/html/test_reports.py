"""The pages of drift, apply, rehearsal and validation: the worst first, in the same frame."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.model.drift import DriftReport as Drift
from reconciler.report.html.report import render
from reconciler.report.reports import (
    DriftReport,
    Layout,
    OutcomeReport,
    RehearsalReport,
    ValidationReport,
)
from tests.support.sample_reports import sample_plan, sample_reports
from tests.unit.report import samples
from tests.unit.report.html.outline import outline

if TYPE_CHECKING:
    from reconciler.report.reports import Report

REPORTS = sample_reports("word")


def shown(report: Report) -> str:
    """Return the outline of a report's page."""
    return outline(render(report, Layout()))


@pytest.mark.parametrize(
    ("name", "headings"),
    [
        ("apply", ["Charges 11", "In doubt", "Diverged", "Failed", "Skipped", "Verified"]),
        ("drift", ["Findings 2", "Deleted in", "Changed in the panel and", "Changed in the panel"]),
        ("validate", ["Findings 2"]),
    ],
)
def test_sections_stand_in_the_order_of_their_weight(name: str, headings: list[str]) -> None:
    """What a person must look at comes first."""
    text = shown(REPORTS[name])

    places = [text.index(f"## {each}") for each in headings]
    assert places == sorted(places)


def test_doubt_stands_above_everything() -> None:
    """With the command that ends it."""
    text = shown(REPORTS["apply"])

    assert "In doubt: a request was sent and its result is unknown. Run `reconciler resume`" in text
    assert text.index("reconciler resume") < text.index("##")


def test_apply_of_nothing_says_so() -> None:
    """An empty plan has no outcome."""
    assert "Nothing to apply." in shown(OutcomeReport(samples.plan(), [], {}))


def test_rehearsal_shows_the_charges_on_the_copy_and_the_second_plan() -> None:
    """A second plan that is not empty is what a rehearsal is for."""
    first = sample_plan("word")
    sums = {"EUR": Decimal("12.5"), "USD": Decimal(3)}

    whole = RehearsalReport(first, [], replace(first, changes=()), {}, sums, 2)
    partly = replace(whole, second=first)

    assert "Charged on the copy 12.50 EUR, 3.00 USD On a copy of 2 clients" in shown(whole)
    assert "The second plan is empty." in shown(whole)
    assert "## The second plan 11" in shown(partly)


def test_drift_is_shown_three_ways_with_the_commands_that_end_it() -> None:
    """What was added was neither applied nor declared, and is shown as live alone."""
    text = shown(REPORTS["drift"])

    assert text.count("Field Applied Live Wanted") == 4
    assert text.count("Field Live") == 1
    assert "To restore what is declared: word" in text


def test_no_drift_is_one_line() -> None:
    """Calm is said calmly."""
    calm = DriftReport(Drift(samples.PROD, (), 7), {}, apply="a", accept="b")

    text = shown(calm)

    assert "No drift. 7 resources checked." in text
    assert "##" not in text.partition("# Drift")[2]


@pytest.mark.parametrize(("resources", "words"), [(1, "1 resource"), (1200, "1,200 resources")])
def test_valid_manifests_are_one_line(resources: int, words: str) -> None:
    """With their number."""
    assert f"Valid. {words}, no errors." in shown(ValidationReport(resources, (), {}))
