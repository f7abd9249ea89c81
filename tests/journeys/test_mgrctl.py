"""The way in by the panel's own command line, and a panel that is served with its faults."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.main import main
from reconciler.sandbox import ADMIN, PASSPHRASE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: billing}
spec:
  manifests: [manifests]
  targets:
    local:
      auth: {method: mgrctl, program: bin/mgrctl%s}
"""
SERVED = """\
apiVersion: reconciler/v1
kind: Project
metadata: {{name: billing}}
spec:
  targets:
    served:
      url: {url}
      auth: {{username: {login}, password: {{env: PANEL_PASSWORD}}}}
      timeouts: {{settle: 0}}
"""


@pytest.fixture
def local(project: CommandLineProject) -> CommandLineProject:
    """A project whose one target is a program on this machine, and has no address."""
    project.run("sandbox", "mgrctl", "--folder", "bin")
    project.write("reconciler.yaml", PROJECT % "")
    return project


def test_round_goes_through_the_program(local: CommandLineProject) -> None:
    """Plan, apply, an empty plan, no drift; nobody signs in."""
    assert "Plan for local (mgrctl:bin/mgrctl), 2 of 2" in local.run("plan").out
    assert "Apply: 2 verified." in local.run("apply", "--yes").out
    local.run("plan", "--detailed-exitcode")
    assert local.run("drift").out == "No drift. 2 resources checked.\n"

    asked = local.asked()
    assert {each.actor for each in asked} == {"root@local"}
    assert "auth" not in {each.func for each in asked}


def test_panel_is_exported_through_the_program(local: CommandLineProject) -> None:
    """The export is proved, reads only, signs in nowhere, and a second one changes no byte."""
    local.run("sandbox", "seed", "--clients", "3", "--database", str(local.database))
    shutil.rmtree(local.root / "manifests")
    (local.root / "manifests").mkdir()

    told = local.run("export", "--json").document
    files = {path: path.read_bytes() for path in (local.root / "manifests").rglob("*.yaml")}
    again = local.run("export", "--json").document
    plan = local.run("plan", "--json").document

    assert (told["clients"], told["failures"], told["verified"]) == (3, [], True)
    assert len(files) == 3
    assert again["files"] == []
    assert {path: path.read_bytes() for path in files} == files
    assert {change["action"] for change in plan["changes"]} == {"adopt"}
    assert [edit for change in plan["changes"] for edit in change["edits"]] == []
    assert "auth" not in {each.func for each in local.asked()}
    assert local.writes() == []


def test_program_acts_as_another_user(local: CommandLineProject) -> None:
    """By the login that the target names."""
    local.write("reconciler.yaml", PROJECT % f", su: {ADMIN}")
    found = local.run("doctor", "--json").document

    signed = next(each for each in found["checks"] if each["name"] == "sign-in")
    assert signed["message"] == f"as {ADMIN!r}, by mgrctl"


def test_secret_is_in_no_argument_of_the_program(
    local: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in between sees what others could see: the arguments."""
    monkeypatch.setenv("CLIENT_PASSWORD", "hidden-4711-words")
    local.edit("manifests/globex.yaml", "name: Globex\n", "name: Globex\n  password: {env: P}\n")
    local.edit("manifests/globex.yaml", "{env: P}", "{env: CLIENT_PASSWORD}")
    program = local.root / "bin" / "mgrctl"
    program.rename(local.root / "bin" / "real")
    _script(program, 'd=$(dirname "$0"); echo "$@" >> "$d/seen"; exec "$d/real" "$@"\n')
    local.run("apply", "--yes")

    seen = (local.root / "bin" / "seen").read_text()
    assert "passwd=$RECONCILER_SECRET" in seen
    assert "4711" not in seen


def test_program_that_is_not_there_is_out_of_reach(local: CommandLineProject) -> None:
    """Exit code 8, with what to check."""
    (local.root / "bin" / "mgrctl").unlink()

    assert "auth.program" in local.run("doctor", code=8).out


def test_target_without_address_needs_the_program(project: CommandLineProject) -> None:
    """Any other way in has to know where."""
    text = PROJECT.replace("{method: mgrctl, program: bin/mgrctl%s}", "{username: x}")
    project.write("reconciler.yaml", text)

    assert "needs url" in project.run("plan", code=3).err


def test_uncreatable_folder_is_reported(project: CommandLineProject) -> None:
    """A file is in the way."""
    project.write("taken", "")

    assert "cannot be written" in project.run("sandbox", "mgrctl", "--folder", "taken", code=10).err


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}", encoding="utf-8")
    path.chmod(0o755)


def test_served_faults_are_met_and_got_over(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one fault, everything is as declared within three rounds."""
    fault = {"func": "account.discount.edit", "request": "submit", "do": "status", "status": 502}
    project.write("faults.json", json.dumps({"faults": [fault]}))
    command = [sys.executable, "-m", "reconciler", "sandbox", "serve", "--faults", "faults.json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            monkeypatch.setenv("PANEL_PASSWORD", PASSPHRASE)
            url = process.stdout.readline().split()[2]
            project.write("reconciler.yaml", SERVED.format(url=url, login=ADMIN))
            codes = [main(["apply", "--yes"]) for _ in range(3)]
            project.run("plan", "--detailed-exitcode")
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0

    assert codes[-1] == 0
    assert "account.discount.edit" in project.writes()


@pytest.mark.parametrize(
    ("text", "place"),
    [("{", ":1"), ('{"faults": [\n}', ":2"), ('{"faults": [{"do": "nothing"}]}', ""), (None, "")],
)
def test_file_of_faults_is_checked_before_anything_is_served(
    project: CommandLineProject, text: str | None, place: str
) -> None:
    """Exit code 3, with its place, and the line where one is known."""
    if text is not None:
        project.write("faults.json", text)

    result = project.run("sandbox", "serve", "--faults", "faults.json", code=3)

    assert result.err.startswith(f"faults.json{place}: error[faults]: ")
    assert result.out == ""
