"""`validate` reports for programs: the format changes what is printed and never the exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

FORMATS = ("text", "json", "markdown", "html", "github", "sarif", "junit", "codequality")


@pytest.mark.parametrize("form", FORMATS)
def test_exit_code_is_the_same_in_every_format(project: CommandLineProject, form: str) -> None:
    """A pipeline fails for an error, however it is told."""
    project.run("validate", "--format", form)
    project.write("manifests/bad.yaml", "apiVersion: reconciler/v1\nkind: Klient\n")

    found = project.run("validate", "--format", form, code=3)

    assert "manifests/bad.yaml" in found.out
    assert found.err == ""


def test_places_begin_at_the_root_of_the_repository(project: CommandLineProject) -> None:
    """A project in a folder of a repository, wherever the command runs."""
    (project.root.parent / ".git").mkdir()
    project.write("manifests/bad.yaml", "apiVersion: reconciler/v1\nkind: Klient\n")

    issues = json.loads(project.run("validate", "--format", "codequality", code=3).out)

    place = f"{project.root.name}/manifests/bad.yaml"
    assert {issue["location"]["path"] for issue in issues} == {place}


@pytest.mark.parametrize("command", ["plan", "drift", "apply"])
def test_other_commands_take_no_format_of_findings(
    project: CommandLineProject, command: str
) -> None:
    """They know the annotations, and say what they take."""
    refused = project.run(command, "--format", "sarif", code=64)

    assert "github" in refused.err


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        (("plan",), "Plan"),
        (("plan", "--detailed-exitcode"), "Plan"),
        (("show", "plan.json"), "Plan"),
        (("rehearse", "plan.json"), "Rehearsal"),
        (("apply", "plan.json"), "Apply"),
        (("drift",), "Drift"),
        (("validate",), "Validation"),
    ],
)
def test_page_of_a_command_is_all_that_it_prints(
    project: CommandLineProject, words: tuple[str, ...], subject: str
) -> None:
    """It can be written into a file; the exit code is that of the text."""
    project.run("plan", "--out", "plan.json")

    code = 2 if "--detailed-exitcode" in words else 0
    page = project.run(*words, "--format", "html", "--no-progress", code=code).out

    assert page.startswith("<!DOCTYPE html>\n")
    assert page.endswith("</html>\n")
    assert f"<h1>{subject}" in page
    assert page.count("<html") == 1
