"""An event loop whose time passes only when there is nothing else to do, and then at once.

Invariants: a wait of an hour costs nothing; what happens in which order is decided by the waits
alone, not by the speed of the machine; a wait for nothing is an error and not a hang.
"""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class VirtualTime:
    """The time of one trial; satisfies the clock of the house, and is the panel's clock, too."""

    def __init__(self) -> None:
        """Begin at the start of the day of all trials."""
        self.seconds = 0.0

    def today(self) -> date:
        """Return the day on which every trial is held."""
        return START.date()

    def now(self) -> float:
        """Return the seconds since the trial began."""
        return self.seconds

    def moment(self) -> datetime:
        """Return the date and time."""
        return START + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float, reason: str = "") -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end in this time."""
        with asyncio.Runner(loop_factory=lambda: _VirtualLoop(self)) as runner:
            return runner.run(work)


class StuckError(RuntimeError):
    """Everything waits, and nothing will ever happen."""


class _SkippingSelector(selectors.DefaultSelector):
    """Leaps over the time that the loop would have waited."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise StuckError("everything waits, and nothing will ever happen")
        if not ready and timeout:
            self._time.seconds += timeout
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    """A loop without threads, in a time of its own."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        super().__init__(_SkippingSelector(time))

    def time(self) -> float:
        return self._time.seconds

    def run_in_executor(
        self, executor: object, func: Callable[..., T], *args: object
    ) -> asyncio.Future[T]:
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who waits is told
            done.set_exception(error)
        return done
