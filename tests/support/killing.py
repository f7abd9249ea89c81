"""A process that dies in the middle of a run, without a process to kill.

``KillableProcess`` stands between the commands and the panel, and dies at the point that a ``Kill``
names; ``kill_after`` lets an apply die as soon as something is true of the panel.

Invariant: a dead process sends nothing more, and writes neither the inventory nor the journal.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.journal import OpenIntent
    from reconciler.store.inventory import FileInventory
    from reconciler.store.journal import FileJournal
    from tests.support.project import Project

How = Literal["before", "after", "answered", "writing"]
HOWS: tuple[How, ...] = get_args(How)


class KilledError(BaseException):
    """The process dies here: nothing that catches exceptions may catch this one."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The point at which a run dies: a request, counted from 1, and the side of it.

    ``before``: it is not sent. ``after``: the panel has done it, and its answer is lost.
    ``answered``: the answer is there, and nothing else is written or sent. ``writing``: the next
    line of the journal is half written.
    """

    at: int
    how: How


class KillableProcess:
    """The process of one run: counts requests, lets people act between them, and may die.

    ``actions`` are what people do right before the requests of these numbers; ``is_done`` is asked
    after each request, and the process dies when it is true, before the answer arrives.
    """

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - any ASGI application
        kill: Kill | None = None,
        *,
        actions: Mapping[int, Callable[[], None]] | None = None,
        is_done: Callable[[], bool] = lambda: False,
    ) -> None:
        """Stand between the client and ``app``."""
        self.app = app
        self.kill = kill
        self.actions = actions or {}
        self.is_done = is_done
        self.count = 0
        self.dead = False
        self.dying: How | None = None

    def check(self) -> None:
        """Die where it is time. Raises: KilledError."""
        self.dead = self.dead or self.dying == "answered"
        self.check_dead()

    def check_dead(self) -> None:
        """Do nothing more when dead. Raises: KilledError."""
        if self.dead:
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
        self.check_dead()
        made = await self.app(scope, receive, send)
        if how == "after" or self.is_done():
            self.dead = True
        self.check_dead()
        return made


class KillableJournal:
    """A journal whose process may die, even in the middle of a line."""

    def __init__(self, inner: FileJournal, process: KillableProcess) -> None:
        """Pass on to ``inner`` while the process lives."""
        self.inner = inner
        self.process = process

    def begin(self, plan: str, made_at: str = "") -> str:
        """Begin a run."""
        self._check()
        return self.inner.begin(plan, made_at)

    def check(self) -> None:
        """Check that we may still write."""
        self.inner.check()

    def write(self, contents: Sequence[dict[str, Any]]) -> list[int]:
        """Write lines."""
        self._check()
        return self.inner.write(contents)

    def conclude(self, numbers: Iterable[int], result: str, message: str, element: str) -> None:
        """Write an end."""
        self._check()
        self.inner.conclude(numbers, result, message, element)

    def mark_saved(self) -> None:
        """Write that the inventory is saved."""
        self._check()
        self.inner.mark_saved()

    def open_intents(self) -> tuple[OpenIntent, ...]:
        """Return what is open."""
        return self.inner.open_intents()

    def _check(self) -> None:
        self.process.check()
        if self.process.dying == "writing":
            self.process.dead = True
            with self.inner.path.open("ab") as file:
                file.write(b'{"action": "upd')
            raise KilledError


class KillableInventory:
    """An inventory whose process may die."""

    def __init__(self, inner: FileInventory, process: KillableProcess) -> None:
        """Pass on to ``inner`` while the process lives."""
        self.inner = inner
        self.process = process

    def load(self) -> Mapping[Address, InventoryEntry]:
        """Return every entry."""
        return self.inner.load()

    def save(self, entries: Mapping[Address, InventoryEntry]) -> None:
        """Save."""
        self.process.check()
        self.inner.save(entries)


def kill_after(project: Project, is_done: Callable[[], bool]) -> None:
    """Let an apply die when the panel has done something, before the answer arrives."""
    project.process = KillableProcess(project.app, is_done=is_done)
    with suppress(KilledError):
        project.apply()
    assert project.process.dead, f"it was not done in {project.process.count} requests"
    project.process = None
