"""The jobs for shards, which the pipelines of a new project hold as comments, work when used."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from reconciler.cli.parser import parse
from reconciler.kinds.catalogue import discover
from reconciler.project.init_files import init_files

GITHUB = init_files(discover(), "acme")[".github/workflows/reconciler.yml"]
GITLAB = init_files(discover(), "acme", "gitlab")[".gitlab/reconciler.yml"]
PLAN_STEP = re.compile(r"      - name: Plan\n.*?(?=      # Two steps)", re.DOTALL)


def uncommented(text: str, first: str) -> str:
    """Return a text in which the block of comments that begins with a line is no comment."""
    head, sign, rest = text.partition(f"# {first}")
    assert sign
    block, gap, tail = rest.partition("\n\n")
    if "\n      # A plan" in block:
        block, gap, tail = (*rest.partition("\n      # A plan"),)
    lines = [re.sub(r"^( *)# ?", r"\1", line) for line in block.splitlines()]
    return f"{head}{first}" + "\n".join(lines) + gap + tail


def load(text: str) -> dict[str, Any]:
    """Return the last document of a YAML text."""
    reader = YAML(typ="safe")
    reader.constructor.add_constructor("!reference", lambda _, node: ["!reference", node.id])
    found: dict[str, Any] = list(reader.load_all(text))[-1]
    return found


def in_shards() -> str:
    """Return the workflow of GitHub as its comments say to change it for shards."""
    text = uncommented(GITHUB, "shard:")
    text = uncommented(text, "- uses: actions/download-artifact")
    text = PLAN_STEP.sub("", text)
    before, sign, after = text.partition("    name: Plan, comment and keep the plan\n")
    return f"{before}{sign}" + after.replace("needs: validate", "needs: [validate, shard]", 1)


def test_the_workflow_in_shards_is_sound(tmp_path: Path) -> None:
    """The checker of workflows finds nothing in what the comments lead to."""
    file = tmp_path / "workflow.yml"
    file.write_text(in_shards(), encoding="utf-8")
    program = Path(sys.executable).with_name("actionlint")
    checked = subprocess.run(
        [program, "-shellcheck=", file], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_matrix_plans_each_shard_once_and_merges_them() -> None:
    """The commands fit the matrix, and the options of the program."""
    jobs = load(in_shards())["jobs"]
    indexes = jobs["shard"]["strategy"]["matrix"]["index"]
    command = next(step["run"] for step in jobs["shard"]["steps"] if "run" in step)
    args = parse(command.replace('"', "").replace("$SHARD", "0").split()[1:])
    assert indexes == list(range(int(args.shard.partition("/")[2])))
    steps = [step for step in jobs["plan"]["steps"] if "plan merge" in str(step.get("run"))]
    (merge,) = steps
    words = merge["run"].replace('"', "").replace("shards/*.json", "a.json b.json").split()
    assert parse(words[1:]).words == ["merge", "a.json", "b.json"]
    assert [step for step in jobs["plan"]["steps"] if step.get("name") == "Plan"] == []
    assert "head.repo.full_name == github.repository" in jobs["shard"]["if"]


def test_gitlab_plans_in_parallel_jobs() -> None:
    """GitLab counts its parallel jobs from 1, and shards count from 0."""
    job = load(uncommented(GITLAB, "billing-shard:"))["billing-shard"]
    index, command = job["script"]
    assert index == "shard=$((CI_NODE_INDEX - 1))"
    words = command.replace('"', "").replace("$shard", "3").replace("$CI_NODE_TOTAL", "4").split()
    assert parse(words[1:]).shard == f"{job['parallel'] - 1}/{job['parallel']}"
