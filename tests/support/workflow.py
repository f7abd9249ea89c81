"""A small runner of the workflows that `init` writes, on this machine.

Each job gets a folder of its own and its steps one by one. A script runs in bash as it stands in
the workflow, with the environment of its step and the secrets of its job's environment alone. The
actions are stand-ins: a checkout is a clone of a bare repository, an artifact is kept by the forge
stand-in, an action of the repository is read from the checkout and its steps are run.

Invariant: an expression that is not understood is an error, and never false.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BIN = Path(sys.executable).parent
PERSON = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Maria"), ("EMAIL", "maria@acme.example"))
}
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}", re.DOTALL)
_TOKEN = re.compile(r"'(?:[^']|'')*'|&&|\|\||==|!=|>|[()!,]|[A-Za-z_][\w.-]*|\d+|\s+")
_SIGNS = {"&&": " and ", "||": " or ", "!": " not ", "==": "==", "!=": "!=", ">": ">"}
_BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]


@dataclass(frozen=True)
class Event:
    """What started a workflow: its name, the branch, and what GitHub says of it."""

    name: str
    ref: str
    sha: str
    head_repository: str = "acme/billing"
    pull: int = 0
    head_sha: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the event as the runner writes it into a file."""
        payload: dict[str, Any] = {"repository": {"default_branch": "main"}}
        if self.pull:
            head = {"sha": self.head_sha, "repo": {"full_name": self.head_repository}}
            payload["pull_request"] = {"number": self.pull, "head": head}
        return payload


@dataclass(frozen=True)
class JobEnd:
    """How a job ended: the exit code of its first step that failed, and what was printed."""

    code: int
    out: str
    environment: str = ""
    summary: str = ""


@dataclass
class PipelineRunner:
    """What runs the jobs of one pipeline, each in a folder of its own.

    ``secrets`` are those of each environment, by its name, ``variables`` are what the server sets,
    and ``keep`` takes an artifact by its name.
    """

    repository: Path
    folder: Path
    secrets: Mapping[str, Mapping[str, str]]
    variables: Mapping[str, str]
    keep: Callable[[str, bytes], None]
    runs: int = field(default=0, init=False)


class WorkflowRunner(PipelineRunner):
    """Runs one workflow of GitHub or Gitea."""

    _env: Mapping[str, str] = MappingProxyType({})

    def run(self, text: str, event: Event) -> dict[str, JobEnd]:
        """Run the jobs of a workflow that an event asks for, and return how each ended."""
        ended: dict[str, JobEnd] = {}
        workflow = YAML(typ="safe").load(text)
        assert event.name in workflow["on"], event.name
        self._env = workflow["env"]
        for name, job in workflow["jobs"].items():
            needs = [job["needs"]] if "needs" in job else []
            if any(each not in ended or ended[each].code for each in needs):
                continue
            scope = self._scope(event, {})
            if "if" in job and not evaluate(job["if"], scope):
                continue
            self.runs += 1
            ended[name] = self._job(job, event, self.folder / f"{self.runs}-{name}")
        return ended

    def _scope(self, event: Event, more: Mapping[str, object]) -> dict[str, object]:
        github = {
            "event_name": event.name,
            "ref": event.ref,
            "ref_name": event.ref.split("/", 2)[2],
            "ref_type": "tag" if event.ref.startswith("refs/tags/") else "branch",
            "sha": event.sha,
            "repository": "acme/billing",
            "run_id": str(self.runs),
            "token": next(v for k, v in self.variables.items() if k.endswith("_TOKEN")),
            "event": event.payload(),
        }
        return {
            "github": github,
            "inputs": dict(event.inputs),
            "env": self._env,
            **more,
        }

    def _job(self, job: Mapping[str, Any], event: Event, folder: Path) -> JobEnd:
        place = str(fill(job.get("environment", ""), self._scope(event, {})))
        work, files = folder / "work", folder / "files"
        for each in (work, files):
            each.mkdir(parents=True)
        run = _JobRun(self, event, work, files, self.secrets.get(place, {}))
        run.env = run.filled({**self._env, **job.get("env", {})})
        run.steps(job["steps"])
        summary = files / "summary"
        told = summary.read_text(encoding="utf-8") if summary.exists() else ""
        return JobEnd(run.code, run.out, place, told)


class _JobRun:
    """One job while it runs."""

    def __init__(
        self,
        runner: WorkflowRunner,
        event: Event,
        work: Path,
        files: Path,
        secrets: Mapping[str, str],
    ) -> None:
        self.runner, self.event, self.work, self.files = runner, event, work, files
        self.secrets = secrets
        self.env: Mapping[str, str] = {}
        self.code = 0
        self.out = ""
        self.outputs: dict[str, Any] = {}

    def filled(
        self, values: Mapping[str, Any], inputs: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Return values with their expressions computed."""
        scope = self.scope(inputs)
        return {name: str(fill(value, scope)) for name, value in values.items()}

    def scope(self, inputs: Mapping[str, str] | None = None) -> dict[str, object]:
        """Return what expressions of a step may name."""
        more: dict[str, object] = {"secrets": self.secrets, "steps": self.outputs}
        if inputs is not None:
            more["inputs"] = inputs
        more |= {
            "success()": self.code == 0,
            "failure()": self.code != 0,
            "always()": True,
        }
        return self.runner._scope(self.event, more)  # noqa: SLF001 - one thing in two classes

    def steps(self, steps: Any, inputs: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - YAML
        """Run steps; one that failed ends those that do not ask to run all the same."""
        for step in steps:
            scope = self.scope(inputs)
            wanted = str(step.get("if", "success()"))
            if not re.search(r"(success|failure|always)\(\)", wanted):
                wanted = f"success() && ({wanted})"
            if not evaluate(wanted, scope):
                continue
            if "run" in step:
                code = self._script(step, inputs)
            else:
                code = self._action(step, self.filled(step.get("with", {}), inputs))
            self.code = self.code or code

    def _script(self, step: Mapping[str, Any], inputs: Mapping[str, str] | None) -> int:
        assert "${{" not in step["run"]
        output = self.files / "output"
        output.write_text("", encoding="utf-8")
        event = self.files / "event.json"
        event.write_text(json.dumps(self.event.payload()), encoding="utf-8")
        known = {
            "PATH": f"{installed_tools(self.files)}:{os.environ['PATH']}",
            "HOME": str(self.files),
            "LANG": "C.UTF-8",
            **{k: v for k, v in self.runner.variables.items() if not k.endswith("_TOKEN")},
            "GITHUB_EVENT_NAME": self.event.name,
            "GITHUB_REF": self.event.ref,
            "GITHUB_SHA": self.event.sha,
            "GITHUB_BASE_REF": "main" if self.event.pull else "",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.files / "summary"),
            **self.env,
            **self.filled(step.get("env", {}), inputs),
        }
        ended = subprocess.run(
            [*_BASH, step["run"]],
            cwd=self.work / step.get("working-directory", "."),
            env=known,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.out += ended.stdout
        pairs = (line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
        self.outputs[step.get("id", "")] = {"outputs": dict(pairs)}
        return ended.returncode

    def _action(self, step: Mapping[str, Any], given: Mapping[str, str]) -> int:
        uses = str(step["uses"]).partition("@")[0]
        if uses.startswith("./"):
            file = self.work / uses / "action.yml"
            action = YAML(typ="safe").load(file)
            inputs = {name: str(of.get("default", "")) for name, of in action["inputs"].items()}
            self.steps(action["runs"]["steps"], {**inputs, **given})
        elif uses == "actions/checkout":
            self._check_out(given.get("ref", ""), self.work / given.get("path", "."))
        elif uses == "actions/upload-artifact":
            assert given["if-no-files-found"] == "error"
            file = self.work / given["path"]
            if not file.exists():
                return 1
            self.runner.keep(given["name"], file.read_bytes())
        else:
            assert uses == "actions/setup-python", uses
        return 0

    def _check_out(self, ref: str, place: Path) -> None:
        """Clone the repository; a pull request is merged into its branch, as GitHub does."""
        git("clone", "--quiet", str(self.runner.repository), str(place))
        if ref:
            git("checkout", "--quiet", ref, at=place)
        elif self.event.pull:
            git("checkout", "--quiet", "--detach", "origin/main", at=place)
            git("merge", "--quiet", "--no-ff", "--no-edit", self.event.head_sha, at=place)
        else:
            git("checkout", "--quiet", "--detach", self.event.sha, at=place)


def installed_tools(folder: Path) -> Path:
    """Return a folder with the package that `pip install` would bring."""
    tools = folder / "bin"
    if not tools.exists():
        tools.mkdir()
        (tools / "reconciler").symlink_to(BIN / "reconciler")
        python = tools / "python"
        python.write_text('#!/bin/sh\necho "$@"\n')
        python.chmod(0o755)
    return tools


def git(*words: str, at: Path | None = None) -> str:
    """Run git as a person of these tests, and return what it prints."""
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ended = subprocess.run(
        ["git", *words],
        cwd=at,
        env={**known, **PERSON, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def fill(value: Any, scope: Mapping[str, object]) -> Any:  # noqa: ANN401 - as YAML has it
    """Return a value with its expressions computed."""
    if not isinstance(value, str):
        return value
    return _EXPRESSION.sub(lambda found: str(evaluate(found[1], scope) or ""), value)


def evaluate(expression: str, scope: Mapping[str, object]) -> object:
    """Compute an expression of a workflow; what is not there is empty."""
    tokens = _TOKEN.findall(expression)
    assert "".join(tokens) == expression, expression
    words = []
    for token in tokens:
        if token[0].isalpha():
            words.append(repr(_looked_up(token, scope)))
        elif token[0] == "'":
            words.append(repr(token[1:-1]))
        else:
            words.append(_SIGNS.get(token, token))
    text = "".join(words)
    for called in ("success()", "failure()", "always()"):
        text = text.replace(f"{called[:-2]!r}()", repr(scope.get(called)))
    if re.search(r"> \d", text):  # outputs are texts, and are compared as numbers
        text = re.sub(r"'(\d*)'( > )", lambda found: f"{found[1] or 0}{found[2]}", text)
    found: object = eval(text.strip().replace("\n", " "), {"__builtins__": {}})  # noqa: S307 - our own templates
    return found


def _looked_up(name: str, scope: Mapping[str, object]) -> object:
    if name in {"success", "failure", "always"}:
        return name
    found: object = scope
    for part in name.split("."):
        found = found.get(part, "") if isinstance(found, dict) else ""
    return found
