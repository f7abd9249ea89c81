"""A state in a Git repository, as runs on several machines see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.store.backends.files import FilesBackend
from reconciler.store.backends.git import GitStore
from reconciler.store.backends.git_cache import GitCache
from tests.support.git import git

if TYPE_CHECKING:
    from pathlib import Path

BRANCH = "refs/heads/reconciler-state"
ARCHIVE = f"{BRANCH}-archive"
URL = f"git:{BRANCH}"


@dataclass
class GitState:
    """A bare repository on a server, and the machines of its users below ``folder``.

    ``url`` is how they reach it, ``pauses`` are those that they did not wait for.
    """

    bare: Path
    url: str
    folder: Path
    pauses: list[float] = field(default_factory=list)
    _backends: list[FilesBackend] = field(default_factory=list)

    def machine(self, name: str = "ada", *words: str) -> Path:
        """Make a user's repository with a remote and no commit; return its folder."""
        project = self.folder / name
        project.mkdir(parents=True)
        git(project, "init", "-q", "-b", "main", *words)
        with (project / ".git" / "config").open("a", encoding="utf-8") as file:
            file.write(f'[remote "origin"]\n\turl = {self.url}\n')
        return project

    def run(self, project: Path | None = None, *, remote: str = "origin") -> FilesBackend:
        """Return the backend of a run in a project, by default on a machine of its own."""
        project = project or self.machine(f"machine-{len(self._backends)}")
        cache = project / ".reconciler" / "state.git"
        store = GitStore(BRANCH, GitCache(cache, project, remote))
        backend = FilesBackend(store, self.pauses.append)
        self._backends.append(backend)
        return backend

    def commits(self, reference: str = BRANCH) -> list[str]:
        """Return the subjects of the commits of a branch, the newest first."""
        found = git(self.bare, "for-each-ref", "--format=%(refname)", reference)
        listed = git(self.bare, "log", "--format=%s", reference) if found else ""
        return listed.splitlines()

    def files(self, reference: str = BRANCH) -> list[str]:
        """Return the paths of the newest commit of a branch."""
        return git(self.bare, "ls-tree", "-r", "--name-only", reference).splitlines()

    def close(self) -> None:
        """End all runs."""
        for backend in self._backends:
            backend.close()
