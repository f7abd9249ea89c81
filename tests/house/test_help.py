"""The examples in the help of each command work when they are pasted into a shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.cli.help import COMMANDS
from reconciler.cli.parser import parse
from reconciler.sandbox.install import keys

BIN = Path(sys.executable).parent
# The examples start many small programs: one at a time, the test would take minutes where others
# use the machine, too.
SIDE_BY_SIDE = 4
# Examples that a fresh project on the sandbox cannot play, each with its reason. The parser takes
# them all: tests/unit/cli/test_syntax.py.
NOT_PLAYED = {
    "reconciler sandbox serve": "serves until it is interrupted",
    "reconciler call payment": "needs a payment",
    "reconciler call account.payment": "needs a payment",
    "reconciler call session.newkey": "needs a key in the environment",
    "reconciler resume --link": "needs an order in doubt",
    "reconciler resume --none-exists": "needs an order in doubt",
    "reconciler explain price": "needs a service in the manifests",
    "reconciler receipts 2026": "needs a run of that name",
    "reconciler undo 2026": "needs a run of that name",
    "reconciler fetch-plan": "needs a pipeline",
    "reconciler completion": "writes to folders of the user",
}
# Without a terminal `apply` cannot ask for approval; `less` may be missing, and so may `jq`.
EXIT = {"reconciler apply": 4, "reconciler plan --out plan.json --detailed-exitcode": 2}
STANDINS = {"jq": "cat", "less": "cat"}


def test_examples_of_the_help_do_what_they_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The examples of all commands run side by side, each in a copy of one project."""
    examples = [
        example
        for command in COMMANDS
        for example in read_examples(command, capsys)
        if not example.startswith(tuple(NOT_PLAYED))
    ]
    for name, program in STANDINS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\nexec {program} >/dev/null\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    assert play(PREPARE, tmp_path, home=tmp_path) == (0, "")

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        ended = [
            pool.submit(play, example, copied(tmp_path, number), home=tmp_path)
            for number, example in enumerate(examples)
        ]

    assert len(examples) > len(COMMANDS)
    failed = {
        example: each.result()
        for example, each in zip(examples, ended, strict=True)
        if each.result()[0] != EXIT.get(example, 0)
    }
    assert failed == {}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_three_examples(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A user can begin from an example without reading the options."""
    examples = read_examples(command, capsys)

    assert len([each for each in examples if re.search(rf"\b{command}\b", each)]) >= 3


def test_each_reason_not_to_play_an_example_is_of_some_example(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An exception that no example needs is taken out, and so is an exit code."""
    examples = [each for command in COMMANDS for each in read_examples(command, capsys)]

    assert [each for each in NOT_PLAYED if not any(e.startswith(each) for e in examples)] == []
    assert set(EXIT) - set(examples) == set()


# A project whose manifests were applied, committed and then edited, with a saved plan for the edit.
PREPARE = """\
set -e
exec >printed 2>&1
mkdir template && cd template && reconciler init .
reconciler apply --yes
mkdir "$HOME/.ssh" && ssh-keygen -q -t ed25519 -N '' -C anna@example -f "$HOME/.ssh/id_ed25519"
key=$(cat "$HOME/.ssh/id_ed25519.pub")
printf '  approvers: {finance: {keys: ["%s"]}}\\n' "$key" >>reconciler.yaml
git init -q -b main && git add -A
git -c user.name=Ada -c user.email=ada@example.com commit -qm Begin
git update-ref refs/remotes/origin/main HEAD
acme=manifests/clients/acme.yaml
sed -i.bak 's/percentage: 10/percentage: 12/' $acme && rm $acme.bak
reconciler plan --out plan.json
cp plan.json undo.json
reconciler state pull --out state.jsonl
for shard in 0 1; do reconciler plan --shard $shard/2 --out shard-$shard.json; done
printf '%s\\n' 'Jan  1 00:00:00 [1:2] INFO no request' >billmgr.log
cd ..
"""


def copied(folder: Path, number: int) -> Path:
    """Return a new copy of the project, in a folder of its own."""
    return shutil.copytree(folder / "template", folder / str(number) / "copy")


def play(script: str, folder: Path, *, home: Path) -> tuple[int, str]:
    """Run lines of a shell in a folder; return the exit code, and what was printed."""
    run = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={
            "HOME": str(home),
            "NO_COLOR": "1",
            "PATH": os.pathsep.join([str(BIN), str(home), os.environ["PATH"]]),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=900,
    )
    return run.returncode, run.stdout


def read_examples(command: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the examples that the help of a command prints last."""
    with pytest.raises(SystemExit):
        parse([command, "--help"])
    examples = capsys.readouterr().out.partition("Examples:\n")[2]
    return [line.strip() for line in examples.splitlines()]


def test_help_names_each_key_of_an_installation_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody finds an installation key that only the code names."""
    with pytest.raises(SystemExit):
        parse(["sandbox", "serve", "--help"])
    shown = capsys.readouterr().out
    named = set(re.findall(r"^ {2,4}(\w+): ", shown, re.MULTILINE))

    assert set(keys()) <= named
