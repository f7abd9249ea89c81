"""Where the state of targets is kept: one protocol, and a module for each kind of place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.state import StateSettings
    from reconciler.store.backends.protocol import Backend


def open_backend(settings: StateSettings, root: Path) -> Backend:
    """Return the backend of a project in the folder ``root``; nothing is asked of it yet.

    Raises: UsageError where the package that it needs is not installed, StoreError.
    """
    scheme = settings.url.partition(":")[0]
    if scheme == "postgresql":
        from reconciler.store.backends.postgres import PostgresBackend

        return PostgresBackend(settings.url)
    if scheme == "git":
        from reconciler.store.backends.git import git_backend

        cache = root / ".reconciler" / "state.git"
        return git_backend(settings.url, remote=settings.remote, project=root, cache=cache)
    if scheme == "s3":
        from reconciler.store.backends.s3 import s3_backend

        return s3_backend(settings.url)
    raise StoreError(f"{root}: this version keeps no state in {scheme}: write file:FOLDER")
