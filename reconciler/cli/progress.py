"""Progress on standard error: bars on a terminal, silence elsewhere.

Invariant: nothing is ever drawn into a file, a pipe or a CI log.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tqdm import tqdm

    from reconciler.ports import Progress


# With a total how much is left can be told; without one only how much is done.
_OF_MANY = "{desc}: {n_fmt} of {total_fmt} |{bar}| {remaining} left"
_COUNTED = "{desc}: {n_fmt} so far, {elapsed}"


class Silence:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say nothing."""

    def step(self, count: int = 1) -> None:
        """Say nothing."""


class Bars:
    """One bar a stage, gone when the next begins."""

    def __init__(self) -> None:
        self._bar: tqdm[NoReturn] | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a bar; without a total it counts."""
        from tqdm import tqdm

        self.close()
        self._bar = tqdm(
            desc=name,
            total=total,
            bar_format=_COUNTED if total is None else _OF_MANY,
            file=sys.stderr,
            leave=False,
            dynamic_ncols=True,
        )

    def step(self, count: int = 1) -> None:
        """Move the bar on."""
        if self._bar is not None:
            self._bar.update(count)

    def close(self) -> None:
        """Wipe the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def shown_progress(*, wanted: bool) -> Iterator[Progress]:
    """Show progress where somebody can watch it."""
    if not (wanted and sys.stderr.isatty()):
        yield Silence()
        return
    bars = Bars()
    try:
        yield bars
    finally:
        bars.close()
