"""What the README shows can be done as shown."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.house.source import ROOT

README = ROOT / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A README that does not begin with `reconciler init` speaks of a project that is there already.
INITIAL = "reconciler init . >/dev/null || exit 1"
EXIT = re.compile(r"(?:^|\s)# exit (\d+)\s*$")


@dataclass(frozen=True, slots=True)
class Command:
    """A command as the README prints it, and the exit code it promises."""

    line: int
    text: str
    expected: int


def test_commands_of_the_readme_do_what_the_readme_says(tmp_path: Path) -> None:
    """The commands run in order, as written, in one new folder, with the promised exit codes."""
    commands = read_commands(README.read_text(encoding="utf-8"))
    project = tmp_path / "project"
    project.mkdir()

    run = subprocess.run(
        ["bash", "-c", script_of(commands)],
        cwd=project,
        env=_environment(home=tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert commands, "the README shows no command"
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"


def test_blocks_are_read_with_their_lines_and_exit_codes() -> None:
    """Prompts, continued lines and exit codes are told from printed output."""
    text = (
        "# Title\n\n```console\n$ reconciler plan \\\n    --detailed-exitcode\nPlan: 1\n# exit 2\n"
        "$ cd x  # exit 1\n```\n\n```console\n$ make demo\n```\n"
    )

    assert read_commands(text) == [
        Command(line=4, text="reconciler plan \\\n    --detailed-exitcode", expected=2),
        Command(line=8, text="cd x  # exit 1", expected=1),
    ]


def read_commands(text: str) -> list[Command]:
    """Collect the commands of all console blocks that begin with the reconciler."""
    commands: list[Command] = []
    for block in BLOCK.finditer(text):
        if block[1].startswith("$ reconciler"):
            commands += _commands_of(block[1], first_line=text.count("\n", 0, block.start(1)) + 1)
    return commands


def _commands_of(block: str, *, first_line: int) -> list[Command]:
    commands: list[Command] = []
    continued = False
    for line, printed in enumerate(block.splitlines(), start=first_line):
        promised = EXIT.search(printed)
        expected = int(promised[1]) if promised else None
        if printed.startswith("$ "):
            commands.append(Command(line, printed[2:], expected or 0))
        elif continued or (promised and printed.startswith("# exit")):
            last = commands.pop()
            text = f"{last.text}\n{printed}" if continued else last.text
            commands.append(
                Command(last.line, text, last.expected if expected is None else expected)
            )
        continued = printed.endswith("\\")
    return commands


def script_of(commands: list[Command]) -> str:
    """Write one shell script, so that a change of folder lasts from one block to the next."""
    steps = [] if any("reconciler init" in each.text for each in commands) else [INITIAL]
    for each in commands:
        complaint = f"README.md:{each.line}: {each.text}: the README says exit {each.expected}, got"
        steps.append(
            f"{each.text}\ncode=$?\n"
            f'[ $code -eq {each.expected} ] || {{ echo {shlex.quote(complaint)} "$code"; exit 1; }}'
        )
    return "\n".join(steps)


def _environment(*, home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    path = [str(Path(sys.executable).parent), os.environ["PATH"]]
    return {**kept, "HOME": str(home), "NO_COLOR": "1", "PATH": os.pathsep.join(path)}
