"""A command on a terminal shows that it works, however slow the panel is."""

from __future__ import annotations

import asyncio
import re
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.sandbox import FaultMiddleware, Sandbox
from reconciler.sandbox.faults import Slow
from tests.support.http_panel import TARGET, serve_over_http
from tests.support.terminal import run_on_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.command_line import CommandLineProject

# The longest time, in seconds, that the panel holds its answer back.
_PATIENCE = 30


@contextmanager
def _slow_panel(
    project: CommandLineProject, request: Literal["read", "submit"], answer: threading.Event
) -> Iterator[None]:
    """Serve one client on a panel whose first such request is answered once ``answer`` is set."""

    async def wait(_seconds: float) -> None:
        await asyncio.to_thread(answer.wait, _PATIENCE)

    def through(panel: Sandbox) -> FaultMiddleware:
        return FaultMiddleware(panel, [Slow(request=request, call=1)], sleep=wait)

    (project.root / "manifests" / "june.yaml").unlink()
    project.database.parent.mkdir()
    sandbox = Sandbox(project.database, through=through)
    with closing(sandbox), serve_over_http(sandbox) as url:
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        yield


def _written(*words: str, moved: str, answer: threading.Event) -> str:
    """Run a command on a terminal without a size, and return what it wrote there.

    ``answer`` is set as soon as the line has moved, or the command has ended.
    """
    code, written = run_on_terminal(*words, "--target", "shaky")
    assert code == 0, written
    return written


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
def test_slow_panel_is_waited_for_with_a_line_that_moves(
    project: CommandLineProject, command: str, begun: str, moved: str, last: str
) -> None:
    """The line shows the time that has passed, and is removed before other output."""
    changes = command == "apply"
    answer = threading.Event()

    with _slow_panel(project, "submit" if changes else "read", answer):
        written = _written(command, *["--yes"] * changes, moved=moved, answer=answer)

        assert re.search(begun, written)
        assert re.search(moved, written)
        left = _screen(written)
        assert any(last in line for line in left)
        assert not [line for line in left if re.search(r"00:\d\d|so far", line)]
        made = [line for line in left if "created, verified" in line]
        assert all(line.startswith("  ✓ + Client/globex") for line in made)
        assert bool(made) is bool(project.writes()) is changes
