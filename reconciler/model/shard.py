"""A shard: the part of a plan that one of several machines makes, chosen by a stable hash.

Invariant: a key falls into the same shard in every run, on every machine and in every version of
Python.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_HASHED = 8
# More machines would wait for the one panel behind them.
MOST = 1024


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """One of ``count`` parts; ``index`` counts from 0."""

    index: int
    count: int

    def __str__(self) -> str:
        """Return the shard as the command line names it: ``2/7``."""
        return f"{self.index}/{self.count}"

    @property
    def words(self) -> str:
        """The shard as messages name it."""
        return f"shard {self}"

    def holds(self, key: str) -> bool:
        """Return whether a client falls into this shard, by its key."""
        return shard_of(key, self.count) == self.index


def shard_of(key: str, count: int) -> int:
    """Return the index of the shard that a client falls into.

    Shape: the first 8 bytes of the SHA-256 of the key in UTF-8, as a big-endian number, modulo the
           number of shards.
    """
    raw = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(raw[:_HASHED], "big") % count


def parse_shard(text: str) -> Shard | None:
    """Read ``I/N`` with I from 0 to N - 1; None for any other text."""
    index, sign, count = text.partition("/")
    known = {str(number) for number in range(MOST + 1)}
    if not sign or index not in known or count not in known:
        return None
    found = Shard(int(index), int(count))
    return found if found.index < found.count <= MOST else None
