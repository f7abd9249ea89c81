"""The first edit of a function on a target goes alone, and is looked at before its siblings go.

Invariants: an edit that could lose what it does not carry waits until one like it is seen to keep
such values; once a function is seen to clear them, nothing more of it is sent; an edit that can
lose nothing waits for nobody.
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
    """What the edits of one target are known to do, and whose turn it is."""

    def __init__(self, known: EditEffects, *, whole: bool = False) -> None:
        """Begin with what earlier runs have seen; ``whole`` says that whole forms are sent."""
        self._whole = whole
        self._seen: dict[str, dict[Sort, Effect]] = {f: dict(each) for f, each in known.items()}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def seen(self) -> EditEffects:
        """What is known by now."""
        return self._seen

    @asynccontextmanager
    async def turn(self, func: str, risked: frozenset[Sort]) -> AsyncIterator[str]:
        """Wait until an edit may go that could lose values of some sorts; give why it may not.

        The first of its kind holds up the others until the block ends, and is to ``learn`` in it.
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
        """Remember what an edit did to values that it did not carry."""
        seen = self._seen.setdefault(func, {})
        for sort in kept:
            seen.setdefault(sort, "keeps")
        for sort in lost:
            seen[sort] = "clears"

    def is_known(self, func: str, risked: frozenset[Sort]) -> bool:
        """Tell whether it is known what an edit does to values of some sorts."""
        seen = self._seen.get(func, {})
        return bool(self._refusal(func, risked)) or risked <= seen.keys()

    def _refusal(self, func: str, risked: frozenset[Sort]) -> str:
        seen = self._seen.get(func, {})
        if self._whole:
            said = f"{func} of this panel clears fields even if the complete form is sent"
            return said if risked and seen.get("whole") == "clears" else ""
        if not risked or "clears" not in {seen.get(sort) for sort in seen if sort != "whole"}:
            return ""
        return (
            f"{func} of this panel clears fields that a request does not name: {WHOLE_FORMS}, "
            "then plan again"
        )
