"""One command for several targets of a project: order, words, documents, files and exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.documents.schemas import report_schemas
from tests.support.command_line import new_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

TARGETS = """\
  targets:
    east: {url: "sandbox:.reconciler/east.sqlite3"}
    west: {url: "sandbox:.reconciler/west.sqlite3"}
    gone: {url: "http://127.0.0.1:9/billmgr", auth: {username: a, password: {env: NOWHERE}}}
"""


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLineProject:
    """A project with two embedded panels and one that nobody serves."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOWHERE", "nobody-knows-it")
    made = new_project(tmp_path, capsys)
    text = (tmp_path / "reconciler.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("  targets:\n")
    tail = rest[rest.index("  guards:") :]
    made.write("reconciler.yaml", f"{head}{TARGETS}{tail}")
    return made


def documents(project: CommandLineProject, *words: str, code: int = 0) -> list[dict[str, Any]]:
    """Return what a command printed for each target, checked against its schema."""
    found = project.run(*words, "--json", code=code).document
    Draft202012Validator(report_schemas()["targets.schema.json"]).validate(found)
    return list(found["targets"])


def test_each_target_has_its_words_in_the_order_given(project: CommandLineProject) -> None:
    """Text names each target before its report, and the exit codes at the end."""
    shown = project.run("plan", "--target", "west,east").out
    assert shown.index("Target west") < shown.index("Target east")
    assert "Exit codes: west 0, east 0." in shown
    assert "reconciler --target west" not in shown.partition("Target east")[2]


def test_json_is_one_document_for_each_target(project: CommandLineProject) -> None:
    """The list has the documents of the command, as each target alone prints them."""
    both = documents(project, "plan", "--target", "east,west", "--detailed-exitcode", code=2)
    alone = project.run("plan", "--target", "west", "--json").document
    assert [(each["name"], each["exitCode"]) for each in both] == [("east", 2), ("west", 2)]
    assert both[1]["report"]["digest"] == alone["digest"]


def test_all_is_every_target_and_the_worst_end_counts(project: CommandLineProject) -> None:
    """A target that cannot be reached ends the command with 8, and the others are planned."""
    found = documents(project, "plan", "--target", "all", "--detailed-exitcode", code=8)
    assert [each["exitCode"] for each in found] == [2, 2, 8]
    assert found[2]["report"]["error"]["code"] == "unreachable"
    project.run("drift", "--target", "all", code=8)


def test_the_environment_names_several_targets_too(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RECONCILER_TARGET is read as --target is."""
    monkeypatch.setenv("RECONCILER_TARGET", "east,west")
    found = documents(project, "drift")
    assert [each["name"] for each in found] == ["east", "west"]


def test_an_apply_stops_at_the_first_target_that_does_not_end_well(
    project: CommandLineProject,
) -> None:
    """Targets are stages: what comes after one that failed is not begun, and says so."""
    ended = project.run("apply", "--yes", "--target", "east,gone,west", code=8)
    assert "west: not begun, because gone ended with exit code 8" in ended.err
    found = documents(project, "apply", "--yes", "--target", "gone,west", code=8)
    assert found[1] == {"name": "west", "exitCode": None, "report": None}
    project.run("plan", "--target", "east", "--detailed-exitcode")
    project.run("plan", "--target", "west", "--detailed-exitcode", code=2)
    documents(project, "apply", "--yes", "--target", "east,west")
    project.run("plan", "--target", "east,west", "--detailed-exitcode")


def test_files_are_of_one_target_each(project: CommandLineProject) -> None:
    """A file is named by its target; otherwise the second target would overwrite the first."""
    both = ("--target", "east,west")
    refused = project.run("plan", *both, "--out", "plan.json", code=64)
    assert "plan-{target}.json" in refused.err
    project.run("plan", *both, "--out", "plan-{target}.json")
    found = json.loads((project.root / "plan-west.json").read_text(encoding="utf-8"))
    assert found["target"]["name"] == "west"
    project.run("apply", "plan-{target}.json", *both, "--report", "report-{target}.json")
    assert (project.root / "report-east.json").exists()
    project.run("drift", *both, "--out", "drift-{target}.json")
    assert (project.root / "drift-west.json").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "--target", "east,nowhere"), "has no target"),
        (("plan", "--target", "east,east"), "twice"),
        (("plan", "--target", "east,"), "an empty name"),
        (("plan", "--target", "all", "--format", "html"), "--format html shows one target"),
        (("drift", "--target", "all", "--accept"), "--accept"),
        (("plan", "merge", "a.json", "--target", "all"), "plan merge"),
        (("inventory", "--target", "east,west"), "has no target"),
        (("validate", "--target", "east,nowhere"), "has no target"),
    ],
)
def test_what_is_of_one_target_is_wrong_usage(
    project: CommandLineProject, words: tuple[str, ...], said: str
) -> None:
    """Nothing is done for any target where the command line does not fit several."""
    assert said in project.run(*words, code=64).err
    assert not list((project.root / ".reconciler").glob("*.sqlite3"))


def test_credentials_of_one_panel_are_not_sent_to_others(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What overrides the address or the credentials of a target is of one target."""
    monkeypatch.setenv("RECONCILER_PASSWORD", "of-one-panel")
    refused = project.run("plan", "--target", "east,west", code=64)
    assert "RECONCILER_PASSWORD is of one target" in refused.err


def test_validate_checks_the_overlays_of_the_named_targets(project: CommandLineProject) -> None:
    """One report for several targets: what is wrong in two of them is said once."""
    project.write("overlays/west/bad.yaml", "kind: [\n")
    west = '"sandbox:.reconciler/west.sqlite3"'
    project.edit("reconciler.yaml", west, f"{west}, overlays: [overlays/west]")
    project.run("validate", "--target", "east,gone")
    assert project.run("validate", "--target", "east,west", "--json", code=3).document["findings"]
    project.run("validate", "--target", "all", code=3)


def test_no_target_may_be_called_all(project: CommandLineProject) -> None:
    """The name stands for every target."""
    project.edit("reconciler.yaml", "    gone:", "    all:")
    assert "stands for every target" in project.run("plan", code=3).err
