"""The files for Kubernetes and compose are well formed, restricted, and hold commands that run."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from reconciler.cli.parser import parse
from reconciler.project.load import load_project
from reconciler.sandbox import ADMIN, PASSPHRASE
from tests.house.source import ROOT
from tests.support.command_line import new_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = ROOT / ".github" / "kubernetes"
COMPOSE = FOLDER / "compose.yaml"
MANIFESTS = sorted(path for path in FOLDER.iterdir() if path != COMPOSE)
# The oldest version with a backoff limit for each index, and the newest that is known.
VERSIONS = ("1.33", kubernetes_validate.latest_version())
INDEX = "$(JOB_COMPLETION_INDEX)"
SECRETS = {"BILLMANAGER_USER", "BILLMANAGER_PASSWORD", "PGPASSWORD", "RECONCILER_PLAN_KEY"}


def documents(path: Path) -> list[dict[str, Any]]:
    """Return the documents of a file; a key that stands twice is an error."""
    return list(YAML(typ="safe").load_all(path))


def objects() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return every object of every file, with the name of its file."""
    for path in MANIFESTS:
        yield from ((path.name, each) for each in documents(path))


def jobs() -> dict[str, dict[str, Any]]:
    """Return the spec of the job of each file that has one."""
    found = {}
    for name, each in objects():
        if each["kind"] == "Job":
            found[name] = each["spec"]
        elif each["kind"] == "CronJob":
            found[name] = each["spec"]["jobTemplate"]["spec"]
    return found


JOBS = jobs()


def container(name: str) -> dict[str, Any]:
    """Return the one container of a job."""
    (found,) = JOBS[name]["template"]["spec"]["containers"]
    return dict(found)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_fits_the_schemas_of_kubernetes(version: str) -> None:
    """No key is unknown, and no value is of another shape."""
    checked = [kubernetes_validate.validate(each, version, strict=True) for _, each in objects()]
    assert len(checked) == len(list(objects())) > len(MANIFESTS)


def test_an_unknown_key_would_be_found() -> None:
    """The check can fail."""
    job = next(each for _, each in objects() if each["kind"] == "Job")
    job["spec"]["completion"] = 8
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("name", JOBS)
def test_pods_have_no_more_rights_than_they_need(name: str) -> None:
    """The pods pass the level "restricted" of Kubernetes, and their root file system only reads."""
    pod, only = JOBS[name]["template"]["spec"], container(name)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["restartPolicy"] == "Never"
    assert only["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert only["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in only["resources"]["limits"]
    kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {"configMap", "emptyDir", "persistentVolumeClaim"}
    assert {each["name"] for each in only["volumeMounts"]} == {
        each["name"] for each in pod["volumes"]
    }


@pytest.mark.parametrize("name", JOBS)
def test_credentials_come_from_a_secret_by_reference(name: str) -> None:
    """No file holds a value of them."""
    env = container(name)["env"]
    assert {each["name"] for each in env} <= SECRETS
    assert [each for each in env if "secretKeyRef" not in each.get("valueFrom", {})] == []
    assert all(each["kind"] != "Secret" for _, each in objects())


@pytest.mark.parametrize("name", JOBS)
def test_commands_are_those_of_the_program(name: str) -> None:
    """Every option exists, and the key of plans is there where a command asks for it."""
    words = [word.replace(INDEX, "0") for word in container(name)["args"]]
    args = parse(words)
    assert args.target == "prod"
    given = {each["name"] for each in container(name)["env"]}
    if key := getattr(args, "sign_key_env", None):
        assert key in given
    assert ("BILLMANAGER_USER" in given) == (args.command != "plan" or not args.words)


def test_each_shard_has_one_pod() -> None:
    """The number of shards is that of the pods, and the merge takes the files of all."""
    count = JOBS["plan.yaml"]["completions"]
    shard = parse([word.replace(INDEX, "0") for word in container("plan.yaml")["args"]])
    merge = parse(container("merge.yaml")["args"])
    assert shard.shard == f"0/{count}"
    written = [shard.out.replace("shard-0", f"shard-{index}") for index in range(count)]
    assert merge.words == ["merge", *written]
    apply = parse([word.replace(INDEX, "0") for word in container("apply.yaml")["args"]])
    assert (apply.plan, apply.whole) == (shard.out, merge.out)
    assert apply.require_signature
    for name in ("plan.yaml", "apply.yaml"):
        assert JOBS[name]["completionMode"] == "Indexed"
        assert JOBS[name]["completions"] == count
    # Shards may meet at what they share.
    assert JOBS["apply.yaml"]["parallelism"] == 1 or apply.lock_timeout


def test_a_pod_is_begun_again_only_where_that_helps() -> None:
    """What was refused or is in doubt is for a person; a held lock is waited for."""
    rules = JOBS["apply.yaml"]["podFailurePolicy"]["rules"]
    failing = next(each for each in rules if each["action"] == "FailIndex")
    assert failing["onExitCodes"]["operator"] == "NotIn"
    assert failing["onExitCodes"]["values"] == [9]
    drift = JOBS["drift.yaml"]["podFailurePolicy"]["rules"]
    assert [each["onExitCodes"]["values"] for each in drift] == [[2]]


def test_the_project_file_names_postgresql_and_no_password(tmp_path: Path) -> None:
    """The file in the config map is a project file; the password comes from the environment."""
    (held,) = (each for _, each in objects() if each["kind"] == "ConfigMap")
    (tmp_path / "reconciler.yaml").write_text(held["data"]["reconciler.yaml"], encoding="utf-8")
    project = load_project(tmp_path / "reconciler.yaml", {})
    assert project.state.url == "postgresql://reconciler@postgres.billing.svc/reconciler"
    assert list(project.targets) == ["prod"]


def test_the_jobs_play_the_whole_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Plan, merge, apply and drift, as the files have them, converge on the embedded panel."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BILLMANAGER_USER", ADMIN)
    monkeypatch.setenv("BILLMANAGER_PASSWORD", PASSPHRASE)
    monkeypatch.setenv("RECONCILER_PLAN_KEY", "a long text that signs the plans")
    project = new_project(tmp_path, capsys)
    project.edit("reconciler.yaml", "https://billing.example.com/billmgr", "sandbox:p.sqlite3")
    (tmp_path / "plans").mkdir()
    for name in ("plan.yaml", "merge.yaml", "apply.yaml", "drift.yaml"):
        for index in range(JOBS[name].get("completions", 1)):
            words = [
                word.replace(INDEX, str(index)).replace("/plans/", "plans/")
                for word in container(name)["args"]
            ]
            project.run(*words)
    project.run("plan", "--target", "prod", "--detailed-exitcode")


def test_the_compose_file_fits_the_compose_specification() -> None:
    """The schema is the one that check-jsonschema has in its package."""
    vendored = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(vendored.read_text(encoding="utf-8"))
    (compose,) = documents(COMPOSE)
    check = jsonschema.validators.validator_for(schema)(schema)
    assert list(check.iter_errors(compose)) == []
    compose["services"]["panel"]["imagee"] = "x"
    assert list(check.iter_errors(compose))


def test_the_compose_file_holds_no_credentials_and_a_command_of_ours() -> None:
    """Passwords come from the environment; the containers of ours have no rights."""
    (compose,) = documents(COMPOSE)
    services = compose["services"]
    assert services.keys() == {"panel", "postgres", "reconciler"}
    assert parse(services["panel"]["command"]).subcommand == "serve"
    for name in ("panel", "reconciler"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["user"] == "10001:10001"
    values = [
        value
        for each in services.values()
        for key, value in each.get("environment", {}).items()
        if "PASS" in key
    ]
    assert values
    assert [value for value in values if not value.startswith("${")] == []
