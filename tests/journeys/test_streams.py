"""Standard streams that are closed, full or not read: an exit code that is true, no traceback."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

PROGRAM = f"{shlex.quote(sys.executable)} -m reconciler"


def shell(project: CommandLineProject, line: str) -> tuple[int, str]:
    """Run a line of the shell; return the exit code and what was printed on both streams."""
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("reconciler", PROGRAM, 1)],
        cwd=project.root,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stdout
    assert "Exception ignored" not in done.stdout
    return done.returncode, done.stdout


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A node of the device that is always full."""
    path = tmp_path / "full"
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 7))
        path.write_bytes(b"")
    except PermissionError:
        pytest.skip("this user may make or open no devices")
    return path


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("reconciler plan >&-", 0),
        ("reconciler plan 2>&-", 0),
        ("reconciler plan --target nowhere 2>&-", 64),
        ("reconciler plan --json --target nowhere >&- 2>&-", 64),
        ("reconciler --help >&-", 0),
        ("reconciler plan --help >&-", 0),
        ("reconciler apply <&-", 4),
        ("reconciler apply --yes >&- 2>&- <&-", 0),
    ],
)
def test_closed_streams_change_nothing(project: CommandLineProject, line: str, code: int) -> None:
    """Who closes a stream does not want what is said there."""
    assert shell(project, line)[0] == code


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("reconciler plan > {}", 10),
        ("reconciler plan --json > {}", 10),
        ("reconciler --help > {}", 10),
        ("reconciler plan --help > {}", 10),
        ("reconciler plan --target nowhere 2> {}", 64),
        ("reconciler plan --target nowhere --json > {}", 64),
    ],
)
def test_full_disk_on_standard_output_is_reported(
    project: CommandLineProject, full: Path, line: str, code: int
) -> None:
    """A report that is nowhere is no success; one that fails anyway keeps its reason."""
    result = shell(project, line.format(full))

    assert result[0] == code
    assert ("standard output cannot be written" in result[1]) is (code == 10)


def test_apply_that_cannot_print_keeps_its_records(project: CommandLineProject, full: Path) -> None:
    """What is in flight is finished, proved and written down; the journal is no report."""
    code, said = shell(project, f"reconciler apply --yes --json > {full}")
    assert (code, "standard output cannot be written" in said) == (10, True)
    assert len(project.writes()) == 2
    assert project.run("plan", "--detailed-exitcode").code == 0
    project.run("journal", "verify")


def test_reader_that_goes_away_is_an_interrupt(project: CommandLineProject) -> None:
    """Before anything was sent: nothing is."""
    code, _ = shell(project, "{ reconciler apply --yes; echo $? >code; } | true")

    assert code == 0
    assert (project.root / "code").read_text("utf-8") == "130\n"
    assert project.writes() == []


def test_deleted_working_directory_is_reported(project: CommandLineProject) -> None:
    """No path is known from there, and no class of the language is named."""
    for command in ("plan", "validate", "init", "demo"):
        code, said = shell(
            project, f"mkdir gone && cd gone && rmdir ../gone && reconciler {command}"
        )
        assert (code, said) == (
            64,
            "error: the current folder was deleted: change into another one\n",
        )
