"""Asking again: what, how often, how long, and never what forbids it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import (
    AccessError,
    BusyError,
    IncompleteError,
    LongTaskError,
    LostAnswerError,
    NotAPanelError,
    PanelError,
    RejectedError,
    SecurityStopError,
    SignInError,
    SignInIncompleteError,
    StatusError,
    ThrottledError,
    UnreachableError,
    UnsafeAnswerError,
    WebPageError,
)
from reconciler.panel.response import read_retry_after
from reconciler.panel.retry import ATTEMPTS, BUDGET, Retry
from tests.support.clock import InstantClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def failing(error: PanelError, times: int = 99) -> tuple[list[int], Callable[[], Awaitable[str]]]:
    """Fail so many times, and count."""
    tries: list[int] = []

    async def attempt() -> str:
        tries.append(1)
        if len(tries) <= times:
            raise error
        return "answer"

    return tries, attempt


@pytest.mark.parametrize(
    ("error", "reads", "writes"),
    [
        (UnreachableError("x"), ATTEMPTS, 3),
        (LostAnswerError("x"), ATTEMPTS, 1),
        (BusyError("x"), ATTEMPTS, 1),
        (LongTaskError("/long/billmgr"), ATTEMPTS, 1),
        (ThrottledError(429, 0), ATTEMPTS, 1),
        (StatusError(500), ATTEMPTS, 1),
        (StatusError(408), ATTEMPTS, 1),
        (StatusError(404), 1, 1),
        (NotAPanelError("x"), 3, 1),
        (WebPageError("x"), 1, 1),
        (UnsafeAnswerError("x"), 1, 1),
        (SecurityStopError("x"), 1, 1),
        (SignInError("x"), 1, 1),
        (SignInIncompleteError("x"), 1, 1),
        (AccessError("x"), 1, 1),
        (IncompleteError("x"), 1, 1),
        (RejectedError("missed", "", ""), 1, 1),
        (RejectedError("value", "", ""), 1, 1),
        (RejectedError("", "", ""), 1, 1),
        (RejectedError("db", "", ""), 3, 1),
    ],
    ids=lambda value: repr(value) if isinstance(value, PanelError) else None,
)
def test_attempts_depend_on_what_went_wrong(error: PanelError, reads: int, writes: int) -> None:
    """A read is repeated where it may help, a write only where it provably did not leave."""
    tries, attempt = failing(error)
    with pytest.raises(type(error)):
        asyncio.run(Retry(InstantClock()).read(attempt))
    assert len(tries) == reads
    tries, attempt = failing(error)
    with pytest.raises(type(error)):
        asyncio.run(Retry(InstantClock()).write(attempt))
    assert len(tries) == writes


def test_answer_ends_the_attempts() -> None:
    """What comes in the end is the answer."""
    tries, attempt = failing(LostAnswerError("x"), 2)
    assert asyncio.run(Retry(InstantClock()).read(attempt)) == "answer"
    assert len(tries) == 3


def test_pauses_grow_and_are_bounded() -> None:
    """Each pause is below twice the bound of the one before."""
    clock = InstantClock()
    _, attempt = failing(LostAnswerError("x"))
    with pytest.raises(LostAnswerError):
        asyncio.run(Retry(clock).read(attempt))
    assert all(pause <= 0.25 * 2 ** (n + 1) for n, pause in enumerate(clock.waits))


def test_wish_of_the_panel_is_respected_within_the_budget() -> None:
    """Waits are as long as asked, and end with the budget."""
    clock = InstantClock()
    tries, attempt = failing(ThrottledError(503, 50.0))
    with pytest.raises(ThrottledError):
        asyncio.run(Retry(clock).read(attempt))
    assert clock.waits == [50.0] * 3
    assert sum(clock.waits) <= BUDGET
    assert len(tries) == 4


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("2", 2),
        (" 30 ", 30),
        ("60", 60),
        ("61", 60),
        ("1000000000", 60),
        ("9" * 5000, 60),
        ("-5", 0),
        ("1.5", 0),
        ("\u0665", 0),
        ("soon", 0),
        ("Sun, 01 Mar 2026 12:00:20 GMT", 20),
        ("Sun, 01 Mar 2026 13:00:00 GMT", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 12:00:20 -0000", 20),
        ("Sun, 99 Mar 2026 12:00:20 GMT", 0),
        ("Sun, 01 Mar 99999999999 12:00:20 GMT", 0),
    ],
)
def test_wish_to_wait_is_read_within_bounds(text: str, seconds: float) -> None:
    """Absurd, negative, past and senseless wishes are no waits."""
    assert read_retry_after(text, NOW) == seconds
