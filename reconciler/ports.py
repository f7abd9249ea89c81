"""What one package needs of another, as Protocols.

Invariant: a ``Reader`` has no way to write; only ``apply`` is handed a ``Panel``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    from reconciler.model.address import Address
    from reconciler.model.edit_effect import EditEffects
    from reconciler.model.forge import Comment, Issue
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.journal import Charged, Intent, OpenIntent
    from reconciler.model.value import Secret
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Answer, Confirmation, Form, Identity, Row, Rows, TypeLists


class Reader(Protocol):
    """Reads from a panel, and cannot do anything else."""

    async def whoami(self, su: str | None = None) -> Identity:
        """Ask who the panel takes us for."""
        ...

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Read a whole list, proved complete.

        Raises: IncompleteError when it cannot be proved (a filter, a shifting list).
        """
        ...

    async def form(self, call: Call) -> Form:
        """Open a form. Raises: RejectedError with code ``missed`` for an absent object."""
        ...

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Find the lists that a hoster made beside the plain list of a type."""
        ...


class Inspector(Reader, Protocol):
    """Reads, and looks at what a whole reading would refuse or cannot name."""

    async def page(self, call: Call) -> Rows:
        """Read the first page of a list, with its filters and the panel's description of it."""
        ...

    async def answer(self, call: Call) -> Answer:
        """Ask something and take the answer for what it is."""
        ...


class Panel(Reader, Protocol):
    """Reads and writes."""

    async def submit(self, call: Call) -> Confirmation:
        """Send a writing call, once.

        Raises: UnreachableError when it provably did not leave, RejectedError when the panel
        refused it, LostAnswerError when the effect is unknown.
        """
        ...


class Operator(Inspector, Panel, Protocol):
    """Does by hand whatever somebody typed: reads and writes of any shape."""


class Inventory(Protocol):
    """What the last apply left: addresses, ids and the values it wanted."""

    def load(self) -> Mapping[Address, InventoryEntry]:
        """Return every entry. Raises: StoreError."""
        ...

    def save(self, entries: Mapping[Address, InventoryEntry]) -> None:
        """Replace all entries, atomically. Raises: StoreError."""
        ...


class EditMemory(Protocol):
    """Stores what is known of a target's edits."""

    def load(self) -> EditEffects:
        """Return what is known. Raises: StoreError."""
        ...

    def save(self, effects: EditEffects) -> None:
        """Replace what is known, atomically. Raises: StoreError."""
        ...


class Journal(Protocol):
    """Remembers what was sent, and what became of it."""

    def conclude(self, numbers: Iterable[int], result: str, message: str, element: str) -> None:
        """Write what became of some intents. Raises: StoreError."""
        ...

    def open_intents(self) -> tuple[OpenIntent, ...]:
        """Return the intents that have no end yet. Raises: StoreError."""
        ...


class IntentWriter(Protocol):
    """Remembers what is about to be sent, before it is."""

    def width(self, writes: int) -> int:
        """Return how many changes are carried out at once, if ``writes`` are sent at once."""
        ...

    def change(self) -> AbstractContextManager[None]:
        """Surround the work on a change: writing many intents at once waits for those alone."""
        ...

    def check(self) -> None:
        """Check that we may still send. Raises: LockedError when the lock was lost."""
        ...

    async def intend(self, intent: Intent, *, alone: bool = False) -> int:
        """Make an intent durable and return its number; ``alone``: it waits for no other.

        Raises: StoreError, LockedError.
        """
        ...

    async def conclude(
        self,
        numbers: Iterable[int],
        result: str,
        message: str,
        element: str,
        *,
        managed: Mapping[Address, InventoryEntry | None] | None = None,
        charged: Charged | None = None,
        urgent: bool = False,
    ) -> None:
        """Write what became of some intents, what is managed since and what was charged.

        It may be written later, with the next intent; what is ``urgent`` is durable on return.
        Raises: StoreError, LockedError.
        """
        ...

    async def flush(self) -> None:
        """Write what waits to be written. Raises: StoreError, LockedError."""
        ...

    def mark_saved(self) -> None:
        """Write that the inventory holds all that the lines so far proved. Raises: StoreError."""
        ...


class Secrets(Protocol):
    """Turns a reference into a secret's text, at the last moment."""

    def resolve(self, secret: Secret) -> str:
        """Return the text. Raises: SecretError."""
        ...


@runtime_checkable
class SecretSink(Protocol):
    """Stores secrets that no manifest declares, so that reports can redact them."""

    def remember(self, text: str) -> None:
        """Record a text as secret."""
        ...


class Forge(Protocol):
    """Writes the comments of one pull request and the issues of one project.

    Each method raises ForgeError; those that change something raise ForgeLostError when the effect
    is unknown.
    """

    async def whoami(self) -> str:
        """Return the name of the token's user, empty where the server does not return it."""
        ...

    async def comments(self) -> tuple[Comment, ...]:
        """Return all comments of the pull request."""
        ...

    async def add_comment(self, text: str) -> Comment:
        """Write a new comment."""
        ...

    async def edit_comment(self, comment: Comment, text: str) -> Comment | None:
        """Replace the text of a comment; return None for one that was deleted."""
        ...

    async def delete_comment(self, comment: Comment) -> None:
        """Delete a comment; one that is gone already is no error."""
        ...

    async def open_issues(self) -> tuple[Issue, ...]:
        """Return all open issues of the project."""
        ...

    async def add_issue(self, title: str, text: str, labels: Sequence[str]) -> Issue:
        """Open a new issue."""
        ...

    async def edit_issue(
        self, issue: Issue, title: str, text: str, *, close: bool = False
    ) -> Issue | None:
        """Replace the title and the text of an issue; return None for one that was deleted."""
        ...


class Clock(Protocol):
    """Returns the date and waits; a test replaces it by one whose waits take no time."""

    def today(self) -> date:
        """Return the current date."""
        ...

    def now(self) -> float:
        """Return seconds that only ever grow."""
        ...

    async def sleep(self, seconds: float, reason: str = "") -> None:
        """Wait; ``reason`` says what for, to the person at the terminal."""
        ...


class Progress(Protocol):
    """Receives the progress of the work; a terminal shows it, a log ignores it."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage of the work."""
        ...

    def step(self, count: int = 1) -> None:
        """Count some of it as done."""
        ...

    def remark(self, words: str) -> None:
        """Show something beside the count, in place of what stood there."""
        ...
