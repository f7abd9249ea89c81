"""Asking again: reads after anything that may pass, writes only when they provably did not leave.

Invariants: attempts and time are bounded; what forbids further requests is never followed by one.
"""

from __future__ import annotations

from random import SystemRandom
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import (
    LostAnswerError,
    NotAPanelError,
    PanelError,
    RejectedError,
    SecurityStopError,
    SignInError,
    StatusError,
    ThrottledError,
    UnreachableError,
    WebPageError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.ports import Clock

T = TypeVar("T")

ATTEMPTS = 5
RESENDS = 2
BUDGET = 180.0
FIRST_BUDGET = 8.0
_FIRST = 0.25
_LONGEST = 8.0
_GARBLED = 2
_CHANCE = SystemRandom()
_SERVER = 500
# Statuses that speak of the moment.
_PASSING_STATUS = frozenset({408, 425, 429})


class Retry:
    """Waits between attempts on one clock: exponentially longer, and by chance shorter."""

    def __init__(self, clock: Clock) -> None:
        """Use a clock that a test can own."""
        self._clock = clock
        self._answered = False

    async def read(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run a reading attempt until it answers, or no further attempt can help.

        Raises: PanelError, the last one.
        """
        started = self._clock.now()
        tries = garbled = 0
        while True:
            tries += 1
            try:
                answer = await attempt()
            except PanelError as error:
                garbled += isinstance(error, NotAPanelError | RejectedError)
                if tries >= ATTEMPTS or not _may_pass(error, garbled):
                    raise
                wait = max(pause(tries), _asked(error))
                if self._clock.now() - started + wait > self._budget(error):
                    raise
                reason = f"{error}; reading again"
            else:
                self._answered = True
                return answer
            await self._clock.sleep(wait, reason)

    async def write(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run a writing attempt, again only while it provably did not leave.

        One that was asked to wait does: who looks for its effect at once is turned away, too.

        Raises: PanelError.
        """
        tries = 0
        while True:
            tries += 1
            try:
                return await attempt()
            except UnreachableError as error:
                if tries > RESENDS:
                    raise
                await self._clock.sleep(pause(tries), f"{error}; sending again")
            except ThrottledError as error:
                await self._clock.sleep(error.wait, str(error))
                raise

    def _budget(self, error: PanelError) -> float:
        """Return for how long to ask again: a panel that never answered is soon called away."""
        away = isinstance(error, UnreachableError) and not self._answered
        return FIRST_BUDGET if away else BUDGET


def pause(tries: int) -> float:
    """Return for how long to wait after some tries: exponentially longer, and by chance shorter."""
    return _CHANCE.uniform(0, min(_LONGEST, _FIRST * 2**tries))


def _may_pass(error: PanelError, garbled: int) -> bool:
    if isinstance(error, SecurityStopError | SignInError | WebPageError):
        return False
    if isinstance(error, StatusError):
        return error.status >= _SERVER or error.status in _PASSING_STATUS
    if isinstance(error, NotAPanelError):
        return garbled <= _GARBLED
    if isinstance(error, RejectedError):
        return error.is_trouble and garbled <= _GARBLED
    return isinstance(error, LostAnswerError | UnreachableError)


def _asked(error: PanelError) -> float:
    return error.wait if isinstance(error, ThrottledError) else 0.0
