"""The clock of this machine."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime


class SystemClock:
    """Returns the date in UTC and a count of seconds that only grows; waits."""

    def today(self) -> date:
        """Return the current date."""
        return datetime.now(tz=UTC).date()

    def now(self) -> float:
        """Return seconds that only ever grow."""
        return time.monotonic()

    async def sleep(self, seconds: float, reason: str = "") -> None:
        """Wait, without a report."""
        del reason
        await asyncio.sleep(seconds)
