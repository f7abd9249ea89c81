"""Coroutines that run side by side and end as one.

Invariant: the first failure cancels the rest and is raised as itself, not wrapped in a group.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

T = TypeVar("T")


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


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = failures
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
