"""``plan --at``: the plan of a day to come is read, and never applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.command_line import CommandLineProject

IGNORED = "lifecycle: {ignore: [{field: percentage, reason: a trial, until: 2098-12-31}]}\nspec:"
FIRST_LINE = "As of 2099-01-01, with the panel as it is now. This plan cannot be applied."


@pytest.fixture
def ignored(project: CommandLineProject, discount_by_hand: Callable[..., None]) -> None:
    """The discount was changed in the panel, which an exception allows until the end of 2098."""
    project.edit("manifests/june.yaml", "spec:", IGNORED)
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")


@pytest.mark.usefixtures("ignored")
def test_what_ends_until_then_counts_no_more(project: CommandLineProject) -> None:
    """The plan of today is empty, and that of the day after the exception is not."""
    assert "No changes" in project.run("plan", "--at", "2098-12-31").out

    reported = project.run("plan", "--at", "2099-01-01").out
    document = project.run("plan", "--at", "2099-01-01", "--json").document

    assert "No changes" in project.run("plan").out
    assert reported.splitlines()[0] == FIRST_LINE
    assert "percentage: 40 → 15" in reported
    assert document["at"] == "2099-01-01"


@pytest.mark.usefixtures("ignored")
def test_plan_of_a_day_to_come_is_not_applied(project: CommandLineProject) -> None:
    """Neither a file that was made of the JSON nor one whose day was taken out is accepted."""
    made = project.run("plan", "--at", "2099-01-01", "--json").document
    project.write("plan.json", json.dumps(made))

    shown = project.run("show", "plan.json")
    refused = project.run("apply", "plan.json", "--yes", code=4)
    rehearsed = project.run("rehearse", "plan.json", code=4)
    project.write("plan.json", json.dumps({k: v for k, v in made.items() if k != "at"}))
    edited = project.run("apply", "plan.json", "--yes", code=4)

    assert shown.out.splitlines()[0] == FIRST_LINE
    assert "To apply" not in shown.out + shown.err
    assert "the plan is for 2099-01-01, to be read and not to be applied" in refused.err
    assert "to be read and not to be applied" in rehearsed.err
    assert "was edited" in edited.err
    assert "No changes" in project.run("plan").out


def test_empty_plan_of_a_day_to_come_says_which_day(project: CommandLineProject) -> None:
    """The first line is there without a change, too."""
    project.run("apply", "--yes")

    assert project.run("plan", "--at", "2099-01-01").out.splitlines()[0] == FIRST_LINE


@pytest.mark.parametrize("day", ["2020-01-01", "tomorrow", "20990101", "2099-W01-1", "2099-02-30"])
def test_day_that_is_over_or_none_is_wrong_usage(project: CommandLineProject, day: str) -> None:
    """The panel is not asked."""
    project.run("plan", "--at", day, code=64)

    assert project.asked() == []


@pytest.mark.parametrize("option", [("--out", "plan.json"), ("--sign-key-env", "KEY")])
def test_plan_of_a_day_to_come_is_not_saved(
    project: CommandLineProject, option: tuple[str, str]
) -> None:
    """What nobody can apply is neither saved nor signed."""
    project.run("plan", "--at", "2099-01-01", *option, code=64)

    assert not (project.root / "plan.json").exists()
