"""A run that dies at a request: what a SIGKILL leaves behind, without a process to kill.

Invariant: after the death nothing more is written, neither to the inventory nor to the journal.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.journal import Intent, OpenIntent
    from reconciler.ports import Inventory, Journal
    from tests.support.project import Project


class KilledError(BaseException):
    """The process is gone; nothing that catches exceptions may catch this one."""


class KillablePanel:
    """An ASGI panel whose client dies at the n-th request, before it arrives or after the answer.

    Counting starts when ``at`` is set; zero lets everybody live.
    """

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - any ASGI application
        """Stand in front of ``app``."""
        self.app = app
        self.at = 0
        self.when: Literal["before", "after"] = "before"
        self.count = 0
        self.dead = False

    def arm(self, at: int, when: Literal["before", "after"]) -> None:
        """Kill the client at the given request from now on."""
        self.at, self.when, self.count, self.dead = at, when, 0, False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Answer, or let the client die."""
        self.count += 1
        if self.dead or (self.count == self.at and self.when == "before"):
            self.dead = True
            raise KilledError
        await self.app(scope, receive, send)
        if self.count == self.at:
            self.dead = True
            raise KilledError


class KillableInventory:
    """An inventory that is not saved once the run is dead."""

    def __init__(self, inner: Inventory, killable: KillablePanel) -> None:
        """Pass on to ``inner`` while the run lives."""
        self.inner = inner
        self.killable = killable

    def load(self) -> Mapping[Address, InventoryEntry]:
        """Return every entry."""
        return self.inner.load()

    def save(self, entries: Mapping[Address, InventoryEntry]) -> None:
        """Save, unless dead."""
        if not self.killable.dead:
            self.inner.save(entries)


class KillableJournal:
    """A journal that is not written once the run is dead."""

    def __init__(self, inner: Journal, killable: KillablePanel) -> None:
        """Pass on to ``inner`` while the run lives."""
        self.inner = inner
        self.killable = killable

    def begin(self, plan: str, made_at: str = "") -> str:
        """Begin a run."""
        return self.inner.begin(plan, made_at)

    def intend(self, intent: Intent) -> int:
        """Write an intent, unless dead."""
        if self.killable.dead:
            raise KilledError
        return self.inner.intend(intent)

    def conclude(self, numbers: Iterable[int], result: str, message: str, element: str) -> None:
        """Write an end, unless dead."""
        if not self.killable.dead:
            self.inner.conclude(numbers, result, message, element)

    def open_intents(self) -> tuple[OpenIntent, ...]:
        """Return what is open."""
        return self.inner.open_intents()


def kill_after(project: Project, is_done: Callable[[], bool], most: int = 80) -> None:
    """Let an apply die at the answer to the first request after which something is done.

    Nothing more is written down then; the round goes on with its own journal afterwards.
    """
    killable, kept = KillablePanel(project.app), project.journal
    project.app, project.journal = killable, KillableJournal(kept, killable)
    for number in range(1, most):
        killable.arm(number, "after")
        with suppress(KilledError):
            project.apply()
        if is_done():
            break
    else:
        raise AssertionError(f"nothing was done in {most} requests")
    killable.arm(0, "after")
    project.journal = kept
