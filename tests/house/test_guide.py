"""What the README and the guide show can be done as shown."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.source import ROOT

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / ".github" / "guide").glob("*.md"))]
BLOCK = re.compile(
    r"^(?:<!-- (?P<path>\S+) -->\n```yaml\n(?P<text>.*?)^```"
    r"|```console\n(?P<lines>\$ reconciler.*?)^```)$",
    re.MULTILINE | re.DOTALL,
)
# A page that does not begin with `reconciler init` speaks of a project that is there already.
INITIAL = "reconciler init . >/dev/null || exit 1"
EXIT = re.compile(r"(?:^|\s)# exit (\d+)\s*$")
LINK = re.compile(r"\]\(([^)#\s]+)")


@dataclass(frozen=True, slots=True)
class Command:
    """A command as a page prints it, and the exit code it promises."""

    line: int
    text: str
    expected: int


@dataclass(frozen=True, slots=True)
class File:
    """A file that a page shows in full, below a comment with its path."""

    path: str
    text: str


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_a_page_do_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """Files and commands take effect in order, in one new folder, with the promised exit codes."""
    steps = read_steps(page.read_text(encoding="utf-8"))
    project = tmp_path / "project"
    project.mkdir()

    run = subprocess.run(
        ["bash", "-c", script_of(steps, page.name)],
        cwd=project,
        env=_environment(home=tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert any(isinstance(step, Command) for step in steps), f"{page.name} shows no command"
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    assert "is skipped by its name" not in run.stdout + run.stderr, "a command left a file behind"


def test_every_page_of_the_guide_is_linked_from_the_readme() -> None:
    """A page that nothing links is found by nobody."""
    linked = {(ROOT / path).resolve() for path in LINK.findall(README.read_text("utf-8"))}

    assert [page.name for page in PAGES[1:] if page not in linked] == []


def test_blocks_are_read_with_their_lines_and_exit_codes() -> None:
    """Prompts, continued lines, exit codes and files are distinguished from printed output."""
    text = (
        "# Title\n\n```console\n$ reconciler plan \\\n    --detailed-exitcode\nPlan: 1\n# exit 2\n"
        "$ cd x  # exit 1\n```\n\n```console\n$ make demo\n```\n"
        "<!-- manifests/a.yaml -->\n```yaml\na: 1\n```\n\n```yaml\nb: 1\n```\n"
    )

    assert read_steps(text) == [
        Command(line=4, text="reconciler plan \\\n    --detailed-exitcode", expected=2),
        Command(line=8, text="cd x  # exit 1", expected=1),
        File("manifests/a.yaml", "a: 1\n"),
    ]


def read_steps(text: str) -> list[Command | File]:
    """Collect the files, and the commands of all console blocks that begin with the reconciler."""
    steps: list[Command | File] = []
    for block in BLOCK.finditer(text):
        if block["path"]:
            steps.append(File(block["path"], block["text"]))
        else:
            first_line = text.count("\n", 0, block.start("lines")) + 1
            steps += _commands_of(block["lines"], first_line=first_line)
    return steps


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


def script_of(steps: list[Command | File], page: str) -> str:
    """Write one shell script, so that a change of folder lasts from one block to the next."""
    begins = any(isinstance(step, Command) and "reconciler init" in step.text for step in steps)
    script = [] if begins else [INITIAL]
    for step in steps:
        if isinstance(step, File):
            script.append(f"printf %s {shlex.quote(step.text)} >{shlex.quote(step.path)}")
            continue
        complaint = f"{page}:{step.line}: {step.text}: the page says exit {step.expected}, got"
        script.append(
            f"{step.text}\ncode=$?\n[ $code -eq {step.expected} ] ||"
            f' {{ echo {shlex.quote(complaint)} "$code"; exit 1; }}'
        )
    return "\n".join(script)


def _environment(*, home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    path = [str(Path(sys.executable).parent), os.environ["PATH"]]
    return {**kept, "HOME": str(home), "NO_COLOR": "1", "PATH": os.pathsep.join(path)}
