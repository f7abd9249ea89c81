"""The workflow of a new project is sound YAML, and its scripts do what they say."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from reconciler.kinds.catalogue import discover
from reconciler.planning.guards import CONSENTED
from reconciler.project.init_files import init_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = init_files(discover(), "acme")[".github/workflows/reconciler.yml"]
WORKFLOW: dict[str, Any] = YAML(typ="safe").load(TEXT)


def _steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in WORKFLOW["jobs"].items():
        yield from ((name, step) for step in job["steps"])


SCRIPTS: list[tuple[str, str]] = [(job, step["run"]) for job, step in _steps() if "run" in step]


def _script(job: str, words: str) -> str:
    return next(script for name, script in SCRIPTS if name == job and words in script)


def _program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _run(script: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env={"PATH": f"{folder}:/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("job", "script"), SCRIPTS)
def test_scripts_are_whole_and_hold_no_value_of_an_event(job: str, script: str) -> None:
    """Bash can read each of them, no line is torn, and nothing is pasted into code."""
    checked = subprocess.run(
        ["bash", "-n"], input=script, text=True, capture_output=True, check=False
    )

    assert (checked.returncode, checked.stderr) == (0, ""), job
    assert "${{" not in script
    assert not re.search(r"\S {4,}\S", script), "a line that lost its end"
    assert max(map(len, TEXT.splitlines())) <= 101


def test_actions_are_pinned_and_jobs_stand_behind_environments() -> None:
    """Actions are pinned to a commit, and only reviewed work gets secrets."""
    uses = [step["uses"] for _, step in _steps() if "uses" in step]
    guarded = {name: job.get("environment") for name, job in WORKFLOW["jobs"].items()}

    assert uses
    assert [each for each in uses if not re.fullmatch(r"[a-z/-]+@[0-9a-f]{40}", each)] == []
    assert guarded == {
        "validate": None,
        "plan": "billing-plan",
        "apply": "billing-apply",
        "consent": "billing-consent",
    }
    assert WORKFLOW["env"]["CONSENTED"].split() == sorted(CONSENTED)
    assert "--allow charge" not in TEXT


def test_steps_of_one_name_are_the_same_in_all_jobs() -> None:
    """A step that several jobs share is written once for each, and mended in all of them."""
    named: dict[str, list[dict[str, Any]]] = {}
    for _, step in _steps():
        named.setdefault(step.get("name", ""), []).append(step)
    named.pop("")
    secrets = [step["env"] for _, step in _steps() if "secrets." in str(step)]

    assert {name: len(steps) for name, steps in named.items() if len(steps) > 1} == {
        "Install, with the extra for policies if there are any": 4,
        "Fetch the plan that was reviewed": 2,
        "Apply the plan without changes that lack a consent": 2,
        "Save the state for the next run": 2,
    }
    assert [name for name, steps in named.items() if any(step != steps[0] for step in steps)] == []
    assert len(secrets) == 3
    assert all(each == secrets[0] for each in secrets)
    assert len({step["uses"] for _, step in _steps() if "uses" in step}) == 3


@pytest.mark.parametrize(
    ("requirement", "with_policies"),
    [
        ("reconciler==0.1.0", "reconciler[policies]==0.1.0"),
        (
            "reconciler @ git+https://git.example/r@1",
            "reconciler[policies] @ git+https://git.example/r@1",
        ),
        ("git+https://git.example/r@1", "reconciler[policies] @ git+https://git.example/r@1"),
        ("reconciler[policies]==0.1.0", "reconciler[policies]==0.1.0"),
    ],
)
def test_policies_bring_what_they_need(
    tmp_path: Path, requirement: str, with_policies: str
) -> None:
    """With a folder of policies the extra is installed, and without one it is not."""
    _program(tmp_path, "python", 'printf "%s\\n" "${@: -1}"')
    script = _script("validate", "pip install")

    plain = _run(script, tmp_path, REQUIREMENT=requirement)
    (tmp_path / "policies").mkdir()
    extra = _run(script, tmp_path, REQUIREMENT=requirement)

    assert (plain.stdout, extra.stdout) == (f"{requirement}\n", f"{with_policies}\n")


@pytest.mark.parametrize(
    ("results", "ends", "code"),
    [
        (["verified", "skipped"], 6, 0),
        (["verified", "failed", "skipped"], 6, 6),
        (["in-doubt"], 7, 7),
        (["verified"], 0, 0),
        ([], 5, 5),
    ],
)
def test_run_fails_where_more_than_a_consent_is_missing(
    tmp_path: Path, results: list[str], ends: int, code: int
) -> None:
    """A change that waits for a consent is listed with commit and digest, and is no failure."""
    outcomes = [
        {"address": f"Service/s{n}", "action": "create", "result": result, "message": "left out; x"}
        for n, result in enumerate(results)
    ]
    (tmp_path / "given.json").write_text(json.dumps({"outcomes": outcomes}))
    (tmp_path / ".plan").mkdir()
    (tmp_path / ".plan" / "plan.json").write_text(json.dumps({"digest": "sha256:d"}))
    _program(tmp_path, "reconciler", f'echo "$@" >>asked; cp given.json outcome.json; exit {ends}')
    _program(tmp_path, "python", f'exec {sys.executable} "$@"')
    summary = tmp_path / "summary"
    given = {"COMMIT": "abc", "CLASSES": "", "CONSENTED": "charge prune"}

    ended = _run(_script("apply", "--report"), tmp_path, GITHUB_STEP_SUMMARY=str(summary), **given)

    assert ended.returncode == code, ended
    assert summary.exists() is ("skipped" in results and code == 0)
    if summary.exists():
        assert "`abc`" in summary.read_text()
        assert "`sha256:d`" in summary.read_text()
        assert "- `Service/s1`: create, left out\n" in summary.read_text()
    asked = (tmp_path / "asked").read_text()
    assert asked.rstrip().endswith("--without charge --without prune")


@pytest.mark.parametrize("classes", ["charge", "charge, prune", "prune,charge"])
def test_run_by_hand_allows_exactly_the_classes_that_were_named(
    tmp_path: Path, classes: str
) -> None:
    """All other classes that need a consent are left out."""
    _program(tmp_path, "reconciler", 'echo "$@" >asked')
    named = {each.strip() for each in classes.split(",")}

    _run(
        _script("consent", "--report"), tmp_path, CLASSES=classes, CONSENTED="charge history prune"
    )

    words = (tmp_path / "asked").read_text().split()
    allowed = {after for word, after in pairwise(words) if word == "--allow"}
    left = {after for word, after in pairwise(words) if word == "--without"}
    assert (allowed, left) == (named, {"charge", "history", "prune"} - named)


@pytest.mark.parametrize("digest", ["sha256:other", ""])
def test_run_by_hand_takes_the_approved_plan_alone(tmp_path: Path, digest: str) -> None:
    """Another digest ends the run before anything is applied."""
    (tmp_path / ".plan").mkdir()
    (tmp_path / ".plan" / "plan.json").write_text(json.dumps({"digest": "sha256:d"}))
    _program(tmp_path, "python", f'exec {sys.executable} "$@"')
    script = _script("consent", "DIGEST")

    assert _run(script, tmp_path, DIGEST=digest).returncode == 1
    assert _run(script, tmp_path, DIGEST="sha256:d").returncode == 0
