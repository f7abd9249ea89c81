"""How many requests at once: a gate that finds by itself how many the panel serves side by side.

It begins narrow and doubles while answers come as fast as from an idle panel. Once they wait for
one another it narrows by a fifth, and from then on widens by one for each round of answers that
come fast. An overload halves it, and the width that led there is approached with care.

Invariants: never fewer than one, never more than configured; first come, first served; requests
that failed together narrow the gate once; a wait in this gate is no latency of the panel.
Source: slow start and the additive increase of TCP; the latency of an idle panel as in TCP Vegas,
with a narrow round from time to time to measure it again, as in BBR.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# How many are let through before anything is known.
START = 2
# Answers wait for one another when they take this many times as long as those of an idle panel.
_SLOW = 1.5
_NARROWER = 0.8
_OVERLOADED = 0.5
# Where answers come about as fast as from an idle panel, the gate widens by a quarter.
_FAST, _MORE = 1.2, 0.25
# A round holds as many answers as are let through at once, but so many at least.
_ROUND = 16
# An idle latency is found low quickly and forgotten slowly.
_LOWER, _HIGHER = 0.05, 0.005
# With so few inside as at the beginning, it is nearly what is measured.
_ALONE = 0.5
_EARLY = 0.2
# After so many rounds one is narrow, to measure the latency of an idle panel again.
_ROUNDS = 32
_PROBE = 0.5
# After so many rounds the width that led to an overload is tried again.
_PATIENCE = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """A request inside: when it was let in, in seconds, and at which of the gate's widths."""

    at: float
    epoch: int


@dataclass(slots=True)
class _Round:
    """The answers of one round: seconds in all, and how many, by what was asked."""

    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    answers: int = 0
    full: bool = False

    def add(self, what: str, seconds: float, count: int = 1) -> None:
        self.sums[what] = self.sums.get(what, 0.0) + seconds
        self.counts[what] = self.counts.get(what, 0) + count
        self.answers += count

    def pop(self, what: str) -> float:
        """Take out what was asked, and return the mean of its answers."""
        count = self.counts.pop(what)
        self.answers -= count
        return self.sums.pop(what) / count


class AdaptiveLimiter:
    """Lets a bounded number through at once; enter it with ``async with``."""

    def __init__(self, widest: int, now: Callable[[], float] = monotonic) -> None:
        """Begin narrow; ``now`` returns seconds that only ever grow."""
        self._widest = max(1, widest)
        self._width = float(min(START, self._widest))
        self._now = now
        self._inside = 0
        self._epoch = 0
        self._settling = 0
        self._waiting: deque[asyncio.Future[Entry]] = deque()
        self._idle: dict[str, float] = {}
        self._round = _Round()
        # What was not asked often enough yet to know how long it takes on an idle panel.
        self._unknown = _Round()
        self._doubling = True
        # The width that led to an overload, how long ago, and the width before a narrow round.
        self._limit = float(self._widest)
        self._rounds = 0
        self._before = 0.0

    @property
    def width(self) -> int:
        """How many are let through at once, now."""
        return int(self._width)

    async def __aenter__(self) -> Entry:
        """Wait for a place; what is returned is for ``answered`` and ``overloaded``."""
        if not self._waiting and self._inside < self.width:
            self._inside += 1
            return self._enter()
        place: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            return await place
        except asyncio.CancelledError:
            if place.cancelled():
                with suppress(ValueError):  # somebody who left may have passed it over already
                    self._waiting.remove(place)
            else:  # the place had been given before the stop
                self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Pass the place to the next."""
        self._leave()

    def answered(self, entry: Entry, what: str) -> None:
        """Count an answer to ``what`` was asked, and adapt the width after each round of them."""
        if entry.epoch != self._epoch:
            return  # it waited among more, or among fewer, than are let through now
        if self._settling > 0 and not self._doubling:
            self._settling -= 1  # of those that entered together, the short ones end first
            return
        self._round.add(what, self._now() - entry.at)
        if self._round.answers >= max(_ROUND, self.width):
            self._adapt()

    def overloaded(self, entry: Entry) -> None:
        """Halve the width, unless that was done since the request entered."""
        if entry.epoch == self._epoch:
            self._limit = max(1.0, self._width * _NARROWER)
            self._rounds = 0
            self._before = 0.0
            self._set(self._width * _OVERLOADED)
            self._doubling = True

    def _enter(self) -> Entry:
        return Entry(self._now(), self._epoch)

    def _adapt(self) -> None:
        """Compare a round with an idle panel, and widen or narrow the gate."""
        done, self._round = self._round, _Round()
        slowness = self._slowness(done)
        self._rounds += 1
        if self._before:  # the narrow round is over
            before, self._before = self._before, 0.0
            self._set(before)
        elif slowness > _SLOW:
            self._doubling = False
            self._set(self._width * _NARROWER)
        elif self._rounds % _ROUNDS == 0 or (self._is_strange(done) and self.width > START):
            self._before = self._width
            self._set(self._width * _PROBE)
        elif done.full:
            self._widen(slowness)

    def _widen(self, slowness: float) -> None:
        if self._width >= self._limit and self._rounds >= _PATIENCE:
            self._rounds = 0
            self._limit = min(float(self._widest), self._limit + 1)
        more = self._width * (1 if self._doubling else _MORE if slowness < _FAST else 0)
        self._set(max(self._width, min(self._width + max(1.0, more), self._limit)))

    def _slowness(self, done: _Round) -> float:
        """Return how many times as long as on an idle panel a round's answers took.

        What was not asked often enough before counts only once it was.
        """
        took = expected = 0.0
        for what, count in done.counts.items():
            mean = done.sums[what] / count
            idle = self._idle.get(what)
            if idle is None:
                self._unknown.add(what, done.sums[what], count)
                if self._unknown.counts[what] >= _ROUND:
                    self._idle[what] = self._unknown.pop(what)
                continue
            took += done.sums[what]
            expected += idle * count
            weight = self._weight(mean / idle if idle else 1.0) * count / done.answers
            self._idle[what] = idle + (mean - idle) * weight
        return took / expected if expected else 1.0

    def _is_strange(self, done: _Round) -> bool:
        """Return whether of most answers of a round it is not known how long they take.

        What is asked a few times in all, as for signing in, says nothing of later rounds.
        """
        strange = sum(count for what, count in done.counts.items() if what not in self._idle)
        return 2 * strange > done.answers

    def _weight(self, slowness: float) -> float:
        """Return how much a mean counts for the latency of an idle panel."""
        if self.width <= START:
            return _ALONE
        if self._doubling:
            return _EARLY if 1 < slowness <= _SLOW else 0.0
        return _LOWER if slowness < 1 else _HIGHER

    def _set(self, width: float) -> None:
        width = min(float(self._widest), max(1.0, width))
        if int(width) != self.width:
            self._epoch += 1
            self._round = _Round()
            self._settling = int(width)
        self._width = width
        self._admit()

    def _leave(self) -> None:
        self._round.full = self._round.full or bool(self._waiting)
        self._inside -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._inside < self.width:
            place = self._waiting.popleft()
            if not place.done():
                self._inside += 1
                place.set_result(self._enter())
