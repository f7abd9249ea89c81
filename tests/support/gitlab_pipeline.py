"""A small runner of the GitLab pipeline that `init` writes, on this machine.

A job gets a clone of a bare repository, the variables of its environment alone, and its scripts run
in bash as they stand in the component; what it keeps goes to the forge stand-in.

Invariant: a rule that is not understood is an error, and never false.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from tests.support.workflow import JobEnd, PipelineRunner, git, installed_tools

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_INPUT = re.compile(r"\$\[\[ inputs\.(\w+) \]\]")
_RULE = re.compile(r"\$(\w+)|(\"[^\"]*\")|/([^/]+)/|(==|!=|=~|&&|\|\||\s+)")
_BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]


class _Reference(list[str]):
    """The path of a value of another job."""


class GitLabRunner(PipelineRunner):
    """Runs the jobs of a component."""

    def run(self, component: str, commit: str, **event: str) -> dict[str, JobEnd]:
        """Run the jobs that the variables of an event ask for, and return how each ended."""
        known = {
            **self.variables,
            "CI_COMMIT_SHA": commit,
            "CI_DEFAULT_BRANCH": "main",
            "CI_PROJECT_ID": "7",
            "CI_PROJECT_PATH": self.repository.stem,
            "CI_REPOSITORY_URL": str(self.repository),
            "CI_SERVER_URL": f"file://{self.repository.parent}",
            **event,
        }
        ended: dict[str, JobEnd] = {}
        for name, job in jobs_of(component).items():
            if name.startswith(".") or not any(is_met(rule["if"], known) for rule in job["rules"]):
                continue
            if any(each.code for each in ended.values()):
                break  # a stage that failed ends the pipeline
            self.runs += 1
            ended[name] = self._job(name, job, known, self.folder / f"{self.runs}-{name}")
        return ended

    def _job(
        self, name: str, job: Mapping[str, Any], known: Mapping[str, str], folder: Path
    ) -> JobEnd:
        work = folder / "work"
        work.mkdir(parents=True)
        git("clone", "--quiet", str(self.repository), str(work))
        git("checkout", "--quiet", "--detach", known["CI_COMMIT_SHA"], at=work)
        place = job.get("environment", {}).get("name", "")
        env = {
            "PATH": f"{installed_tools(folder)}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "RECONCILER_REQUIREMENT": "reconciler==0",
            **{name: value for name, value in known.items() if not name.endswith("_TOKEN")},
            **self.secrets.get(place, {}),
        }
        for variable, value in job.get("variables", {}).items():
            env[variable] = re.sub(r"^\$(\w+)$", lambda found: env.get(found[1], ""), str(value))
        code, out = self._script([*job.get("before_script", []), *job["script"]], work, env)
        _, more = self._script(job.get("after_script", []), work, env)
        for path in job.get("artifacts", {}).get("paths", []):
            if (work / path).exists():
                self.keep(known["CI_COMMIT_SHA"], (work / path).read_bytes())
        return JobEnd(code, out + more, place)

    def _script(self, lines: list[str], work: Path, env: Mapping[str, str]) -> tuple[int, str]:
        ended = subprocess.run(
            [*_BASH, "\n".join(lines)],
            cwd=work,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout


def jobs_of(component: str) -> dict[str, Any]:
    """Return the jobs of a component, with its inputs, extensions and references filled in."""
    reader = YAML(typ="safe")
    reader.constructor.add_constructor(
        "!reference", lambda loader, node: _Reference(loader.construct_sequence(node))
    )
    head, _, body = component.partition("\n---\n")
    inputs = {name: of["default"] for name, of in reader.load(head)["spec"]["inputs"].items()}
    raw = reader.load(_INPUT.sub(lambda found: str(inputs[found[1]]), body))
    jobs = {name: _extended(job, raw) for name, job in raw.items()}
    for job in jobs.values():
        for key in ("before_script", "script", "after_script"):
            if key in job:
                job[key] = [line for each in job[key] for line in _lines(each, jobs)]
    return jobs


def _extended(job: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    base = _extended(raw[job["extends"]], raw) if "extends" in job else {}
    own = {key: value for key, value in job.items() if key != "extends"}
    merged = {
        key: {**base[key], **value} if isinstance(value, dict) and key in base else value
        for key, value in own.items()
    }
    return {**base, **merged}


def _lines(line: str | _Reference, jobs: Mapping[str, Any]) -> list[str]:
    if isinstance(line, _Reference):
        name, key = line
        return [more for each in jobs[name][key] for more in _lines(each, jobs)]
    return [line]


def is_met(rule: str, variables: Mapping[str, str]) -> bool:
    """Return whether the condition of a rule holds."""
    assert _RULE.sub("", rule).strip() == "", rule
    words = []
    for variable, text, pattern, sign in _RULE.findall(rule):
        if variable:
            words.append(repr(variables.get(variable, "")))
        elif pattern:
            words.append(f"re.search({pattern!r}, value)")
        else:
            words.append(text or {"&&": " and ", "||": " or "}.get(sign, sign))
    found = "".join(words).replace("\n", " ")
    found = re.sub(r"('[^']*')\s*=~\s*re\.search\(([^,]+), value\)", r"re.search(\2, \1)", found)
    return bool(eval(found.strip(), {"re": re, "__builtins__": {}}))  # noqa: S307 - our own template
