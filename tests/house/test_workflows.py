"""What GitHub reads from the repository is well formed, and its workflows are sound."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.cli.main import main
from tests.house.source import ROOT, committed_files

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").iterdir())
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("[!c]*.yml"))
# What a form may hold, and what each sort of question needs.
QUESTIONS = {
    "markdown": {"value"},
    "input": {"label"},
    "textarea": {"label"},
    "dropdown": {"label", "options"},
}


def load(path: Path) -> dict[str, Any]:
    """Read a YAML file as plain values; a key that stands twice is an error."""
    document: dict[str, Any] = YAML(typ="safe").load(path)
    return document


def names(path: Path) -> str:
    """Name a file in the report of a run."""
    return path.name


@pytest.mark.parametrize("path", WORKFLOWS, ids=names)
def test_actions_are_pinned_by_commit_and_name_their_version(path: Path) -> None:
    """A tag can be moved, a commit cannot; the comment is what dependabot and people read."""
    uses = re.findall(r"uses: *(.+)", path.read_text(encoding="utf-8"))

    pinned = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert uses
    assert [each for each in uses if not pinned.fullmatch(each)] == []


def test_one_action_has_one_commit_in_all_workflows() -> None:
    """An update that reached only some of the files is noticed, in what `init` writes as well."""
    sources = [path for path in committed_files() if path.suffix in {".py", ".yml", ".yaml"}]
    texts = [path.read_text(encoding="utf-8") for path in sources]
    commits: dict[str, set[str]] = {}
    for action, commit in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40}.*)", "\n".join(texts)):
        commits.setdefault(action, set()).add(commit)

    assert {action: found for action, found in commits.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=names)
def test_each_job_says_what_it_may_do_and_how_long_it_may_take(path: Path) -> None:
    """The token reads at most, unless a job says otherwise; a job that hangs is ended."""
    workflow = load(path)

    assert workflow["permissions"] in ({}, {"contents": "read"})
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 60, name
        assert "write-all" not in str(job.get("permissions")), name


def test_nothing_is_published_without_an_environment() -> None:
    """Who may approve a release is decided there, and no token of the index is kept."""
    jobs = load(GITHUB / "workflows" / "release.yml")["jobs"]
    text = (GITHUB / "workflows" / "release.yml").read_text(encoding="utf-8")

    assert jobs["publish"]["environment"] == "release"
    assert "secrets." not in text
    assert [name for name, job in jobs.items() if "contents: write" in _permits(job)] == [
        "announce"
    ]


@pytest.fixture(params=["github", "gitea"])
def written(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return the workflows that `init` writes, where the checkers of GitHub's look for them."""
    assert main(["init", "--ci", request.param, str(tmp_path)]) == 0
    folder = tmp_path / ".github"
    if request.param == "gitea":
        (tmp_path / ".gitea").rename(folder)
        for file in folder.glob("workflows/*"):
            text = file.read_text(encoding="utf-8")
            # The one finding that is ignored in GitHub's: a syntax that Gitea has not.
            ours = "./.github/actions/reconciler # zizmor: ignore[self-repository]"
            file.write_text(text.replace("./.gitea/actions/reconciler", ours), encoding="utf-8")
    return folder


def test_what_init_writes_passes_the_auditor_of_workflows(written: Path) -> None:
    """A new project starts without a finding; `make lint` asks the same about our own."""
    pedantic = ("--offline", "--quiet", "--no-progress", "--persona", "pedantic")

    assert_passes("zizmor", *pedantic, written)


def test_what_init_writes_passes_the_checker_of_workflows(written: Path) -> None:
    """Expressions, contexts, keys and actions of a new project are right."""
    assert_passes("actionlint", "-shellcheck=", *sorted(written.glob("workflows/*")))


def test_our_own_workflows_pass_the_checker() -> None:
    """What runs for this repository is checked by the same program."""
    assert_passes("actionlint", "-shellcheck=", *WORKFLOWS)


def test_pipeline_of_gitlab_fits_its_schema(tmp_path: Path) -> None:
    """The file of the project, and both documents of the component, whose inputs come first."""
    assert main(["init", "--ci", "gitlab", str(tmp_path)]) == 0
    component = (tmp_path / ".gitlab" / "reconciler.yml").read_text(encoding="utf-8")
    files = [tmp_path / ".gitlab-ci.yml"]
    for number, document in enumerate(component.split("\n---\n")):
        files.append(tmp_path / f"{number}.yml")
        files[-1].write_text(document, encoding="utf-8")

    schema = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    assert_passes("check-jsonschema", *schema, *files)


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("github-actions", "reconciler/templates/github/action.yml"),
        ("github-workflows", "reconciler/templates/github/workflow.yml"),
        ("dependabot", ".github/dependabot.yml"),
    ],
)
def test_files_of_github_fit_their_schemas(schema: str, path: str) -> None:
    """A key with a typing error would be ignored without a word."""
    assert_passes("check-jsonschema", "--builtin-schema", f"vendor.{schema}", ROOT / path)


@pytest.mark.parametrize(
    ("published", "template"),
    [
        (".github/actions/reconciler/action.yml", "github/action.yml"),
        (".github/gitlab/reconciler.yml", "gitlab/component.yml"),
    ],
)
def test_what_others_include_is_what_init_writes(published: str, template: str) -> None:
    """A project that includes the action or the component gets what another has as a copy."""
    written = ROOT / "reconciler" / "templates" / template

    assert (ROOT / published).read_text(encoding="utf-8") == written.read_text(encoding="utf-8")


def test_hooks_for_manifests_run_commands_that_exist(tmp_path: Path) -> None:
    """Both run in a new project and find nothing wrong."""
    hooks = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    assert main(["init", str(tmp_path)]) == 0

    assert [hook["id"] for hook in hooks] == ["validate", "fmt"]
    for hook in hooks:
        program, *words = hook["entry"].split()
        file = "manifests/clients/acme.yaml"
        assert re.search(hook["files"], file)
        named = [] if hook.get("pass_filenames", True) is False else [str(tmp_path / file)]
        assert program == "reconciler"
        assert main([*words, "--project", str(tmp_path / "reconciler.yaml"), *named]) == 0


def test_container_runs_as_nobody_and_holds_no_secret() -> None:
    """Its base is pinned, its user is not root, and versions come from the lock."""
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    taken = next(line for line in lines if line.startswith("RUN sed"))
    pinned = subprocess.run(
        ["sed", "-n", taken.split("'")[1], ROOT / ".ci" / "requirements.lock"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert all(re.fullmatch(r"docker\.io/library/python:3\.\d+\.\d+-slim-\w+", b) for b in bases)
    assert "USER 10001:10001" in lines
    assert not [line for line in lines if line.startswith("ARG") or "PASSWORD" in line]
    assert re.search(r"^pydantic==\d", pinned, re.MULTILINE)
    assert "\\" not in pinned


def assert_passes(program: str, *words: str | Path) -> None:
    """Run a checker of the environment, which finds nothing."""
    checked = subprocess.run(
        [Path(sys.executable).parent / program, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", FORMS, ids=names)
def test_issue_form_is_one_that_github_shows(path: Path) -> None:
    """A form with a mistake is not shown at all, without a message."""
    form = load(path)
    questions = [each for each in form["body"] if each["type"] != "markdown"]
    identities = [each["id"] for each in questions]

    assert {"name", "description", "body"} <= form.keys()
    assert len(set(identities)) == len(identities) >= 1
    for each in form["body"]:
        assert each.keys() <= {"type", "id", "attributes", "validations"}
        assert QUESTIONS[each["type"]] <= each["attributes"].keys()
    for label in (each["attributes"]["label"] for each in questions):
        assert label.strip() == label


@pytest.mark.parametrize("name", ["ISSUE_TEMPLATE/config.yml"])
def test_settings_are_yaml(name: str) -> None:
    """GitHub ignores a file that it cannot read."""
    assert load(GITHUB / name)


def test_hooks_run_the_tools_of_the_environment() -> None:
    """What a hook checks is what `make lint` checks, with the same versions."""
    hooks = load(ROOT / ".pre-commit-config.yaml")["repos"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert [each["repo"] for each in hooks] == ["local"]
    for hook in hooks[0]["hooks"]:
        tool, _, _ = hook["entry"].removeprefix(".venv/bin/").partition(" ")
        assert f"$(BIN)/{tool} " in makefile, hook["id"]


def _permits(job: dict[str, Any]) -> str:
    return " ".join(f"{what}: {how}" for what, how in job.get("permissions", {}).items())
