"""A job leaves its summary and its outputs where the runner says, and nothing foreign in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.cli.github_files import write_github_failure, write_github_files, write_outputs
from reconciler.errors import StoreError
from reconciler.model.finding import Finding
from reconciler.model.outcome import Outcome
from reconciler.model.reason import ReasonCode
from reconciler.report.reports import OutcomeReport, PlanReport, ValidationReport
from tests.unit.report.samples import change, plan

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The files of the summary and of the outputs."""
    summary, output = tmp_path / "summary", tmp_path / "output"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    return summary, output


def test_summary_is_the_report_as_markdown(files: tuple[Path, Path]) -> None:
    """Secrets are removed from it, and counts are outputs."""
    found = Finding("error", "syntax", "the word secret")

    write_github_files(
        ValidationReport(1, [found], {}), lambda text: text.replace("secret", "****")
    )

    text = files[0].read_text(encoding="utf-8")
    assert "the word ****" in text
    assert text.endswith("\n\n")
    assert files[1].read_text(encoding="utf-8") == "errors=1\nwarnings=0\n"


def test_summary_says_why_nothing_was_done(files: tuple[Path, Path]) -> None:
    """Each reason is shown, and none of them is live."""
    write_github_failure("stale-plan", ["x `moved` @all"], str)

    text = files[0].read_text(encoding="utf-8")
    assert text.startswith("### Not done: `stale-plan`\n\n- ")
    assert "\n- " in text
    assert "moved" in text
    assert "- x" not in text


def test_outputs_are_plain_words(files: tuple[Path, Path]) -> None:
    """A digest of another form, which would be a line of its own, is no output."""
    made = plan(change("Discount/y", "update", "7"))
    write_github_files(PlanReport(made, {"digest": "x\nrefused=false"}, refusals=["no"]), str)
    write_outputs({"digest": "sha256:0a"})

    lines = files[1].read_text(encoding="utf-8").splitlines()
    words = ["pending=true", "changes=1", "refused=true"]
    assert [*lines[:3], lines[-1]] == [*words, "digest=sha256:0a"]
    assert {"update=1", "delete=0"} < set(lines)


def test_what_waits_is_counted_apart(files: tuple[Path, Path]) -> None:
    """A step that tells people how to apply it asks for this number."""
    ended = [
        Outcome(change("Discount/y", "update", "7"), "verified"),
        Outcome(change("Discount/z", "update", "8"), "skipped", cause=ReasonCode.LEFT_OUT),
        Outcome(change("Discount/w", "update", "9"), "failed", "no"),
    ]

    write_github_files(OutcomeReport(plan(), ended, {}), str)

    assert files[1].read_text(encoding="utf-8") == "verified=1\nwaiting=1\nundone=1\n"


def test_nothing_is_written_outside_of_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the variables there is no file."""
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)

    write_github_files(ValidationReport(1, [], {}), str)

    assert list(tmp_path.iterdir()) == []


def test_file_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends with the exit code of a file, and the variable is in the message."""
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "none" / "output"))

    with pytest.raises(StoreError, match="GITHUB_OUTPUT"):
        write_outputs({"changes": 1})
