"""What is printed where, in which form, and how a failure is reported."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler import errors
from reconciler.cli.console import Console, make_console
from reconciler.model.finding import Finding, Source
from reconciler.model.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

REASONS = [Refusal("policy", "one"), Refusal("max-deletes", "two")]
FINDING = Finding("error", "null", "no\x1b[2J", Source("a.yaml", 1, 2))


@pytest.fixture(name="keyboard")
def _keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """A terminal for standard input; what is written to it was typed."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "w") as typed, os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        yield typed


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [
        ("y\n", True),
        ("YES\n", True),
        ("n\n", False),
        ("\n", False),
        ("yeah\n", False),
        ("\x04", False),
    ],
)
def test_only_a_clear_yes_is_a_yes(
    keyboard: TextIO, capsys: pytest.CaptureFixture[str], answer: str, *, agreed: bool
) -> None:
    """Anything else, the end of input included, is a no; the question is in no report."""
    console = Console()
    keyboard.write(answer)
    keyboard.flush()

    assert console.interactive
    assert asyncio.run(console.confirm("Apply?")) is agreed
    assert capsys.readouterr() == ("", "Apply? [y/N] ")


def test_interrupt_ends_a_prompt(keyboard: TextIO) -> None:
    """Waiting for an answer does not make us deaf."""

    async def ask() -> bool:
        asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)  # type: ignore[union-attr]
        return await Console().confirm("Apply?")

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ask())
    assert not keyboard.closed


def test_json_output_never_prompts(keyboard: TextIO) -> None:
    """A program does not answer questions."""
    assert not Console(form="json").interactive
    assert not keyboard.closed


@pytest.mark.parametrize(
    ("color", "environ", "terminal", "coloured"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_colour_is_for_terminals_and_for_those_who_ask(
    monkeypatch: pytest.MonkeyPatch,
    color: str,
    environ: dict[str, str],
    *,
    terminal: bool,
    coloured: bool,
) -> None:
    """NO_COLOR is minded, unless colour was asked for by name."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)

    palette = make_console(form="text", color=color, environ=environ).palette

    assert (palette.paint("+") != "+") is coloured
    assert make_console(form="json", color="always", environ={}).palette.paint("+") == "+"


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (
            errors.ManifestsError([FINDING]),
            "a.yaml:1:2: error[null]: no\\x1b[2J\nerror: 1 error in a.yaml\n",
        ),
        (errors.RefusedError(REASONS), "error: refused: one\nerror: refused: two\n"),
        (
            errors.StalePlanError([Refusal("object-changed", "moved")]),
            "error: the plan is stale: moved\n",
        ),
        (errors.RejectedError("value", "e", "a\nb"), "error: the panel says value (e): a\\nb\n"),
        (KeyboardInterrupt(), "error: interrupted\n"),
        (KeyError("x"), "error: unexpected KeyError: 'x' (a bug in reconciler; -v shows where)\n"),
    ],
    ids=repr,
)
def test_failure_is_reported_on_standard_error(
    capsys: pytest.CaptureFixture[str], error: BaseException, lines: str
) -> None:
    """Each reason has its line, and nothing that it quotes is obeyed."""
    Console().fail(error)

    assert capsys.readouterr() == ("", lines)


def test_commands_in_messages_name_the_target_that_was_chosen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Pasted as it is printed, a remedy asks the panel that the message is about."""
    console = Console(given="--target 'two words'")
    console.tell("run `reconciler resume`, or `reconciler --target a plan`; the reconciler waits")
    console.report("answer with:\n  reconciler resume --link A 1\n")

    out, err = capsys.readouterr()
    assert err == (
        "run `reconciler --target 'two words' resume`, or `reconciler --target a plan`; "
        "the reconciler waits\n"
    )
    assert out == "answer with:\n  reconciler --target 'two words' resume --link A 1\n"


def test_failure_is_one_document_where_json_was_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Standard output holds the error, and standard error nothing."""
    Console(form="json").fail(errors.RefusedError(REASONS))

    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == {
        "formatVersion": "1",
        "error": {
            "code": "refused",
            "message": "one; two",
            "reasons": ["one", "two"],
            "reasonCodes": ["policy", "max-deletes"],
        },
    }


def test_secret_is_in_no_report_and_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """Both streams pass the scrubber."""
    console = Console()
    console.scrub.watch(lambda: ["hunter2!"])

    console.report("password hunter2!\n")
    console.fail(errors.UnreachableError("at hunter2!"))

    assert capsys.readouterr() == ("password (secret)\n", "error: at (secret)\n")
