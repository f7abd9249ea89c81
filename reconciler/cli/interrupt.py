"""Interrupts: the first one ends a run cleanly, the second one immediately.

Invariant: after the first, requests already sent are finished and verified; after the second, they
are open intents in the journal, which the next run resolves.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.console import Console

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """The count of interrupts."""

    def __init__(self) -> None:
        """Begin with none."""
        self.count = 0

    def asked(self) -> bool:
        """Return whether the run must end."""
        return self.count > 0

    def insisted(self) -> bool:
        """Return whether the run must end immediately."""
        return self.count > 1


@contextmanager
def interruptible(console: Console) -> Iterator[Interrupt]:
    """Handle interrupts while an apply runs. Raises: KeyboardInterrupt after the second."""
    interrupt = Interrupt()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def count() -> None:
        interrupt.count += 1
        if interrupt.count == 1:
            console.tell(
                "interrupted: finishing requests that were sent; interrupt again to stop "
                "immediately"
            )
        elif task is not None:
            console.tell(
                "stopped; requests already sent may have taken effect: run `reconciler resume`"
            )
            task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, count)
    try:
        yield interrupt
    except asyncio.CancelledError:
        if not interrupt.insisted():
            raise
        raise KeyboardInterrupt from None
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
