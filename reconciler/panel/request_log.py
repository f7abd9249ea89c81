"""What is said about the requests: function, effect, time and result; never what was in them."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from reconciler.errors import RejectedError, StatusError

if TYPE_CHECKING:
    from reconciler.wire.call import Call

LOG = logging.getLogger("reconciler.panel")


def silence_libraries() -> None:
    """Stop the HTTP libraries from printing addresses and bodies."""
    logging.getLogger("httpx").setLevel(logging.WARNING)


class RequestLog:
    """Logs each exchange, and at the end how many there were.

    ``asked`` counts them by their function, and by what they were asked for where a call says so.
    """

    def __init__(
        self, log: logging.Logger | None, asked: Counter[tuple[str, str]] | None = None
    ) -> None:
        """Begin at nothing."""
        self._log = log or LOG
        self._asked: Counter[tuple[str, str]] = Counter() if asked is None else asked
        self.reads = 0
        self.writes = 0
        self.failures = 0

    def note(self, call: Call, seconds: float, error: BaseException | None = None) -> None:
        """Count one exchange."""
        if call.writes:
            self.writes += 1
        else:
            self.reads += 1
        self.failures += error is not None
        self._asked[call.func, call.why] += 1
        if self._log.isEnabledFor(logging.DEBUG):
            self._log.debug(
                "func=%s effect=%s ms=%d result=%s",
                call.func,
                call.effect.value,
                seconds * 1000,
                _result(error),
            )

    def close(self) -> None:
        """Log how many there were."""
        self._log.info("reads=%d writes=%d failures=%d", self.reads, self.writes, self.failures)


def _result(error: BaseException | None) -> str:
    if error is None:
        return "ok"
    if isinstance(error, RejectedError):
        return f"refused:{error.code[:32] or 'untyped'}"
    if isinstance(error, StatusError):
        return f"status:{error.status}"
    return type(error).__name__
