"""Progress is drawn for somebody who watches, and for nobody else."""

from __future__ import annotations

import re
import sys
from itertools import count

import pytest

from reconciler.cli.progress import shown_progress
from reconciler.cli.streams import wipe_lines, write_aside


@pytest.mark.parametrize(
    ("wanted", "terminal", "drawn"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_bar_is_drawn_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    wanted: bool,
    terminal: bool,
    drawn: bool,
) -> None:
    """A pipe, a file, a CI log and standard output never see a bar."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)

    with shown_progress(wanted=wanted) as progress:
        progress.stage("reading", 2)
        progress.step(2)
        progress.stage("writing")
        progress.step()

    out, err = capsys.readouterr()
    assert out == ""
    assert ("reading" in err, "writing" in err) == (drawn, drawn)


def test_progress_is_plain_text_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No rate of things that nobody knows: so many of so many, or so many so far."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)

    with shown_progress(wanted=True) as progress:
        progress.stage("applying", 4)
        progress.stage("reading Client")

    drawn = capsys.readouterr().err
    assert "applying: 0 of 4 |" in drawn
    assert "| 00:00, ? left" in drawn
    assert "reading Client: 0 so far, 00:00" in drawn
    assert "it/s" not in drawn


def test_remark_stands_behind_the_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is counted beside the stage is seen on its line, as of the next step."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    seconds = map(float, count())  # the line is drawn once some time has passed
    monkeypatch.setattr("tqdm.std.time", lambda: next(seconds))

    with shown_progress(wanted=True) as progress:
        progress.stage("exporting clients", 2)
        progress.remark("7 objects, 30 requests")
        progress.step(2)

    drawn = capsys.readouterr().err
    assert re.search(r"2 of 2 \|.*left, 7 objects, 30 requests", drawn)


def test_progress_line_is_cleared_before_other_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line beside the report and a line of the log begin at the left of their own line."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)

    with shown_progress(wanted=True) as progress:
        progress.stage("applying", 4)
        write_aside("a warning\n")
        progress.step()
        progress.stage("reading")
        wipe_lines()
    write_aside("the end\n")

    drawn = capsys.readouterr().err
    assert re.search(r"left\r +\ra warning\n", drawn)
    assert drawn.endswith("\rthe end\n")
