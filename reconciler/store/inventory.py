"""The inventory as one file: what the last apply left, target by target.

Invariants: other targets' entries are written back as they were read; a damaged file, or one of a
later version, is reported and never overwritten; no secret is written.
Shape: ``documents.inventory.InventoryFile``, sorted keys.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.documents.types import FORMAT_VERSION
from reconciler.errors import CodecError, StoreError
from reconciler.model.address import Address, parse_address
from reconciler.store.atomic_file import read_file, write_file
from reconciler.store.inventory_entry import encode_entry, read_entry
from reconciler.store.strict_json import JsonError, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from reconciler.documents.inventory import InventoryFile, SavedEntry
    from reconciler.model.inventory import InventoryEntry

MAX_BYTES = 1 << 30


class FileInventory:
    """The entries of one target in a file; a missing file holds none."""

    __slots__ = ("_fence", "_path", "_target")

    def __init__(
        self, path: Path, target: str, *, fence: Callable[[], None] = lambda: None
    ) -> None:
        """Read and make nothing until it is asked for; ``fence`` raises when we may not write."""
        self._fence = fence
        self._path = path
        self._target = target

    def load(self) -> Mapping[Address, InventoryEntry]:
        """Return every entry. Raises: StoreError when the file is damaged."""
        raw = self._targets().get(self._target, {})
        entries: dict[Address, InventoryEntry] = {}
        try:
            for address, entry in raw.items():
                entries[parse_address(address)] = read_entry(entry)
        except (CodecError, LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise self._damaged() from error
        return entries

    def save(self, entries: Mapping[Address, InventoryEntry]) -> None:
        """Replace this target's entries, atomically. Raises: StoreError."""
        self._fence()
        targets = self._targets()
        targets[self._target] = {str(key): encode_entry(each) for key, each in entries.items()}
        document: InventoryFile = {"formatVersion": FORMAT_VERSION, "targets": targets}
        text = json.dumps(document, sort_keys=True, ensure_ascii=False, indent=1)
        write_file(self._path, f"{text}\n".encode(errors="surrogatepass"))

    def _targets(self) -> dict[str, dict[str, SavedEntry]]:
        raw = read_file(self._path, MAX_BYTES)
        if raw is None:
            return {}
        try:
            document = parse_json(raw)
        except JsonError as error:
            raise self._damaged(f" ({error})") from error
        version = document.get("formatVersion") if isinstance(document, dict) else None
        if isinstance(version, str) and version != FORMAT_VERSION:
            raise StoreError(f"{self._path} was written by a newer version: update reconciler")
        targets = document.get("targets") if version == FORMAT_VERSION else None
        if not isinstance(targets, dict) or not all(
            isinstance(each, dict) for each in targets.values()
        ):
            raise self._damaged()
        return targets

    def _damaged(self, why: str = "") -> StoreError:
        return StoreError(
            f"{self._path} is damaged{why} and was left as it is: restore it from a backup, or "
            "move it away; without it the next plan adopts what matches and deletes nothing "
            "unmarked"
        )
