"""Paths as they are typed: relative to where the command is run, not to the project.

Invariant: no link is resolved, because what follows links must be able to refuse them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import StoreError, UsageError
from reconciler.planning.saved_plan import check_saved
from reconciler.report.request_log import shell_word
from reconciler.store.atomic_file import require_output
from reconciler.store.json_file import read_document

if TYPE_CHECKING:
    from argparse import Namespace

_DATABASE = b"SQLite format 3\0"


def absolute(path: str) -> str:
    """Return a path from the command line, independent of the project's folder."""
    return os.path.abspath(path)  # noqa: PTH100 - resolve() would follow links


def database_file(path: Path) -> Path:
    """Return the file of an embedded panel; its folder is made, for its owner alone.

    Raises: StoreError when there can be no such folder, or the file holds something else.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise StoreError(f"{path.parent} cannot be created: {reason}") from error
    try:
        if path.exists() and not path.is_file():
            raise StoreError(f"{path} is no regular file: name another file")
        with path.open("rb") as file:
            head = file.read(len(_DATABASE))
    except FileNotFoundError:
        return path
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise StoreError(f"{path} cannot be read: {reason}") from error
    if head not in (b"", _DATABASE):
        raise StoreError(f"{path} is no database of an embedded panel: name another file")
    return path


def read_plan_file(args: Namespace) -> dict[str, Any]:
    """Read the saved plan that a command names.

    Raises: UsageError for a folder, StoreError for a file that is no plan, RefusedError for a plan
            that was edited.
    """
    if Path(args.plan).is_dir():
        folder = shell_word(args.plan)
        raise UsageError(
            f"{args.plan} is a folder, and {args.command} takes a saved plan: `reconciler plan "
            f"--out FILE` saves one; --manifests {folder} names a folder of manifests"
        )
    saved = read_document(Path(args.plan))
    check_saved(saved, args.plan)
    return saved


def require_writable(path: str | None) -> None:
    """Find out that a report cannot be written before anything is done. Raises: StoreError."""
    if path is None:
        return
    require_output(Path(absolute(path)))
