"""Reports as Markdown, and what a job of GitHub is told of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.forge_markdown import live_elements
from tests.support.large_plan import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.command_line import CommandLineProject


def test_each_command_prints_one_page_of_markdown(project: CommandLineProject) -> None:
    """Nothing but the page is on standard output, and the exit code is that of the text."""
    project.run("plan", "--out", "plan.json")
    began = {
        ("validate",): "### 2 resources, ",
        ("plan",): "### Plan for `sandbox`: 2 to create",
        ("show", "plan.json"): "### Plan for `sandbox`: 2 to create",
        ("rehearse", "plan.json"): "### Rehearsal for `sandbox`: 2 verified.",
        ("apply", "plan.json"): "### Apply on `sandbox`: 2 verified.",
        ("drift",): "### No drift on `sandbox`: 2 resources checked",
    }
    for words, start in began.items():
        page = project.run(*words, "--format", "markdown").out
        assert page.startswith(start)
        assert live_elements(page) == []
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    project.panel("account.discount.edit", **_only_discount(project), percentage="25", sok="ok")

    page = project.run("drift", "--format", "markdown", code=2).out
    assert page.startswith("### Drift on `sandbox`: 0 drift, 1 conflict")
    assert "percentage: applied 15, live 25, wanted 20" in page
    assert live_elements(page) == []


def test_markdown_asks_nothing_and_patches_nothing(project: CommandLineProject) -> None:
    """A page has no room for a question: consent is given beforehand, or the command refuses."""
    refused = project.run("apply", "--format", "markdown", code=4)
    project.run("drift", "--accept", "--format", "markdown", code=64)
    project.run("plan", "--refresh-only", "--format", "markdown", code=64)

    assert refused.out == ""
    assert project.writes() == []


def test_text_that_an_author_wrote_is_inert_in_the_page(project: CommandLineProject) -> None:
    """A pull request cannot mention people or close issues through its own plan."""
    notes = [text for text in HOSTILE if text.isprintable() and "'" not in text and text.strip()]
    for number, text in enumerate(notes):
        project.write(
            f"manifests/note-{number}.yaml",
            "apiVersion: reconciler/v1\nkind: Discount\n"
            f"metadata: {{name: globex-note-{number}}}\n"
            f"spec:\n  client: globex\n  percentage: {number + 1}\n"
            f"  type: Percentage discount\n  appliesTo: Order and renewal\n  note: '{text}'\n",
        )

    page = project.run("plan", "--format", "markdown").out

    assert sum(text in page for text in notes) > len(notes) // 2
    assert live_elements(page) == []


def test_job_of_github_is_told_of_a_plan_where_it_asks_for_it(
    project: CommandLineProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs for later steps, and the page on the summary; both are added to what is there."""
    output, page = tmp_path / "output", tmp_path / "summary.md"
    output.write_text("before=1\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    project.run("plan", "--format", "markdown")
    assert output.read_text(encoding="utf-8") == "before=1\n"

    digest = project.run("plan", "--json").document["digest"]
    project.run("plan", "--format", "github")
    outputs = dict(line.split("=") for line in output.read_text(encoding="utf-8").splitlines())

    assert outputs["before"] == "1"
    assert outputs["digest"] == digest
    assert (outputs["pending"], outputs["refused"]) == ("true", "false")
    assert (outputs["changes"], outputs["create"]) == ("2", "2")
    assert page.read_text(encoding="utf-8").startswith("### Plan for `sandbox`: 2 to create")


def _only_discount(project: CommandLineProject) -> dict[str, str]:
    owned = project.run("inventory", "--json").document["resources"]
    (found,) = (each for each in owned if each["address"].startswith("Discount/"))
    return {"elid": found["id"], "plid": found["parent"]}
