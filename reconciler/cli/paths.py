"""Paths from the command line: relative to the current folder, not to the project.

Invariant: no link is resolved, so that the code that opens the file can refuse it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import CodecError, RefusedError, StoreError, UsageError
from reconciler.manifest.quote import quote
from reconciler.project.load import find_project
from reconciler.report.request_log import shell_word
from reconciler.store.atomic_file import require_output

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from reconciler.model.plan import Plan

_DATABASE = b"SQLite format 3\0"


def absolute(path: str) -> str:
    """Return the absolute form of a path from the command line."""
    return os.path.abspath(path)  # noqa: PTH100 - resolve() would follow links


def existing(paths: Sequence[str], argument: str) -> list[str]:
    """Return the absolute forms of paths that an argument names.

    Raises: UsageError for a path that does not exist; a link counts as what it is.
    """
    found = [absolute(path) for path in paths]
    for path, whole in zip(paths, found, strict=True):
        try:
            os.lstat(whole)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise UsageError(
                f"{argument} {quote(path)} does not exist: name a file or a folder, relative to "
                "the current folder"
            ) from error
        except OSError:  # the code that opens it reports why it cannot
            continue
    return found


def database_file(path: Path) -> Path:
    """Return the file of an embedded panel; create its folder, for its owner only.

    Raises: StoreError when the folder cannot be created, or the file is another one.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise StoreError(f"{path.parent} cannot be created: {reason}") from error
    try:
        if path.exists() and not path.is_file():
            raise StoreError(f"{path} is not a regular file: name another file")
        with path.open("rb") as file:
            head = file.read(len(_DATABASE))
    except FileNotFoundError:
        return path
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise StoreError(f"{path} cannot be read: {reason}") from error
    if head not in (b"", _DATABASE):
        raise StoreError(f"{path} is not a database of an embedded panel: name another file")
    return path


def folder_in_repository(project: str | None) -> str:
    """Return the path from the root of the Git repository to the project; empty outside of one.

    ``project`` is the project file that was named; otherwise the one here or above counts.
    """
    file = Path(absolute(project)) if project else find_project(Path.cwd())
    place = file.parent if file else Path.cwd()
    for folder in (place, *place.parents):
        if (folder / ".git").exists():
            return "" if folder == place else place.relative_to(folder).as_posix()
    return ""


def read_plan_file(args: Namespace) -> dict[str, Any]:
    """Read the saved plan that a command names.

    Raises: UsageError for a folder, StoreError for a file that is not a plan, RefusedError for a
            plan that was edited.
    """
    from reconciler.planning.saved_plan import check_saved
    from reconciler.store.json_file import read_document

    if Path(args.plan).is_dir():
        folder = shell_word(args.plan)
        raise UsageError(
            f"{args.plan} is a folder, and {args.command} takes a saved plan: `reconciler plan "
            f"--out FILE` saves one; --manifests {folder} names a folder of manifests"
        )
    saved = read_document(Path(args.plan))
    check_saved(saved, args.plan)
    return saved


def read_for_review(args: Namespace) -> tuple[dict[str, Any], Plan]:
    """Read the saved plan that a command names for a reader, as a document and as a plan.

    Raises: UsageError for a folder, StoreError for a file that is not a plan, or was edited.
    """
    from reconciler.documents.restore import restore_plan

    try:
        saved = read_plan_file(args)
        return saved, restore_plan(saved)
    except RefusedError as error:
        raise StoreError(str(error)) from error
    except CodecError as error:
        raise StoreError(f"{args.plan}: {error}") from error


def require_writable(path: str | None) -> None:
    """Check, before the command begins, that a report can be written. Raises: StoreError."""
    if path is None:
        return
    require_output(Path(absolute(path)))
