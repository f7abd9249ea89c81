"""Several questions side by side.

Invariant: when one fails the others are stopped, and its own exception is what is raised.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

T = TypeVar("T")


async def together(questions: Iterable[Coroutine[None, None, T]]) -> list[T]:
    """Await all, and return the answers in the order of the questions."""
    tasks = [asyncio.ensure_future(question) for question in questions]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
