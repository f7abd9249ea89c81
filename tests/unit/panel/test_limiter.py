"""How many at once."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

from reconciler.panel.limiter import START, AdaptiveLimiter, Entry
from tests.support.virtual_time import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE = 0.02


def most_inside(gate: AdaptiveLimiter, count: int) -> int:
    """Send so many through, and tell how many were inside at once."""
    inside = [0, 0]

    async def pass_through() -> None:
        async with gate:
            inside[0] += 1
            inside[1] = max(inside)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            inside[0] -= 1

    async def run() -> None:
        await asyncio.gather(*(pass_through() for _ in range(count)))

    asyncio.run(run())
    return inside[1]


def test_gate_lets_no_more_through_than_it_is_wide() -> None:
    """Whatever the crowd, it begins narrow, and there is always room for one."""
    assert most_inside(AdaptiveLimiter(16), 50) == START
    assert most_inside(AdaptiveLimiter(16), 1) == 1
    assert most_inside(AdaptiveLimiter(0), 3) == 1


def test_requests_that_failed_together_narrow_the_gate_once() -> None:
    """Those that entered before it was narrowed say nothing of the new width."""
    gate = AdaptiveLimiter(2)
    both = Entry(0.0, 0)
    gate.overloaded(both)
    gate.overloaded(both)
    assert gate.width == 1
    gate.overloaded(Entry(0.0, 1))
    assert gate.width == 1
    assert most_inside(gate, 5) == 1


def test_places_are_not_lost_with_those_who_give_up() -> None:
    """Neither a waiting one nor one that was just let in takes a place along."""
    gate = AdaptiveLimiter(1)

    async def occupy(turns: int) -> None:
        async with gate:
            for _ in range(turns):
                await asyncio.sleep(0)

    async def run() -> None:
        first = asyncio.create_task(occupy(3))
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(occupy(1)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await first
        waiting[1].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait_for(occupy(1), 1)

    asyncio.run(run())


def test_waiting_one_gives_up_as_the_one_inside_leaves() -> None:
    """It is passed over before it knows, and ends as cancelled: no error hides an interrupt."""
    gate = AdaptiveLimiter(1)

    async def enter() -> None:
        async with gate:
            pass

    async def run() -> bool:
        async with gate:
            late = asyncio.create_task(enter())
            await asyncio.sleep(0)
            late.cancel()
        await asyncio.wait([late])
        return late.cancelled()

    assert asyncio.run(run())
    assert most_inside(gate, 3) == 1


class Gate(Protocol):
    """What lets requests through, adaptive or not."""

    async def __aenter__(self) -> Entry: ...
    async def __aexit__(self, *_: object) -> None: ...
    def answered(self, entry: Entry, what: str) -> None: ...
    def overloaded(self, entry: Entry) -> None: ...


class FixedGate:
    """Lets a fixed number through at once."""

    def __init__(self, width: int) -> None:
        self._places = asyncio.Semaphore(width)

    async def __aenter__(self) -> Entry:
        await self._places.acquire()
        return Entry(0.0, 0)

    async def __aexit__(self, *_: object) -> None:
        self._places.release()

    def answered(self, entry: Entry, what: str) -> None:
        """Learn nothing."""

    def overloaded(self, entry: Entry) -> None:
        """Learn nothing."""


@dataclass
class Panel:
    """A panel that serves so many at once; the others wait, or are refused beyond a limit.

    ``kinds`` are how many times as long each kind of request takes; they come one after the other.
    """

    serves: int
    takes: Callable[[random.Random], float]
    limit: int = 0
    kinds: tuple[float, ...] = (1.0,)
    refused: int = 0
    waited: float = 0.0

    def serve(self, count: int, gate: Callable[[VirtualTime], Gate]) -> float:
        """Serve requests that are all there at once; return how long it took, in seconds."""
        time, chance = VirtualTime(), random.Random(7)
        self.refused, self.waited, inside = 0, 0.0, 0

        async def answer(kind: int) -> None:
            nonlocal inside
            inside += 1
            began = time.now()
            async with servers:
                self.waited += time.now() - began
                await time.sleep(self.takes(chance) * self.kinds[kind])
            inside -= 1

        async def ask(number: int) -> None:
            kind = number * len(self.kinds) // count
            while True:
                async with entry as entered:
                    refuses = bool(self.limit) and inside >= self.limit
                    if refuses:
                        self.refused += 1
                        await time.sleep(0.001)
                        entry.overloaded(entered)
                    else:
                        await answer(kind)
                        entry.answered(entered, str(kind))
                if not refuses:
                    return
                await time.sleep(chance.uniform(0, 0.5))

        async def run() -> None:
            await asyncio.gather(*(ask(number) for number in range(count)))

        entry, servers = gate(time), asyncio.Semaphore(self.serves)
        time.run(run())
        return time.now()


def adaptive(time: VirtualTime) -> Gate:
    """Return a gate that finds out by itself."""
    return AdaptiveLimiter(64, time.now)


def evenly(chance: random.Random) -> float:
    """Return a time of service between half of the mean and half more."""
    return chance.uniform(SERVICE / 2, 1.5 * SERVICE)


def by_chance(chance: random.Random) -> float:
    """Return a time of service of which most are short and some are very long."""
    return chance.expovariate(1 / SERVICE)


SIZES = pytest.mark.parametrize(("serves", "count"), [(4, 2_000), (16, 4_000), (64, 16_000)])


@pytest.mark.parametrize("takes", [lambda _chance: SERVICE, evenly])
@SIZES
@pytest.mark.parametrize(("kinds", "waits"), [((1.0,), 1.0), ((1.0, 3.0), 2.0)])
def test_gate_comes_near_the_best_fixed_width(
    serves: int,
    count: int,
    takes: Callable[[random.Random], float],
    kinds: tuple[float, ...],
    waits: float,
) -> None:
    """Without being told it is at most a tenth slower, and requests wait about a service's time."""
    panel = Panel(serves, takes, kinds=kinds)
    best = panel.serve(count, lambda _time: FixedGate(serves))

    took = panel.serve(count, adaptive)

    assert best / took >= 0.9
    assert panel.waited / count <= waits * SERVICE * sum(kinds) / len(kinds)


@SIZES
def test_gate_stands_answers_of_very_different_length(serves: int, count: int) -> None:
    """Where some take many times as long as others, a long one is not mistaken for a crowd."""
    panel = Panel(serves, by_chance)
    best = panel.serve(count, lambda _time: FixedGate(serves))

    assert best / panel.serve(count, adaptive) >= 0.75


@pytest.mark.parametrize(("serves", "limit"), [(4, 6), (8, 8), (16, 20)])
def test_gate_does_not_collapse_where_a_panel_refuses(serves: int, limit: int) -> None:
    """A panel that answers 429 or 503 beyond its limit is asked again a few times only."""
    panel = Panel(serves, evenly, limit=limit)
    best = panel.serve(6_000, lambda _time: FixedGate(serves))

    took = panel.serve(6_000, adaptive)

    assert best / took >= 0.85
    assert panel.refused < 100


def test_what_is_asked_a_few_times_holds_nothing_back() -> None:
    """Signing in and the first forms are asked once each: no later round waits for their pace."""
    time = VirtualTime()
    gate = AdaptiveLimiter(64, time.now)

    async def one(what: str) -> None:
        async with gate as entered:
            await time.sleep(SERVICE)
            gate.answered(entered, what)

    async def run() -> None:
        await asyncio.gather(*(one(f"once {number}") for number in range(15)))
        await asyncio.gather(*(one("often") for _ in range(1_000)))

    time.run(run())
    assert gate.width >= 32


def test_gate_recovers_after_an_overload_has_passed() -> None:
    """A panel that was overloaded for a while is asked as much as before later."""
    time = VirtualTime()
    gate = AdaptiveLimiter(16, time.now)

    async def ask(count: int, *, fails: bool) -> None:
        async def one() -> None:
            async with gate as entered:
                await time.sleep(SERVICE)
                gate.overloaded(entered) if fails else gate.answered(entered, "a")

        await asyncio.gather(*(one() for _ in range(count)))

    async def run() -> list[int]:
        seen = []
        for count, fails in ((500, False), (50, True), (8_000, False)):
            await ask(count, fails=fails)
            seen.append(gate.width)
        return seen

    assert time.run(run()) == [16, 1, 16]
