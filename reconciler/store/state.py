"""The state of one target: its journal, inventory, ways back, and what was seen of its edits.

Invariant: a state is in a folder or in a backend, and nobody who uses it sees which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.errors import StoreError, UsageError
from reconciler.store.edit_effects import FileEditEffects, known_effects
from reconciler.store.inventory import FileInventory
from reconciler.store.inventory_entry import encode_entry
from reconciler.store.journal import FileJournal, Journal
from reconciler.store.journal_writer import JournalWriter
from reconciler.store.saved_entries import UNREADABLE
from reconciler.store.undo import UndoStore, decode_inverse, encode_inverse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from reconciler.model.address import Address
    from reconciler.model.edit_effect import EditEffects
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.undo import InverseChange
    from reconciler.ports import EditMemory, Inventory
    from reconciler.store.log import Log

# A journal is compacted after a run when so many lines are behind its last checkpoint.
COMPACT_AFTER = 2_000


class UndoHistory(Protocol):
    """What leads back from the runs on one target."""

    def runs(self) -> tuple[str, ...]:
        """Return the runs that are known. Raises: StoreError."""
        ...

    def write(self, run: str, back: Iterable[InverseChange]) -> None:
        """Store the inverse changes of a run. Raises: StoreError."""
        ...

    def read(self, run: str) -> tuple[InverseChange, ...]:
        """Return the ways back from a run. Raises: UsageError for an unknown one, StoreError."""
        ...


class State(Protocol):
    """The state of one target; each part is read when it is first asked for."""

    @property
    def check(self) -> Callable[[], None]:
        """Raises LockedError when the lock was lost under which this may be written."""
        ...

    @property
    def journal(self) -> Journal:
        """The journal."""
        ...

    @property
    def inventory(self) -> Inventory:
        """The inventory."""
        ...

    @property
    def undo(self) -> UndoHistory:
        """The ways back."""
        ...

    @property
    def edits(self) -> EditMemory:
        """What was seen of edits."""
        ...

    def writer(self, journal: Journal) -> JournalWriter:
        """Return what writes the journal of an apply."""
        ...

    def end_run(self, journal: Journal) -> None:
        """Shorten what the next command reads, after a run. Raises: StoreError, LockedError."""
        ...


@dataclass(slots=True)
class FolderState:
    """The state of the target ``name`` at ``url``, in files of a folder."""

    folder: Path
    inventory_file: Path
    name: str
    url: str
    check: Callable[[], None] = lambda: None

    @property
    def journal(self) -> Journal:
        """The journal, read again each time."""
        return FileJournal(self.folder / f"{self.name}.journal", fence=self.check)

    @property
    def inventory(self) -> Inventory:
        """The inventory."""
        return FileInventory(self.inventory_file, self.name, fence=self.check)

    @property
    def undo(self) -> UndoHistory:
        """The ways back."""
        return UndoStore(self.folder / f"{self.name}.undo", fence=self.check)

    @property
    def edits(self) -> EditMemory:
        """What was seen of edits."""
        return FileEditEffects(self.folder / f"{self.name}.edits.json", self.url, fence=self.check)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever recorded here. Raises: StoreError."""
        return not (self.folder / f"{self.name}.journal").exists() and not self.inventory.load()

    def retire(self) -> None:
        """Put the files aside after they were copied to a backend. Raises: StoreError."""
        journal = self.folder / f"{self.name}.journal"
        entries = self.inventory.load()
        try:
            if journal.exists():
                journal.replace(journal.with_name(f"{journal.name}.migrated"))
        except OSError as error:
            raise StoreError(f"{journal} cannot be renamed: {error}") from error
        if entries:
            kept = self.inventory_file.with_name(f"{self.name}.inventory.json.migrated")
            FileInventory(kept, self.name).save(entries)
            self.inventory.save({})

    def writer(self, journal: Journal) -> JournalWriter:
        """Return what writes the journal of an apply: each line for itself."""
        return JournalWriter(journal)

    def end_run(self, journal: Journal) -> None:
        """Do nothing: a file is read whole."""


@dataclass(slots=True)
class LogState:
    """The state of a target at ``url``, all of it in the lines of a log.

    ``check`` raises when the lock is lost under which it may be written. ``wave`` is how many
    lines are worth waiting for. It is read once, and again when another run wrote to it.
    """

    log: Log
    url: str
    wave: int = 1
    check: Callable[[], None] = lambda: None
    sign_key: bytes = b""
    journal: Journal = field(init=False)
    inventory: Inventory = field(init=False)

    def __post_init__(self) -> None:
        """Connect the parts; nothing is asked yet."""
        self.journal = Journal(
            self.log, fence=self.check, sign_key=self.sign_key, trusts_clock=False
        )
        self.inventory = LogInventory(self.journal)

    @property
    def undo(self) -> UndoHistory:
        """The ways back."""
        return LogUndo(self.journal)

    @property
    def edits(self) -> EditMemory:
        """What was seen of edits."""
        return LogEdits(self.journal, self.url)

    def writer(self, journal: Journal) -> JournalWriter:
        """Return what writes the journal of an apply, as many lines at once as are worth it."""
        return JournalWriter(journal, self.wave, blocks=True)

    def end_run(self, journal: Journal) -> None:
        """Write a checkpoint where many lines are behind the last one."""
        journal.compact(COMPACT_AFTER)


class LogInventory:
    """The inventory as lines of the journal say it; satisfies ``ports.Inventory``."""

    def __init__(self, journal: Journal) -> None:
        """Use the lines of a journal."""
        self._journal = journal
        self._read: Mapping[Address, InventoryEntry] | None = None

    def load(self) -> Mapping[Address, InventoryEntry]:
        """Return every entry. Raises: StoreError."""
        self._read = self._journal.facts().managed()
        return self._read

    def save(self, entries: Mapping[Address, InventoryEntry]) -> None:
        """Write what is otherwise than it was read: a run beside ours may have changed the rest.

        Raises: StoreError, LockedError.
        """
        before = self._read if self._read is not None else self.load()
        managed: dict[str, Any] = {str(each): None for each in before if each not in entries}
        for address, entry in entries.items():
            if before.get(address) != entry:
                managed[str(address)] = encode_entry(entry)
        if managed:
            self._journal.write([{"type": "inventory", "managed": managed}])
        self._read = self._journal.facts().managed()


class LogEdits:
    """What was seen of edits, as lines of the journal say it; satisfies ``ports.EditMemory``."""

    def __init__(self, journal: Journal, url: str) -> None:
        """Use the lines of a journal, for the panel at an address."""
        self._journal = journal
        self._url = url

    def load(self) -> EditEffects:
        """Return what is known. Raises: StoreError."""
        line = self._journal.facts().edits
        if line is None or line["url"] != self._url:
            return {}
        try:
            return known_effects(line["edits"])
        except UNREADABLE as error:
            message = f"{self._journal.log.place}: a line of edits cannot be read"
            raise StoreError(message) from error

    def save(self, effects: EditEffects) -> None:
        """Write what is known. Raises: StoreError, LockedError."""
        if effects != self.load():
            self._journal.write([{"type": "edits", "url": self._url, "edits": effects}])


class LogUndo:
    """The ways back, as lines of the journal say them."""

    def __init__(self, journal: Journal) -> None:
        """Use the lines of a journal."""
        self._journal = journal

    def runs(self) -> tuple[str, ...]:
        """Return the runs that are known. Raises: StoreError."""
        lines = self._journal.lines()
        return tuple(sorted({line["of"] for line in lines if line["type"] == "undo"}))

    def write(self, run: str, back: Iterable[InverseChange]) -> None:
        """Store the inverse changes of a run. Raises: StoreError, LockedError."""
        listed = [encode_inverse(item) for item in back]
        self._journal.write([{"type": "undo", "of": run, "reversals": listed}])

    def read(self, run: str) -> tuple[InverseChange, ...]:
        """Return the ways back from a run; the last line of the run holds.

        Raises: UsageError when no such run is known, StoreError when it cannot be read.
        """
        found = [
            line for line in self._journal.lines() if line["type"] == "undo" and line["of"] == run
        ]
        if not found:
            raise UsageError(f"the run {run!r} is unknown: `reconciler undo` lists the runs")
        try:
            return tuple(decode_inverse(item) for item in found[-1]["reversals"])
        except UNREADABLE as error:
            place = self._journal.log.place
            raise StoreError(f"{place}: the run {run} cannot be undone: damaged") from error
