"""The first steps: help, wrong words, a new project, explanations. No panel is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import reconciler
from tests.support.command_line import CLIENT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLineProject


def test_module_runs_as_the_command_does() -> None:
    """``python -m reconciler`` is the command, with its exit code."""
    command = [sys.executable, "-m", "reconciler"]
    version = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True)
    wrong = subprocess.run([*command, "paln"], check=False, capture_output=True, text=True)

    assert version.stdout == f"reconciler {reconciler.__version__}\n"
    bare = subprocess.run(command, check=False, capture_output=True, text=True)

    assert (wrong.returncode, wrong.stdout) == (64, "")
    assert (bare.returncode, bare.stdout) == (64, "")
    assert bare.stderr.startswith("usage: reconciler")
    assert "there is no command 'paln'; did you mean 'plan'?" in wrong.stderr


def test_wrong_usage_is_reported_in_the_requested_format(project: CommandLineProject) -> None:
    """Exit code 64, on standard error, or as the one document."""
    text = project.run("plan", "--only", "globex", code=64)
    document = project.run("plan", "--json", "--frobnicate", code=64)

    assert text.out == ""
    assert "'globex' is not an address" in text.err
    assert document.document["error"]["code"] == "usage"
    assert document.err == ""


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "-l", "team"],
        ["plan", "--target", "never"],
        ["explain", "Never"],
        ["explain", "Client.never"],
        ["sandbox", "seed", "--clients", "-1"],
        ["sandbox", "serve", "--port", "99999"],
        ["sandbox", "serve", "--keyfile", "x"],
        ["sandbox", "reset", "--target", "prod"],
    ],
)
def test_words_that_mean_nothing_here_exit_with_64(
    project: CommandLineProject, words: list[str]
) -> None:
    """What the parser cannot know is refused by the command, before anything is asked."""
    environ = {"BILLMANAGER_USER": "u", "BILLMANAGER_PASSWORD": "p"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        result = project.run(*words, code=64)

    assert result.out == ""
    assert result.err.startswith("error: ")
    assert project.asked() == []


def test_missing_project_names_init_as_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that needs a project says how to get one."""
    from reconciler.cli.main import main

    monkeypatch.chdir(tmp_path)

    assert main(["plan"]) == 64
    assert "reconciler init" in capsys.readouterr().err


def test_init_makes_a_project_that_works_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From nothing to a valid project and a plan, without an edit."""
    from reconciler.cli.main import main

    monkeypatch.chdir(tmp_path)
    assert main(["init", "shop"]) == 0
    assert "  reconciler.yaml\n" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path / "shop")

    assert main(["validate"]) == 0
    assert main(["plan", "--detailed-exitcode"]) == 2
    assert main(["apply", "--yes"]) == 0
    assert main(["plan", "--detailed-exitcode"]) == 0


def test_init_keeps_what_a_repository_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each file that is there is named and untouched; what Git should ignore is added."""
    from reconciler.cli.main import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / ".gitignore").write_text("*.pyc\nplan.json")
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "own.yaml").write_text(CLIENT)

    assert main(["init"]) == 0
    out = capsys.readouterr().out

    added = ["/.reconciler/", "*.plan.json", "outcome.json", "live.json", "/.plan/"]
    assert out.partition("Added to .gitignore:\n")[2].startswith(
        "".join(f"  {line}\n" for line in added)
    )
    assert "Kept as they are" not in out
    assert (tmp_path / ".gitignore").read_text().splitlines() == ["*.pyc", "plan.json", *added]
    assert [path.name for path in (tmp_path / "manifests").iterdir()] == ["own.yaml"]
    assert main(["validate"]) == 0

    assert main(["init"]) == 0
    again = capsys.readouterr().out
    assert "Added" not in again
    assert "  .gitignore\n" in again.partition("Kept as they are in")[2]


@pytest.mark.parametrize(
    ("place", "noted"), [("billing", True), (".", False), ("own", False)], ids=str
)
def test_init_says_that_no_server_reads_a_pipeline_of_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, *, noted: bool
) -> None:
    """In a folder of a repository the files would wait for ever, without a word."""
    from reconciler.cli.main import main

    (tmp_path / ".git").mkdir()
    (tmp_path / "own" / ".git").mkdir(parents=True)

    assert main(["init", str(tmp_path / place)]) == 0
    assert ("The pipeline does not run from here" in capsys.readouterr().out) is noted


def test_init_names_what_a_pipeline_that_is_there_has_to_include(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """GitLab has one file, and the one that is there is kept."""
    from reconciler.cli.main import main

    (tmp_path / ".gitlab-ci.yml").write_text("stages: [build]\n")

    assert main(["init", "--ci", "gitlab", str(tmp_path)]) == 0
    assert "    - local: .gitlab/reconciler.yml\n" in capsys.readouterr().out


@pytest.mark.parametrize("sort", ["link", "bytes"])
def test_gitignore_that_cannot_be_extended_is_kept_with_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sort: str
) -> None:
    """A link leads out of the project, and what is no text is not changed here."""
    from reconciler.cli.main import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "far").write_bytes(b"\xff\n" if sort == "bytes" else b"*.pyc\n")
    if sort == "link":
        (tmp_path / ".gitignore").symlink_to("far")
    else:
        (tmp_path / "far").rename(tmp_path / ".gitignore")
    before = (tmp_path / ".gitignore").read_bytes()

    assert main(["init"]) == 0

    out = capsys.readouterr().out
    assert "Add these lines to .gitignore" in out
    assert "  /.reconciler/\n  plan.json\n" in out
    assert (tmp_path / ".gitignore").read_bytes() == before


def test_init_in_a_project_writes_nothing_that_would_be_applied(
    project: CommandLineProject,
) -> None:
    """A second run restores what is missing, and adds no example to the manifests."""
    (project.root / "schemas" / "plan.schema.json").unlink()

    result = project.run("init", ".")

    assert "Written to" in result.out
    assert "  schemas/plan.schema.json\n" in result.out.partition("Kept")[0]
    assert not (project.root / "manifests" / "clients" / "acme.yaml").exists()
    assert "Written" not in project.run("init", ".").out


def test_saved_plans_of_a_new_project_are_not_for_git(project: CommandLineProject) -> None:
    """They name clients and prices."""
    subprocess.run(["git", "init", "--quiet", "."], check=True, cwd=project.root)
    names = [
        "plan.json",
        "june.plan.json",
        "outcome.json",
        "live.json",
        ".plan/plan.json",
        ".reconciler/x",
    ]

    ignored = subprocess.run(
        ["git", "check-ignore", *names],
        check=True,
        cwd=project.root,
        capture_output=True,
        text=True,
    )

    assert ignored.stdout.split() == names


def test_explain_lists_kinds_and_explains_one_and_its_fields(project: CommandLineProject) -> None:
    """From the list to a kind, a field, a lookup."""
    assert "TaxRule " in project.run("explain").out
    assert "provider*" in project.run("explain", "TaxRule").out
    assert "set at creation only" in project.run("explain", "TaxRule.provider").out
    assert "`discounts`, without `client`" in project.run("explain", "Client.discounts").out
    assert "A tariff plan." in project.run("explain", "Tariff").out
    assert "did you mean 'Discount'?" in project.run("explain", "Discuont", code=64).err


def test_schemas_are_printed_and_written(project: CommandLineProject) -> None:
    """Both ways give the same documents."""
    printed = project.run("schema").document
    project.run("schema", "--write", "copies")

    written = {p.name: json.loads(p.read_text()) for p in project.root.glob("copies/*.json")}
    assert written == printed


@pytest.mark.parametrize("name", ["discount", "Discount", "discount.schema.json"])
def test_one_schema_is_printed_alone(project: CommandLineProject, name: str) -> None:
    """It is found by the name of its kind or of its file."""
    assert project.run("schema", name).document["title"] == "Discount"


@pytest.mark.parametrize(
    ("words", "reported"),
    [
        (["schema", "discont"], "there is no schema 'discont'; did you mean 'discount'"),
        (["schema", "qqq"], "there is no schema 'qqq'; there are apply, approve, call, "),
        (["schema", "plan", "--write", "x"], "--write writes all schemas"),
        (["plan", "--without", "charge"], "it is an option of `reconciler apply`"),
        (["plan", "--detailed-exitcod"], "did you mean '--detailed-exitcode'?"),
    ],
)
def test_word_that_means_nothing_here_leads_to_one_that_does(
    project: CommandLineProject, words: list[str], reported: str
) -> None:
    """Near names are suggested, and an option of another command names the command."""
    assert reported in project.run(*words, code=64).err


@pytest.mark.parametrize(
    ("shell", "sign"),
    [("bash", "complete "), ("zsh", "#compdef reconciler"), ("tcsh", "complete reconciler")],
)
def test_completion_knows_every_command(project: CommandLineProject, shell: str, sign: str) -> None:
    """The script is made from the parser, so it cannot fall behind."""
    from reconciler.cli.help import COMMANDS

    script = project.run("completion", shell).out

    assert sign in script
    assert [name for name in COMMANDS if name not in script] == []


def test_manifests_are_checked_without_a_project(project: CommandLineProject) -> None:
    """A folder of manifests is enough, as an argument or as an option."""
    (project.root / "reconciler.yaml").unlink()

    assert "2 resources" in project.run("validate", "manifests").out
    assert "2 resources" in project.run("validate", "--manifests", "manifests").out
    project.run("validate", code=64)


def test_closed_output_pipe_is_not_a_failure(project: CommandLineProject) -> None:
    """A pipe that is closed ends the command quietly, as an interrupt does."""
    command = [sys.executable, "-m", "reconciler", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()

    assert (process.returncode, complaint) == (130, b"")
