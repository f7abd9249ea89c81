"""Progress on standard error: a line on a terminal, silence elsewhere.

Invariants: nothing is ever drawn into a file, a pipe or a CI log; what is drawn moves each second,
and stands in no other line; of a wait at most one line each ten seconds is told, on a terminal or
not, whatever waits and however many wait at once.
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


# With a total what is left can be told; without one only what is done, or for how long.
_OF_MANY = "{desc}: {n_fmt} of {total_fmt} |{bar}| {elapsed}, {remaining} left"
_COUNTED = "{desc}: {n_fmt} so far, {elapsed}"
_TIMED = "{desc}: {elapsed}"
# So often a line is drawn anew, whatever happens: its time is the sign of life.
_TICK = 1.0
# How large a terminal is that does not say: of no size nothing would be drawn.
_WIDTH, _HEIGHT = 80, 24


class NoProgress:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say nothing."""

    def step(self, count: int = 1) -> None:
        """Say nothing."""


class ProgressBars:
    """One line a stage, drawn anew each second, gone when the next begins."""

    def __init__(self, first: str) -> None:
        """Begin with a stage of which only the time is told."""
        self._bar: tqdm[NoReturn] | None = None
        self._ticking: Task[None] | None = None
        draw_line(self._wipe)
        self._begin(first, None, _TIMED)

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a line; without a total it counts."""
        self._begin(name, total, _COUNTED if total is None else _OF_MANY)

    def step(self, count: int = 1) -> None:
        """Move the line on."""
        if self._bar is not None:
            self._bar.update(count)

    def close(self) -> None:
        """Wipe the line away."""
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
            with suppress(RuntimeError):  # nobody waits where no loop runs
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
    """Show progress where somebody can watch it, from its first stage on."""
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
    """Says what is waited for: at once where a wait is long, else once short ones have added up."""

    def __init__(self, clock: Clock) -> None:
        """Go by a clock, and have said nothing yet."""
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
        """Wait, with a sign of life before it and each ten seconds of it."""
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
