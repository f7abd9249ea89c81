"""Canaries: the first edit of each function is sent alone and checked before the others.

Invariants: an edit that could clear values which it does not carry waits until a first edit has
kept such values; once a function has cleared them, no edit of it is sent; an edit that cannot
clear anything never waits.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from reconciler.model.edit_effect import EditEffects, Effect, Sort

WHOLE_FORMS = "write `wholeForms: true` under this target in reconciler.yaml"


class Canaries:
    """The known effects of edits on one target, and the lock that sends a first edit alone."""

    def __init__(self, known: EditEffects, *, whole: bool = False) -> None:
        """Begin with the effects that earlier runs saw; ``whole``: complete forms are sent."""
        self._whole = whole
        self._seen: dict[str, dict[Sort, Effect]] = {f: dict(each) for f, each in known.items()}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def seen(self) -> EditEffects:
        """The effects known so far."""
        return self._seen

    @asynccontextmanager
    async def turn(self, func: str, risked: frozenset[Sort]) -> AsyncIterator[str]:
        """Wait until an edit may be sent; yield why it may not, or an empty text.

        The first edit with these risks makes the others wait until its block ends, and calls
        ``learn`` in it.
        """
        if not risked or self.is_known(func, risked):
            yield self._refusal(func, risked)
            return
        async with self._turns[func]:
            if not self.is_known(func, risked):
                yield ""
                return
        yield self._refusal(func, risked)

    def learn(self, func: str, kept: Iterable[Sort], lost: Iterable[Sort]) -> None:
        """Store what an edit did to values that it did not carry."""
        seen = self._seen.setdefault(func, {})
        for sort in kept:
            seen.setdefault(sort, "keeps")
        for sort in lost:
            seen[sort] = "clears"

    def is_known(self, func: str, risked: frozenset[Sort]) -> bool:
        """Return whether the effect of an edit on values of some sorts is known."""
        seen = self._seen.get(func, {})
        return bool(self._refusal(func, risked)) or risked <= seen.keys()

    def _refusal(self, func: str, risked: frozenset[Sort]) -> str:
        seen = self._seen.get(func, {})
        if self._whole:
            message = f"{func} of this panel clears fields even if the complete form is sent"
            return message if risked and seen.get("whole") == "clears" else ""
        if not risked or "clears" not in {seen.get(sort) for sort in seen if sort != "whole"}:
            return ""
        return (
            f"{func} of this panel clears fields that a request does not name: {WHOLE_FORMS}, "
            "then plan again"
        )
