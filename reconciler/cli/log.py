"""The log on standard error: constant texts with fields, as lines of text or of JSON.

Invariants: without -v only warnings are logged; libraries that log URLs or bodies only log
warnings; secrets are removed from every line.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, TextIO

from reconciler.cli.streams import wipe_lines
from reconciler.report.escape import escape

if TYPE_CHECKING:
    from reconciler.cli.redact import Redactor

# These print whole URLs or payloads.
_TALKATIVE = ("httpx", "asyncio", "uvicorn")
# The lines of this logger are for people and are always printed.
WAITING = "reconciler.waiting"
_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure_log(*, verbose: int, shape: str, scrub: Redactor) -> None:
    """Send our log to standard error, in one format, from one level on."""
    handler = _Aside(sys.stderr)
    handler.setFormatter(_Json(scrub) if shape == "json" else _Text(scrub))
    ours = logging.getLogger("reconciler")
    ours.handlers = [handler]
    ours.propagate = False
    ours.setLevel(_LEVELS[min(verbose, len(_LEVELS) - 1)])
    logging.getLogger(WAITING).setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Aside(logging.StreamHandler[TextIO]):
    def emit(self, record: logging.LogRecord) -> None:
        wipe_lines()
        super().emit(record)


class _Text(logging.Formatter):
    def __init__(self, scrub: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._scrub = scrub

    def format(self, record: logging.LogRecord) -> str:
        if record.name == WAITING:
            return self._scrub(escape(record.getMessage()))
        fields = "".join(f" {key}={value}" for key, value in _fields(record).items())
        line = escape(
            f"{self.formatTime(record)} {record.levelname} {record.name}: "
            f"{record.getMessage()}{fields}"
        )
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return self._scrub(line + trace)


class _Json(logging.Formatter):
    def __init__(self, scrub: Redactor) -> None:
        super().__init__()
        self._scrub = scrub

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            **{key: str(value) for key, value in _fields(record).items()},
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return self._scrub(json.dumps(entry, sort_keys=True))


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}
