"""Progress is drawn for somebody who watches, and for nobody else."""

from __future__ import annotations

import sys

import pytest

from reconciler.cli.progress import shown_progress


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


def test_bar_is_told_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No rate of things that nobody knows: so many of so many, or so many so far."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)

    with shown_progress(wanted=True) as progress:
        progress.stage("applying", 4)
        progress.stage("reading Client")

    drawn = capsys.readouterr().err
    assert "applying: 0 of 4 |" in drawn
    assert "| ? left" in drawn
    assert "reading Client: 0 so far, 00:00" in drawn
    assert "it/s" not in drawn
