"""Whoever watches a command on a terminal sees that it lives, however slow the panel is."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import FaultMiddleware, Sandbox
from reconciler.sandbox.faults import Slow
from tests.support.http_panel import TARGET, serve_over_http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.command_line import CommandLineProject


@pytest.fixture
def slow(project: CommandLineProject) -> Iterator[CommandLineProject]:
    """A project of one client, whose panel answers the first read and the first write slowly."""
    (project.root / "manifests" / "june.yaml").unlink()
    project.database.parent.mkdir()
    faults = [Slow(request=sort, seconds=1.2, call=1) for sort in ("read", "submit")]
    sandbox = Sandbox(project.database, through=lambda panel: FaultMiddleware(panel, faults))
    with closing(sandbox), serve_over_http(sandbox) as url:
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        yield project


def _watched(*words: str) -> str:
    """Run a command on a terminal that tells no size, as some do; return what it wrote there."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "reconciler", *words, "--target", "shaky", "--color", "never"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    with closing(os.fdopen(ours, "rb", buffering=0)) as terminal:
        try:
            while part := terminal.read(1 << 16):
                written += part
        except OSError:  # the last one who had the terminal is gone
            pass
    assert process.wait() == 0
    return written.decode()


def _screen(text: str) -> list[str]:
    """Return the lines that are left on a terminal, where a return writes over what stands."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        cells = ""
        for part in line.split("\r"):
            cells = part + cells[len(part) :]
        lines.append(cells.rstrip())
    return lines


@pytest.mark.parametrize(
    ("command", "begun", "moved", "last"),
    [
        (
            "plan",
            "reading from the panel: 00:00",
            "reading from the panel: 00:0[1-9]",
            "Plan: 1 to create",
        ),
        ("drift", "reading from the panel: 00:00", "reading from the panel: 00:0[1-9]", "No drift"),
        (
            "doctor",
            r"panel: 0 so far, 00:00",
            "reading from the panel: 00:0[1-9]",
            "ready for use.",
        ),
        (
            "apply",
            r"applying: 0 of 1 .* \? left",
            r"applying: .* 00:0[1-9], \? left",
            "1 verified.",
        ),
    ],
)
def test_slow_panel_is_waited_for_with_a_sign_of_life(
    slow: CommandLineProject, command: str, begun: str, moved: str, last: str
) -> None:
    """A line with its time moves every second, and is gone when something else is said."""
    written = _watched(command, *(["--yes"] if command == "apply" else []))

    assert re.search(begun, written)
    assert re.search(moved, written)
    left = _screen(written)
    assert any(last in line for line in left)
    assert not [line for line in left if re.search(r"00:\d\d|so far", line)]
    made = [line for line in left if "created, verified" in line]
    assert all(line.startswith("  ✓ + Client/globex") for line in made)
    assert bool(made) is bool(slow.writes()) is (command == "apply")
