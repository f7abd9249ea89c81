"""Clocks whose waits take no time, so that no test sleeps.

``InstantClock`` satisfies the clock of the house for a test of one component. ``skip_waits`` lets
whole commands of this process wait for nothing: their own clock and that of the panels that they
open move on together.
"""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.panel.clock import SystemClock
from reconciler.sandbox import Sandbox
from reconciler.sandbox.app import utc_now

if TYPE_CHECKING:
    from collections.abc import Coroutine

    import pytest

T = TypeVar("T")
TODAY = date(2026, 11, 21)


class InstantClock:
    """A clock whose waits end at once: ``waits`` holds each, ``seconds`` their sum."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.seconds = 0.0
        self.waits: list[float] = []

    def today(self) -> date:
        """Return the day of all tests."""
        return TODAY

    def now(self) -> float:
        """Return the seconds waited so far."""
        return self.seconds

    async def sleep(self, seconds: float, reason: str = "") -> None:
        """Let time pass without waiting."""
        self.waits.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end.

        The standard library writes out what the main task returned when it is done with it, which
        takes long for a plan; so it returns nothing.
        """
        found: list[T] = []

        async def main() -> None:
            found.append(await work)

        asyncio.run(main())
        return found[0]


def skip_waits(monkeypatch: pytest.MonkeyPatch) -> InstantClock:
    """Let commands and embedded panels skip every wait; return what counts the skipped seconds."""
    skipped = InstantClock()
    monotonic = SystemClock.now

    def now(clock: SystemClock) -> float:
        return monotonic(clock) + skipped.seconds

    async def sleep(_clock: SystemClock, seconds: float, reason: str = "") -> None:
        await skipped.sleep(seconds, reason)

    def moment() -> datetime:
        return utc_now() + timedelta(seconds=skipped.seconds)

    monkeypatch.setattr(SystemClock, "now", now)
    monkeypatch.setattr(SystemClock, "sleep", sleep)
    # The default of a parameter is bound when the class is made.
    defaults = Sandbox.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "clock", moment)
    return skipped
