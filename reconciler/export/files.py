"""The files of an export: whole or not at all, never through a link, never over somebody's own.

Invariant: a new file takes the place of nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from reconciler.errors import StoreError
from reconciler.manifest.yaml.text import MAX_BYTES
from reconciler.store.atomic_file import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.export import FileAction

_MODE = 0o644
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(slots=True)
class ExportFiles:
    """Writes below one folder; ``known`` are the names in its folders, as the disk has them."""

    folder: Path
    known: dict[Path, set[str]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def write(self, name: str, text: str) -> tuple[str, FileAction]:
        """Write a new file by its path below the folder, and return the path that it got.

        Another name is taken where something has this one already, in whatever letter case: it is
        somebody's, or some disks take both for one file.

        Raises: StoreError where it cannot be written.
        """
        with self.lock:  # several are written side by side
            path, raw = self.folder / self._free(name), text.encode()
            self._names(path.parent).add(path.name.casefold())
        if len(raw) > MAX_BYTES:
            raise StoreError(f"{path} would be larger than 1 MiB, which no manifest may be")
        self._make_folder(path.parent)
        write_file(path, raw, mode=_MODE)
        return path.relative_to(self.folder).as_posix(), "written"

    def _free(self, name: str) -> str:
        stem, number, candidate = name.removesuffix(".yaml"), 1, name
        while True:
            path = self.folder / candidate
            if path.name.casefold() not in self._names(path.parent):
                return candidate
            number += 1
            candidate = f"{stem}-{number}.yaml"

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise StoreError(
                f"{folder} cannot be made: {reason}: choose another folder with --out"
            ) from error

    def _names(self, folder: Path) -> set[str]:
        """Return the names in a folder by their letters alone; none where there is no folder."""
        if folder not in self.known:
            try:
                listed = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
            except OSError as error:
                reason = (error.strerror or type(error).__name__).lower()
                raise StoreError(f"{folder} cannot be read: {reason}") from error
            self.known[folder] = {name.casefold() for name in listed}
        return self.known[folder]


def folder_of(kind: ResourceKind) -> str:
    """Return the folder of a kind: ``tax-rules`` for TaxRule."""
    return f"{_HUMP.sub('-', kind.name).lower()}s"
