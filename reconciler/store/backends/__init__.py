"""Where the state of targets is kept: one protocol, and a module for each kind of place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.state import StateSettings
    from reconciler.store.backends.protocol import Backend


def open_backend(settings: StateSettings, root: Path) -> Backend:
    """Return the backend of a project in the folder ``root``; nothing is asked of it yet.

    The libraries of the others are not imported.
    Raises: UsageError where the package that it needs is not installed, StoreError.
    """
    match settings.url.partition(":")[0]:
        case "git":
            from reconciler.store.backends.git import git_backend

            cache = root / ".reconciler" / "state.git"
            return git_backend(settings.url, remote=settings.remote, project=root, cache=cache)
        case "s3":
            from reconciler.store.backends.s3 import s3_backend

            return s3_backend(settings.url)
        case _:
            from reconciler.store.backends.postgres import PostgresBackend

            return PostgresBackend(settings.url)
