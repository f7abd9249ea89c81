"""Edits of manifests that are there: collected file by file, and written at the end.

Invariants: a value is edited in the file that decided it; a file is replaced whole or stays as it
was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import ManifestsError, StoreError
from reconciler.manifest.edit.edit import ManifestEdit, edit_manifest
from reconciler.manifest.yaml.text import MAX_BYTES
from reconciler.store.atomic_file import read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.export.declared import DeclaredEdit
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.address import Address
    from reconciler.model.export import FileAction
    from reconciler.model.finding import Source


@dataclass(slots=True)
class ManifestEdits:
    """The edits of an export; ``root`` is what the files of manifests are relative to.

    ``unwritten`` are those that were left to the author.
    """

    root: Path
    by_file: dict[str, list[ManifestEdit]] = field(default_factory=dict)
    unwritten: list[ManifestEdit] = field(default_factory=list)

    def add(self, edit: DeclaredEdit) -> None:
        """Take the edits of one resource, each to the file where the value stands."""
        desired = edit.desired
        places: dict[str, tuple[Source, dict[str, Plain]]] = {}
        for name, value in edit.values.items():
            place = desired.places.get(name, desired.source)
            source = desired.source if place.file == desired.source.file else place
            places.setdefault(place.file, (source, {}))[1][name] = value
        for file, (source, values) in places.items():
            self.append(file, ManifestEdit(desired.address, source, values=values))

    def append(self, file: str, edit: ManifestEdit) -> None:
        """Take one edit of a file."""
        self.by_file.setdefault(file, []).append(edit)

    def write(self, kept: dict[Address, str]) -> Iterator[tuple[str, FileAction]]:
        """Edit the files; what cannot be edited is added to ``kept``. Raises: StoreError."""
        for file, edits in sorted(self.by_file.items()):
            path = self.root / file
            raw = read_file(path, MAX_BYTES)
            if raw is None:
                raise StoreError(f"{path} was removed while the export ran: run it again")
            before = raw.decode()
            try:
                after = edit_manifest(before, file, edits)
            except ManifestsError as error:
                why = "; ".join(finding.message for finding in error.findings)
                kept |= {edit.address: f"edit {file} by hand: {why}" for edit in edits}
                self.unwritten += edits
                yield file, "unchanged"
                continue
            if len(after.encode()) > MAX_BYTES:
                why = "it would be larger than 1 MiB, which no manifest may be: split it"
                kept |= {edit.address: f"edit {file} by hand: {why}" for edit in edits}
                self.unwritten += edits
                yield file, "unchanged"
                continue
            if after != before:
                write_file(path, after.encode())
            yield file, "edited" if after != before else "unchanged"
