"""How many requests at once: a gate that narrows when the panel is overloaded.

Invariants: never fewer than one, never more than configured; first come, first served; requests
that failed together narrow the gate once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress


class AdaptiveLimiter:
    """Lets a bounded number through at once; enter it with ``async with``."""

    def __init__(self, widest: int) -> None:
        """Begin as wide as allowed."""
        self._widest = max(1, widest)
        self._width = float(self._widest)
        self._inside = 0
        self._narrowed = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def width(self) -> int:
        """How many are let through at once, now."""
        return int(self._width)

    async def __aenter__(self) -> int:
        """Wait for a place; the number that is returned is for ``narrow``."""
        if not self._waiting and self._inside < self.width:
            self._inside += 1
            return self._narrowed
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                with suppress(ValueError):  # somebody who left may have passed it over already
                    self._waiting.remove(place)
            else:  # the place had been given before the stop
                self._leave()
            raise
        return self._narrowed

    async def __aexit__(self, *_: object) -> None:
        """Pass the place to the next."""
        self._leave()

    def narrow(self, entered: int) -> None:
        """Halve the width, unless that was done since the request entered."""
        if entered == self._narrowed:
            self._narrowed += 1
            self._width = max(1.0, self._width / 2)

    def widen(self) -> None:
        """Grow back: by one for each full round of answers."""
        if self._width < self._widest:
            self._width = min(float(self._widest), self._width + 1 / self._width)
            self._admit()

    def _leave(self) -> None:
        self._inside -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._inside < self.width:
            place = self._waiting.popleft()
            if not place.done():
                self._inside += 1
                place.set_result(None)
