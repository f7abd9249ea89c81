"""Who holds a lock on the state of a target, and what of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who says to hold a lock: empty texts and None for what is not known.

    ``owner`` is the user, ``purpose`` the command, ``job`` the address of a pipeline's job.
    ``started`` is what the clock of the holder's machine said.
    """

    owner: str = ""
    purpose: str = ""
    host: str = ""
    pid: int | None = None
    started: datetime | None = None
    job: str = ""

    def __str__(self) -> str:
        """Return who it is, in words; empty when nothing is known."""
        parts = [repr(text) for text in (self.purpose,) if text]
        parts += [f"of {self.owner!r}"] if self.owner else []
        parts += [f"on {self.host!r}"] if self.host else []
        parts += [f"process {self.pid}"] if self.pid is not None else []
        parts += [f"job {self.job}"] if self.job else []
        parts += [f"since {self.started:%Y-%m-%d %H:%M:%S} UTC"] if self.started else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class LockRecord:
    """A lock on a part of a target, as the backend holds it.

    ``fence`` is the number of the lock, higher than that of every earlier lock of the target.
    ``parts`` are the clients that it covers; none: the whole target. ``lease`` is in seconds: the
    holder renews three times in it. ``renewals`` counts how often. ``expired`` says whether the
    lease ran out by the backend's own clock; None where the backend has no clock.
    """

    fence: int
    holder: LockHolder
    parts: frozenset[str]
    lease: float
    renewals: int = 0
    expired: bool | None = None

    def covers(self, parts: frozenset[str]) -> bool:
        """Return whether it covers a client of those, or anything at all of a whole target."""
        return not (self.parts and parts) or not self.parts.isdisjoint(parts)

    def __str__(self) -> str:
        """Return who holds what, in words."""
        what = f" on {', '.join(sorted(self.parts))}" if self.parts else ""
        return f"{str(self.holder) or 'an unknown run'}{what}"
