"""The ways back from each run, one file a run, in a folder beside the journal.

Invariant: a file is written before the run's first request; what the run's writes moved beside
what they were sent for is added when it ends, and nothing else is ever changed.
Shape:  ``documents.journal.UndoFile``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

from reconciler.documents.types import FORMAT_VERSION
from reconciler.errors import CodecError, StoreError, UsageError
from reconciler.model.address import parse_address
from reconciler.model.plan import Action
from reconciler.model.undo import How, InverseChange
from reconciler.store.inventory_entry import encode_entry, read_entry
from reconciler.store.json_file import read_document, write_document
from reconciler.store.value_codec import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from reconciler.documents.journal import SavedInverse, UndoFile

_RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")
_ACTIONS = frozenset(get_args(Action)) - {"blocked"}


class UndoStore:
    """What leads back from the runs on one target."""

    def __init__(self, folder: Path, *, fence: Callable[[], None] = lambda: None) -> None:
        """Use the files in ``folder``; ``fence`` raises when the lock was lost."""
        self._folder = folder
        self._fence = fence

    def runs(self) -> tuple[str, ...]:
        """Return the runs that are known. Raises: StoreError."""
        try:
            names = [path.stem for path in self._folder.glob("*.json")]
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be read: {error}") from error
        return tuple(sorted(name for name in names if _RUN.fullmatch(name)))

    def write(self, run: str, back: Iterable[InverseChange]) -> None:
        """Store the inverse changes of a run. Raises: StoreError."""
        self._fence()
        listed = [encode_inverse(item) for item in back]
        document: UndoFile = {"formatVersion": FORMAT_VERSION, "run": run, "reversals": listed}
        write_document(self._folder / f"{run}.json", document)

    def read(self, run: str) -> tuple[InverseChange, ...]:
        """Return the ways back from a run.

        Raises: UsageError when no such run is known, StoreError when its file is damaged.
        """
        if run not in self.runs():
            raise UsageError(f"the run {run!r} is unknown: `reconciler undo` lists the runs")
        path = self._folder / f"{run}.json"
        document = read_document(path)
        try:
            if document["formatVersion"] != FORMAT_VERSION or document["run"] != run:
                raise StoreError(f"{path} is of another version or run")
            return tuple(decode_inverse(item) for item in document["reversals"])
        except (CodecError, LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise StoreError(f"{path} is damaged, so this run cannot be undone") from error


def encode_inverse(item: InverseChange) -> SavedInverse:
    """Return an inverse change as its file holds it."""
    return {
        "address": str(item.address),
        "action": item.action,
        "how": item.how,
        "why": item.why,
        "before": {name: encode(value) for name, value in item.before.items()},
        "after": {name: encode(value) for name, value in item.after.items()},
        "entry": encode_entry(item.entry) if item.entry else None,
    }


def decode_inverse(raw: SavedInverse) -> InverseChange:
    """Read an inverse change. Raises: CodecError, LookupError, TypeError, ValueError."""
    if raw["action"] not in _ACTIONS or raw["how"] not in get_args(How):
        raise ValueError("an action of an unknown kind")
    return InverseChange(
        address=parse_address(raw["address"]),
        action=raw["action"],
        how=raw["how"],
        why=str(raw["why"]),
        before={name: decode(value) for name, value in raw["before"].items()},
        after={name: decode(value) for name, value in raw["after"].items()},
        entry=read_entry(raw["entry"]) if raw["entry"] else None,
    )
