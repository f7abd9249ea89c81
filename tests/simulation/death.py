"""The process of a run, and how it dies: before a request, after it, or within a line it writes.

Invariant: a dead process sends nothing and writes nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from tests.support.connection import KilledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.journal import Intent, OpenIntent
    from reconciler.sandbox import FaultMiddleware
    from reconciler.store.inventory import FileInventory
    from reconciler.store.journal import FileJournal

How = Literal["before", "after", "answered", "writing"]
HOWS: tuple[How, ...] = get_args(How)


@dataclass(frozen=True, slots=True)
class Kill:
    """Where a run dies: at which request, and on which side of it.

    ``before`` it is sent, ``after`` the panel has worked it off, ``answered``: when the answer is
    there, and before anything else is written or sent; ``writing``: with the next line of the
    journal half written.
    """

    at: int
    how: How


class KillableProcess:
    """The process of one run: counts requests, lets people act between them, and may die."""

    def __init__(
        self, app: FaultMiddleware, kill: Kill | None, actions: Mapping[int, Callable[[], None]]
    ) -> None:
        """Stand between the client and ``app``."""
        self.app = app
        self.kill = kill
        self.actions = actions
        self.count = 0
        self.dead = False
        self.dying: How | None = None

    def check(self) -> None:
        """Die where it is time. Raises: KilledError."""
        if self.dead or self.dying == "answered":
            self.dead = True
            raise KilledError

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:  # noqa: ANN401 - ASGI
        """Answer one request, or die."""
        self.check()
        self.count += 1
        if self.count in self.actions:
            self.actions[self.count]()
        here = self.kill is not None and self.count == self.kill.at
        how = self.kill.how if self.kill and here else None
        if how == "before":
            self.dead = True
        elif how in {"answered", "writing"}:
            self.dying = how
        if self.dead:
            raise KilledError
        made = await self.app(scope, receive, send)
        if how == "after" or self.dead:
            self.dead = True
            raise KilledError
        return made


class KillableJournal:
    """A journal whose process may die, even in the middle of a line."""

    def __init__(self, inner: FileJournal, life: KillableProcess) -> None:
        """Pass on to ``inner`` while the process lives."""
        self.inner = inner
        self.life = life

    def begin(self, plan: str, made_at: str = "") -> str:
        """Begin a run."""
        self._check()
        return self.inner.begin(plan, made_at)

    def intend(self, intent: Intent) -> int:
        """Write an intent."""
        self._check()
        return self.inner.intend(intent)

    def conclude(self, numbers: Iterable[int], result: str, message: str, element: str) -> None:
        """Write an end."""
        self._check()
        self.inner.conclude(numbers, result, message, element)

    def open_intents(self) -> tuple[OpenIntent, ...]:
        """Return what is open."""
        return self.inner.open_intents()

    def _check(self) -> None:
        self.life.check()
        if self.life.dying == "writing":
            self.life.dead = True
            with self.inner.path.open("ab") as file:
                file.write(b'{"action": "upd')
            raise KilledError


class KillableInventory:
    """An inventory whose process may die."""

    def __init__(self, inner: FileInventory, life: KillableProcess) -> None:
        """Pass on to ``inner`` while the process lives."""
        self.inner = inner
        self.life = life

    def load(self) -> Mapping[Address, InventoryEntry]:
        """Return every entry."""
        return self.inner.load()

    def save(self, entries: Mapping[Address, InventoryEntry]) -> None:
        """Save."""
        self.life.check()
        self.inner.save(entries)
