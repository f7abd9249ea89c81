"""Managed objects as a checkpoint holds them, of which few are ever looked at.

Shape:  a line for each object in three columns: its address, its place (kind, variant, parent and
id), and its entry as the inventory writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.errors import CodecError, StoreError
from reconciler.model.address import parse_address
from reconciler.store.inventory_entry import read_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents.inventory import SavedEntry
    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry

# What an entry of another version, or a damaged one, fails with.
UNREADABLE = (CodecError, LookupError, TypeError, ValueError, ArithmeticError)


class SavedEntries(Mapping["Address", "InventoryEntry"]):
    """Managed objects by address; an entry is decoded when it is asked for.

    Invariant: an object has one address: that under which it was written last.
    """

    __slots__ = ("_later", "_raw", "_starts")

    def __init__(
        self,
        raw: bytes = b"",
        starts: dict[str, int] | None = None,
        later: dict[str, bytes] | None = None,
    ) -> None:
        """Hold lines of a checkpoint by where they start, and those that were written later."""
        self._raw = raw
        self._starts = starts or {}
        self._later = later or {}

    def __getitem__(self, address: Address) -> InventoryEntry:
        """Return an entry. Raises: KeyError; StoreError where it cannot be read."""
        text = str(address)
        if text not in self._starts and text not in self._later:
            raise KeyError(address)
        try:
            return read_entry(json.loads(self._line(text).partition(b"\t")[2]))
        except UNREADABLE as error:
            raise StoreError(
                f"the entry of {address} in the state cannot be read: restore the state from a "
                "backup"
            ) from error

    def __iter__(self) -> Iterator[Address]:
        """Return the addresses."""
        return map(parse_address, (*self._starts, *self._later))

    def __len__(self) -> int:
        """Return how many objects are managed."""
        return len(self._starts) + len(self._later)

    def lines(self) -> Iterator[bytes]:
        """Return a line for each object, as a checkpoint has them."""
        for text in (*self._starts, *self._later):
            yield b"%s\t%s" % (text.encode(), self._line(text))

    def changed(self, deltas: Mapping[Address, SavedEntry | None]) -> SavedEntries:
        """Return the entries after others were written over them, None for none."""
        starts, later = dict(self._starts), dict(self._later)
        places = {self._place(text): text for text in (*starts, *later)}
        for address, entry in deltas.items():
            text = str(address)
            if text in starts or text in later:
                places.pop(later[text].partition(b"\t")[0] if text in later else self._place(text))
                starts.pop(text, None)
                later.pop(text, None)
            if entry is not None:
                line = _entry_line(entry)
                place = line.partition(b"\t")[0]
                if (other := places.get(place)) is not None:
                    starts.pop(other, None)
                    later.pop(other, None)
                later[text], places[place] = line, text
        return SavedEntries(self._raw, starts, later)

    def _place(self, text: str) -> bytes:
        if text in self._later:
            return self._later[text].partition(b"\t")[0]
        start = self._starts[text]
        return self._raw[start : self._raw.index(b"\t", start)]

    def _line(self, text: str) -> bytes:
        if text in self._later:
            return self._later[text]
        start = self._starts[text]
        return self._raw[start : self._raw.index(b"\n", start)]


def read_entries(raw: bytes, start: int, count: int) -> SavedEntries:
    """Read so many lines of a checkpoint, from ``start`` to its end, without copying them.

    Raises: ValueError when there are more or fewer.
    """
    starts: dict[str, int] = {}
    at = start
    while at < len(raw):
        tab = raw.index(b"\t", at)
        starts[raw[at:tab].decode()] = tab + 1
        at = raw.index(b"\n", tab) + 1
    if len(starts) != count:
        raise ValueError("entries are missing")
    return SavedEntries(raw, starts)


def _entry_line(entry: SavedEntry) -> bytes:
    scope = entry["scope"]
    row = entry.get("formId", entry["rowId"])
    place = json.dumps([scope["kind"], scope["variant"], scope["parent"], row])
    return f"{place}\t{json.dumps(entry, sort_keys=True)}".encode()
