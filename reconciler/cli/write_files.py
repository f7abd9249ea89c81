"""Several files written: each whole or not at all, and it is said which were when one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import StalePlanError, StoreError
from reconciler.manifest.load.files import read_regular
from reconciler.model.refusal import Refusal
from reconciler.store.atomic_file import require_output, write_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_files(root: Path, texts: Mapping[str, tuple[bytes, bytes]]) -> None:
    """Replace files, and delete those that get no byte; none when one of them cannot be written.

    Shape:  what a file held when it was read, and what it shall hold, by its name below the root.
    Raises: StalePlanError where a file holds something else by now; StoreError, naming the file
            that failed and those that were written before it.
    """
    for file in texts:
        require_output(root / file)
    if moved := [file for file, (before, _) in texts.items() if _is_moved(root / file, before)]:
        text = f"{', '.join(moved)} changed meanwhile: run the command again"
        raise StalePlanError([Refusal("manifests-changed", text)])
    written: list[str] = []
    for file, (_, raw) in texts.items():
        try:
            _write(root / file, raw)
        except StoreError as error:
            others = ", ".join(written) or "nothing"
            raise StoreError(
                f"{error}; written before it: {others}; mend the cause, and run the command again"
            ) from error
        written.append(str(root / file))


def _is_moved(path: Path, before: bytes) -> bool:
    try:
        return read_regular(path) != before
    except OSError:
        return True


def _write(path: Path, raw: bytes) -> None:
    if raw:
        write_file(path, raw, mode=0o644)
        return
    try:
        path.unlink()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise StoreError(f"{path} cannot be deleted: {reason}") from error
