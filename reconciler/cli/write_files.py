"""Several files written: each whole or not at all, and it is said which were when one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import StoreError
from reconciler.store.atomic_file import require_output, write_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_files(texts: Mapping[Path, bytes]) -> None:
    """Replace files, and delete those that get no byte; none when one of them cannot be written.

    Raises: StoreError, naming the file that failed and those that were written before it.
    """
    for path in texts:
        require_output(path)
    written: list[str] = []
    for path, raw in texts.items():
        try:
            _write(path, raw)
        except StoreError as error:
            others = ", ".join(written) or "nothing"
            raise StoreError(
                f"{error}; written before it: {others}; mend the cause, and run the command again"
            ) from error
        written.append(str(path))


def _write(path: Path, raw: bytes) -> None:
    if raw:
        write_file(path, raw, mode=0o644)
        return
    try:
        path.unlink()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise StoreError(f"{path} cannot be deleted: {reason}") from error
