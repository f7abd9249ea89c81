"""A clock whose waits are told on standard error, on a terminal or not.

Invariant: at most one line each ten seconds, whatever waits and however many wait at once.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from reconciler.cli.log import WAITING

if TYPE_CHECKING:
    from datetime import date

    from reconciler.ports import Clock

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
