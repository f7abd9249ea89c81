"""Coroutines that run side by side and end as one.

Invariant: the first failure cancels the rest and is raised as itself, not wrapped in a group.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

T = TypeVar("T")
S = TypeVar("S")


async def gather_all(work: Iterable[Coroutine[None, None, T]]) -> list[T]:
    """Run coroutines concurrently and return their results in the order of the coroutines."""
    items = [*work]
    if len(items) == 1:
        return [await items[0]]
    tasks: list[asyncio.Task[T]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks.extend(group.create_task(item) for item in items)
    except BaseExceptionGroup as failures:
        raise _first(failures) from None
    return [task.result() for task in tasks]


async def gather_two(one: Coroutine[None, None, T], other: Coroutine[None, None, S]) -> tuple[T, S]:
    """Run two coroutines of different results concurrently, as ``gather_all`` does."""
    work: list[Coroutine[None, None, object]] = [one, other]
    first, second = await gather_all(work)
    return cast("T", first), cast("S", second)


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = failures
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
