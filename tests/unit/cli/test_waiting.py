"""No wait is silent, and none floods the screen."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.log import configure_log
from reconciler.cli.progress import ReportingClock
from reconciler.cli.redact import Redactor
from tests.support.clock import InstantClock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """Put the log back as it was."""
    ours = logging.getLogger("reconciler")
    before = ours.handlers, ours.propagate, ours.level
    yield
    ours.handlers, ours.propagate, ours.level = before


def _waited(
    capsys: pytest.CaptureFixture[str], *waits: tuple[float, str], shape: str = "text"
) -> list[str]:
    configure_log(verbose=0, shape=shape, scrub=Redactor())
    clock = ReportingClock(InstantClock())

    async def wait() -> None:
        for seconds, reason in waits:
            await clock.sleep(seconds, reason)

    asyncio.run(wait())
    return capsys.readouterr().err.splitlines()


def test_long_wait_is_reported_immediately_and_every_ten_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With what it is for, and what is left of it."""
    assert _waited(capsys, (53.0, "an order may still come")) == [
        f"waiting {left} s: an order may still come" for left in (53, 43, 33, 23, 13, 3)
    ]


def test_short_waits_are_reported_once_they_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    """A pause of half a second is not reported; twenty of them are."""
    waits = [(0.5, "the panel is busy")] * 40

    lines = _waited(capsys, *waits)

    assert 1 <= len(lines) <= 2
    assert all("the panel is busy" in line for line in lines)
    assert _waited(capsys, (0.5, "the panel is busy")) == []


def test_many_waits_at_once_are_one_line_in_ten_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Sixteen readers that are turned away say it once."""
    waits = [(2.0, f"reader {number}") for number in range(16)]

    assert len(_waited(capsys, *waits)) == 4


def test_line_is_one_object_where_the_log_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that reads standard error reads it to the end."""
    (line,) = _waited(capsys, (5.0, "a pause"), shape="json")

    assert json.loads(line)["message"] == "waiting 5 s: a pause"
