"""Empty places for backends that keep files: a repository of Git, a bucket of S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.store.backends.s3 import s3_backend
from tests.support.git import git
from tests.support.git_server import bare_repository
from tests.support.git_state import GitState
from tests.support.s3_server import keys, new_bucket, put, read

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.store.backends.files import FilesBackend

NEWER_FORMAT = '{"formatVersion": 2, "writtenBy": "9.9.9"}'


class GitPlace:
    """A branch of a bare repository, which each run reaches from a machine of its own."""

    def __init__(self, folder: Path) -> None:
        """Make an empty repository below a folder."""
        bare = bare_repository(folder / "server" / "billing.git")
        self.state = GitState(bare, f"file://{bare}", folder / "machines")

    def open(self) -> FilesBackend:
        """Return a backend of its own."""
        return self.state.run()

    def contents(self) -> object:
        """Return all branches, with their commits."""
        return git(self.state.bare, "for-each-ref")

    def write_newer_format(self) -> None:
        """Push a commit that says so."""
        clone = self.state.folder / "newer"
        git(self.state.folder, "clone", "-q", "-b", "reconciler-state", self.state.url, "newer")
        (clone / "format.json").write_text(NEWER_FORMAT, encoding="utf-8")
        git(clone, "commit", "-qam", "Write a newer format")
        git(clone, "push", "-q")

    def close(self) -> None:
        """Close the backends."""
        self.state.close()


class S3Place:
    """A part of a new bucket of a server of the tests."""

    def __init__(self) -> None:
        """Make the bucket."""
        self.bucket = new_bucket()
        self._opened: list[FilesBackend] = []

    def open(self) -> FilesBackend:
        """Return a backend of its own."""
        self._opened.append(s3_backend(f"s3://{self.bucket}/state"))
        return self._opened[-1]

    def contents(self) -> object:
        """Return all objects."""
        return {key: read(self.bucket, key) for key in keys(self.bucket)}

    def write_newer_format(self) -> None:
        """Replace the head by one that says so."""
        head = json.loads(read(self.bucket, "state/head"))
        head["files"]["format.json"] = {"text": NEWER_FORMAT}
        put(self.bucket, "state/head", json.dumps(head).encode())

    def close(self) -> None:
        """Close the backends."""
        for backend in self._opened:
            backend.close()
