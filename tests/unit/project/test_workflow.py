"""The pipelines of a new project are whole, and keep secrets from what nobody reviewed."""

from __future__ import annotations

import re
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from reconciler.kinds.catalogue import discover
from reconciler.planning.guards import CONSENTED
from reconciler.project.init_files import init_files
from tests.support.gitlab_pipeline import is_met

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GITHUB = init_files(discover(), "acme")
GITEA = init_files(discover(), "acme", "gitea")
GITLAB = init_files(discover(), "acme", "gitlab")
WORKFLOWS = {
    "github": GITHUB[".github/workflows/reconciler.yml"],
    "gitea": GITEA[".gitea/workflows/reconciler.yml"],
}
ACTION = GITHUB[".github/actions/reconciler/action.yml"]
COMPONENT = GITLAB[".gitlab/reconciler.yml"]
TEXTS = {**WORKFLOWS, "action": ACTION, "gitlab": COMPONENT, "ci": GITLAB[".gitlab-ci.yml"]}
PLAN_AGAIN = re.compile(r"reconciler (--target prod )?plan\b")


def load(text: str) -> dict[str, Any]:
    """Return the last document of a YAML text; GitLab's references are their own text."""
    reader = YAML(typ="safe")
    reader.constructor.add_constructor("!reference", lambda _, node: ["!reference", node.id])
    documents = list(reader.load_all(text))
    last: dict[str, Any] = documents[-1]
    return last


def steps_of(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the steps of a workflow, each with the name of its job."""
    for name, job in load(text)["jobs"].items():
        yield from ((name, step) for step in job["steps"])


def scripts_of(name: str) -> list[str]:
    """Return all scripts of a template."""
    document = load(TEXTS[name])
    if name == "action":
        return [step["run"] for step in document["runs"]["steps"] if "run" in step]
    if name in WORKFLOWS:
        return [step["run"] for _, step in steps_of(TEXTS[name]) if "run" in step]
    return [
        line
        for job in document.values()
        for key in ("before_script", "script", "after_script")
        for line in job.get(key, ())
        if isinstance(job, dict) and isinstance(line, str)
    ]


SCRIPTS = [
    (name, script)
    for name in ("github", "gitea", "action", "gitlab")
    for script in dict.fromkeys(scripts_of(name))
]


@pytest.mark.parametrize(("name", "script"), SCRIPTS)
def test_scripts_are_whole_and_hold_no_value_of_an_event(name: str, script: str) -> None:
    """Bash can read each of them, no line is torn, and nothing is pasted into code."""
    checked = subprocess.run(
        ["bash", "-n"], input=script, text=True, capture_output=True, check=False
    )

    assert (checked.returncode, checked.stderr) == (0, ""), name
    assert "${{" not in script
    assert "$[[" not in script
    assert not re.search(r"\S {4,}\S", script), "a line that lost its end"


@pytest.mark.parametrize("name", TEXTS)
def test_lines_are_short_and_no_placeholder_is_left(name: str) -> None:
    """What `init` writes is read and changed by people."""
    assert max(map(len, TEXTS[name].splitlines())) <= 101
    assert "__" not in TEXTS[name].replace("__pycache__", "")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_and_no_event_gives_secrets_to_a_fork(name: str) -> None:
    """Actions are pinned to a commit; a job with secrets runs for reviewed or own code alone."""
    text = WORKFLOWS[name]
    jobs = load(text)["jobs"]
    uses = [step["uses"] for _, step in steps_of(text) if "uses" in step]
    pinned = re.compile(r"[a-z/-]+@[0-9a-f]{40}|\./\.git(hub|ea)/actions/reconciler")

    assert uses
    assert [each for each in uses if not pinned.fullmatch(each)] == []
    assert "pull_request_target" not in text
    with_secrets = {name for name, step in steps_of(text) if "secrets." in str(step)}
    assert with_secrets == {"plan", "apply", "drift"}
    assert "head.repo.full_name == github.repository" in jobs["plan"]["if"]
    default = (
        "github.ref_type == 'branch' && github.ref_name == github.event.repository.default_branch"
    )
    assert default in jobs["apply"]["if"]
    assert "pull_request" not in jobs["apply"]["if"]
    assert jobs["drift"]["if"] == "github.event_name == 'schedule'"


def test_secrets_stand_behind_environments() -> None:
    """What a merge does by itself and what a person consents to have secrets of their own."""
    jobs = load(WORKFLOWS["github"])["jobs"]

    assert {name: job.get("environment") for name, job in jobs.items()} == {
        "validate": None,
        "plan": "billing-plan",
        "apply": "${{ github.event_name == 'push' && 'billing-apply' || 'billing-consent' }}",
        "drift": "billing-plan",
    }


@pytest.mark.parametrize("name", WORKFLOWS)
def test_jobs_may_do_only_what_they_need(name: str) -> None:
    """Only the comment, the issue and the state are written."""
    workflow = load(WORKFLOWS[name])
    written = {
        job: [scope for scope, how in of.get("permissions", {}).items() if how == "write"]
        for job, of in workflow["jobs"].items()
    }

    assert workflow["permissions"] == {"contents": "read"}
    assert written == {
        "validate": [],
        "plan": ["pull-requests"],
        "apply": ["contents"],
        "drift": ["issues"],
    }


@pytest.mark.parametrize("name", WORKFLOWS)
def test_an_apply_is_never_cancelled_and_never_plans(name: str) -> None:
    """It takes the plan that was saved and signed, or nothing."""
    job = load(WORKFLOWS[name])["jobs"]["apply"]
    scripts = " ".join(step["run"] for step in job["steps"] if "run" in step)

    assert job["concurrency"]["cancel-in-progress"] is False
    assert "--require-signature --sign-key-env RECONCILER_PLAN_KEY" in scripts
    assert 'fetch-plan "$COMMIT" --out approvals/plan.json' in scripts
    assert not PLAN_AGAIN.search(scripts)


def test_gitlab_applies_one_after_the_other_and_never_plans_for_it() -> None:
    """A group of resources makes applies wait, and none of them is interruptible."""
    component = load(COMPONENT)
    apply = component[".reconciler-apply"]

    assert apply["resource_group"] == "billing-apply"
    assert apply["interruptible"] is False
    assert "--require-signature" in str(apply["script"])
    assert not PLAN_AGAIN.search(str(apply["script"]))
    assert {
        name: job["environment"]["name"] for name, job in component.items() if "environment" in job
    } == {
        "billing-plan": "billing-plan",
        "billing-apply": "billing-apply",
        "billing-consent": "billing-consent",
        "billing-drift": "billing-plan",
    }
    assert "SOURCE_PROJECT_ID == $CI_PROJECT_ID" in str(component["billing-plan"]["rules"])


def test_merge_into_the_default_branch_is_applied_though_it_is_proposed_elsewhere() -> None:
    """Anybody can open a merge request from the default branch, which must not stop applies."""
    (rule, rest) = load(TEXTS["ci"])["workflow"]["rules"]
    event = {"CI_PIPELINE_SOURCE": "push", "CI_DEFAULT_BRANCH": "trunk"}
    event |= {"CI_OPEN_MERGE_REQUESTS": "acme/billing!3"}

    assert (rule["when"], rest) == ("never", {"when": "always"})
    assert is_met(rule["if"], {**event, "CI_COMMIT_BRANCH": "change"})
    assert not is_met(rule["if"], {**event, "CI_COMMIT_BRANCH": "trunk"})


def test_variables_of_a_push_give_no_consent_on_gitlab() -> None:
    """What a merge applies is set in its script, where a push option cannot replace it."""
    apply = load(COMPONENT)["billing-apply"]

    assert "variables" not in apply
    assert apply["before_script"][0] == 'COMMIT=$(git rev-parse HEAD) DIGEST="" CLASSES=""'


@pytest.mark.parametrize("name", WORKFLOWS)
@pytest.mark.parametrize("event", ["push", "workflow_dispatch"])
def test_run_by_hand_names_a_digest(tmp_path: Path, name: str, event: str) -> None:
    """Only a merge, which has no consent, applies the plan without one."""
    script = next(each for each in scripts_of(name) if "--is-ancestor" in each)
    _program(tmp_path, "git", "exit 0")
    known = {"GITHUB_EVENT_NAME": event, "COMMIT": "a" * 40}

    assert _run(script, tmp_path, **known, DIGEST="").returncode == (event != "push")
    assert _run(script, tmp_path, **known, DIGEST="sha256:1").returncode == 0


@pytest.mark.parametrize("name", WORKFLOWS)
def test_action_of_an_older_commit_never_runs_with_the_secrets_of_the_apply(name: str) -> None:
    """A state in the middle of a pull request was read by nobody; its manifests are data alone."""
    steps = load(WORKFLOWS[name])["jobs"]["apply"]["steps"]
    action = next(n for n, step in enumerate(steps) if "uses" in step and "./." in step["uses"])
    checkout = next(n for n, step in enumerate(steps) if "--is-ancestor" in step.get("run", ""))

    assert action < checkout


@pytest.mark.parametrize("name", ["action", "gitlab"])
def test_missing_package_is_named(tmp_path: Path, name: str) -> None:
    """Nothing is installed by an empty name, and the message says where the name goes."""
    script = "\n".join(each for each in scripts_of(name) if "REQUIREMENT" in each)

    ended = _run(script, tmp_path, REQUIREMENT="")

    assert ended.returncode == 1
    assert "write the package" in ended.stdout


@pytest.mark.parametrize("name", WORKFLOWS)
def test_pull_request_of_a_fork_is_validated_without_variables(name: str) -> None:
    """A server gives it neither secrets nor variables of the repository."""
    assert "vars." not in WORKFLOWS[name]
    assert load(WORKFLOWS[name])["env"] == {
        "RECONCILER_REQUIREMENT": "",
        "RECONCILER_STATE": "git:refs/heads/reconciler-state",
    }


@pytest.mark.parametrize("name", WORKFLOWS)
def test_each_step_that_needs_the_state_can_reach_it(name: str) -> None:
    """A run that knows nothing of the runs before it could charge again."""
    jobs = load(WORKFLOWS[name])["jobs"]
    asking = {
        job: step
        for job, step in steps_of(WORKFLOWS[name])
        if "BILLMANAGER_USER" in step.get("env", {})
    }

    assert set(asking) == {"plan", "apply", "drift"}
    assert all("RECONCILER_STATE_TOKEN" in step["env"] for step in asking.values())
    writers = {job for job, each in jobs.items() if _permission(each, "contents") == "write"}
    assert name != "github" or writers == {"apply"}
    assert "--take-over --lock-timeout 30m" in " ".join(asking["apply"]["run"].split())


def _permission(job: dict[str, Any], name: str) -> str:
    found: str = job.get("permissions", {}).get(name, "")
    return found


def test_plan_of_a_job_that_runs_again_replaces_the_first() -> None:
    """The upload would fail otherwise, because the run has an artifact of that name already."""
    steps = load(WORKFLOWS["github"])["jobs"]["plan"]["steps"]
    kept = next(s["with"] for s in steps if s.get("uses", "").startswith("actions/upload-artifact"))

    assert kept["overwrite"] is True


@pytest.mark.parametrize("name", WORKFLOWS)
def test_classes_that_need_a_consent_are_named_where_people_read(name: str) -> None:
    """The comment at the top lists what a merge leaves out."""
    assert f"#   {' '.join(sorted(CONSENTED))}\n" in WORKFLOWS[name]
    assert "--allow " not in WORKFLOWS[name]


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
@pytest.mark.parametrize("name", ["action", "gitlab"])
def test_policies_bring_what_they_need(
    tmp_path: Path, requirement: str, with_policies: str, name: str
) -> None:
    """With a folder of policies the extra is installed, and without one it is not."""
    _program(tmp_path, "python", 'printf "%s\\n" "${@: -1}"')
    script = "\n".join(s for s in scripts_of(name) if "REQUIREMENT" in s)

    plain = _run(script, tmp_path, REQUIREMENT=requirement)
    (tmp_path / "policies").mkdir()
    extra = _run(script, tmp_path, REQUIREMENT=requirement)

    assert (plain.stdout, extra.stdout) == (f"{requirement}\n", f"{with_policies}\n")


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
