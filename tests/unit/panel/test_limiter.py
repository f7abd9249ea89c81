"""How many at once."""

from __future__ import annotations

import asyncio

from reconciler.panel.limiter import AdaptiveLimiter


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
    """Whatever the crowd."""
    assert most_inside(AdaptiveLimiter(4), 50) == 4
    assert most_inside(AdaptiveLimiter(4), 2) == 2
    assert most_inside(AdaptiveLimiter(0), 3) == 1


def test_overload_halves_the_width_and_answers_restore_it() -> None:
    """Failures of one time count once; there is always room for one."""
    gate = AdaptiveLimiter(16)
    gate.narrow(0)
    gate.narrow(0)
    assert gate.width == 8
    for entered in range(1, 9):
        gate.narrow(entered)
    assert gate.width == 1
    assert most_inside(gate, 5) == 1
    for _ in range(200):
        gate.widen()
    assert gate.width == 16
    assert most_inside(gate, 50) == 16


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
