"""Interrupts: the first one ends a run cleanly, the second one at once.

Invariant: after the first, what is in flight is finished and proved; after the second, what was in
flight is an open intent in the journal, which the next run settles.
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
    """Whether somebody asked the run to end."""

    def __init__(self) -> None:
        """Begin with nobody asking."""
        self.count = 0

    def asked(self) -> bool:
        """Tell whether the run is asked to end."""
        return self.count > 0

    def insisted(self) -> bool:
        """Tell whether the run is asked to end at once."""
        return self.count > 1


@contextmanager
def interruptible(console: Console) -> Iterator[Interrupt]:
    """Heed interrupts while an apply runs. Raises: KeyboardInterrupt after the second."""
    interrupt = Interrupt()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def heed() -> None:
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
        loop.add_signal_handler(number, heed)
    try:
        yield interrupt
    except asyncio.CancelledError:
        if not interrupt.insisted():
            raise
        raise KeyboardInterrupt from None
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
