"""Progress on standard error: a line on a terminal, nothing elsewhere.

Invariants: nothing is drawn into a file, a pipe or a CI log; the line is redrawn each second and
never mixes with another line; waits print at most one line in ten seconds, on a terminal or not,
however many wait at the same time.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from reconciler.cli.log import WAITING
from reconciler.cli.streams import draw_line, end_line

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Iterator
    from datetime import date

    from tqdm import tqdm

    from reconciler.ports import Clock, Progress


# The time left is known only with a total.
_OF_MANY = "{desc}: {n_fmt} of {total_fmt} |{bar}| {elapsed}, {remaining} left{postfix}"
_COUNTED = "{desc}: {n_fmt} so far, {elapsed}"
_TIMED = "{desc}: {elapsed}"
# The line is redrawn so often, so that its time shows that the program runs.
_TICK = 1.0
# The size of a terminal that does not report one: with size 0 nothing would be drawn.
_WIDTH, _HEIGHT = 80, 24


class NoProgress:
    """Progress without output."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Print nothing."""

    def step(self, count: int = 1) -> None:
        """Print nothing."""

    def remark(self, words: str) -> None:
        """Print nothing."""


class ProgressBars:
    """One line for each stage, redrawn each second, removed when the next begins."""

    def __init__(self, first: str) -> None:
        """Begin with a stage that shows only its time."""
        self._bar: tqdm[NoReturn] | None = None
        self._ticking: Task[None] | None = None
        draw_line(self._wipe)
        self._begin(first, None, _TIMED)

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a line; without a total it shows a count."""
        self._begin(name, total, _COUNTED if total is None else _OF_MANY)

    def step(self, count: int = 1) -> None:
        """Add to the count of the line."""
        if self._bar is not None:
            self._bar.update(count)

    def remark(self, words: str) -> None:
        """Show something behind the count; the line is redrawn soon enough."""
        if self._bar is not None:
            self._bar.set_postfix_str(words, refresh=False)

    def close(self) -> None:
        """Remove the line."""
        end_line(self._wipe)
        if self._ticking is not None:
            self._ticking.cancel()
        if self._bar is not None:
            self._bar.close()

    def _begin(self, name: str, total: int | None, shape: str) -> None:
        import asyncio

        from tqdm import tqdm

        if self._bar is not None:
            self._bar.close()
        self._bar = tqdm(
            desc=name,
            total=total,
            bar_format=shape,
            file=sys.stderr,
            leave=False,
            ncols=_columns(),
            nrows=_HEIGHT,
        )
        if self._ticking is None:
            with suppress(RuntimeError):  # without an event loop there are no waits
                self._ticking = asyncio.get_running_loop().create_task(self._tick())

    async def _tick(self) -> None:
        import asyncio

        while True:
            await asyncio.sleep(_TICK)
            if self._bar is not None:
                self._bar.ncols = _columns()
                self._bar.refresh()

    def _wipe(self) -> None:
        if self._bar is not None:
            self._bar.clear()


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _WIDTH
    except (OSError, ValueError):
        return _WIDTH


@contextmanager
def shown_progress(*, wanted: bool, first: str = "reading from the panel") -> Iterator[Progress]:
    """Show progress on a terminal, from its first stage on."""
    if not (wanted and sys.stderr.isatty()):
        yield NoProgress()
        return
    bars = ProgressBars(first)
    try:
        yield bars
    finally:
        bars.close()


_EACH = 10.0
_LONG = 2.0
_MANY = 5.0


class ReportingClock:
    """Logs the reason of a wait: immediately for a long one, else when short ones add up."""

    def __init__(self, clock: Clock) -> None:
        """Use a clock."""
        self._clock = clock
        self._log = logging.getLogger(WAITING)
        self._said = -_EACH
        self._begun: dict[str, float] = {}
        self._ended: dict[str, float] = {}

    def today(self) -> date:
        """Return the current date."""
        return self._clock.today()

    def now(self) -> float:
        """Return seconds that only ever grow."""
        return self._clock.now()

    async def sleep(self, seconds: float, reason: str = "") -> None:
        """Wait, and log the reason before it and every ten seconds."""
        end = self.now() + seconds
        if reason not in self._ended or self.now() - self._ended[reason] >= _EACH:
            self._begun[reason] = self.now()
        if seconds >= _LONG or end - self._begun[reason] >= _MANY:
            self._say(reason, end - self.now())
        while (left := end - self.now()) > _EACH:
            await self._clock.sleep(_EACH)
            self._say(reason, left - _EACH)
        await self._clock.sleep(max(0.0, left))
        self._ended[reason] = self.now()

    def _say(self, reason: str, seconds: float) -> None:
        if self.now() - self._said < _EACH - 0.5:
            return
        self._said = self.now()
        self._log.info("waiting %d s: %s", max(1, round(seconds)), reason)
