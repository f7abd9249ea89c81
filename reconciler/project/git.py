"""Read the files of a commit through the ``git`` program; the working tree is not touched.

Invariants: no text of the user is ever an option of the program; a repository that lies in the
tree as plain files is not obeyed; paths of a commit lead below the folder that they are read for.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from reconciler.errors import CommitError, UsageError
from reconciler.manifest.load.files import link_on_the_way
from reconciler.manifest.quote import quote
from reconciler.manifest.yaml.text import MAX_BYTES
from reconciler.model.explanation import BaseCommit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PATIENCE = 120.0
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
# A hook of Git sets them for another folder.
_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
_SETTINGS = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_ALONE = "run the command without --since"
_DEEPEN = "fetch its history: `git fetch --unshallow`, or in GitHub Actions `fetch-depth: 0`"
_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class CommitFile:
    """One entry of a commit: its path below the folder, what it is, and where its content is.

    ``repository`` is the folder whose repository holds the content: that of a submodule has its
    own.
    """

    path: str
    sort: Literal["file", "link", "submodule"]
    content: str
    size: int
    repository: Path


class Repository:
    """The Git repository that a folder lies in."""

    def __init__(self, folder: Path) -> None:
        """Find the repository. Raises: CommitError when there is none, or no git program."""
        self.folder = folder
        asked = ("--is-inside-work-tree", "--is-shallow-repository", "--show-prefix")
        found = self._ask("rev-parse", *asked).decode("utf-8", "surrogateescape")
        inside, shallow, prefix = found.split("\n", 2)
        if inside != "true":
            raise CommitError(f"{folder} is not in the working tree of a Git repository: {_ALONE}")
        self.is_shallow = shallow == "true"
        self.prefix = prefix.removesuffix("\n").removesuffix("/")

    def base(self, reference: str) -> BaseCommit:
        """Return the commit at which the branch left a reference.

        Raises: UsageError for a reference that Git does not know, CommitError where the history
                that the repository holds is too short to tell.
        """
        named = self._commit(reference)
        if named is None:
            if self.is_shallow:
                message = f"the repository is a shallow clone, and does not hold {quote(reference)}"
                raise CommitError(f"{message}: {_DEEPEN}")
            raise UsageError(
                f"--since {quote(reference)}: Git knows no such commit here: fetch it with "
                "`git fetch`, or name another one"
            )
        if self._commit("HEAD") is None:
            raise CommitError(f"the branch has no commit yet: commit the manifests, or {_ALONE}")
        found = self._try("merge-base", named, "HEAD")
        base = found.decode().strip() if found else ""
        # A history that was cut short may hide a later common commit.
        if self.is_shallow and base != named:
            message = f"the repository is a shallow clone that does not show where {reference!r}"
            raise CommitError(f"{message} and the branch parted: {_DEEPEN}")
        if not _ID.match(base):
            raise CommitError(
                f"{quote(reference)} and the branch have no commit in common: name another one"
            )
        return BaseCommit(reference, base)

    def files(self, commit: str) -> tuple[CommitFile, ...]:
        """Return what a commit holds below the folder, submodules included. Raises: CommitError."""
        top = f"{commit}:{self.prefix}" if self.prefix else f"{commit}^{{tree}}"
        tree = self._try("rev-parse", "--verify", "--quiet", top)
        return tuple(self._entries(tree.decode().strip(), "")) if tree else ()

    def contents(self, files: Iterable[CommitFile]) -> Mapping[str, bytes]:
        """Return the contents of some files, by their paths.

        Raises: CommitError, also for a pointer to a content that lies elsewhere.
        """
        found: dict[str, bytes] = {}
        by_place: dict[Path, list[CommitFile]] = {}
        for file in files:
            if file.size > MAX_BYTES:
                raise CommitError(f"{quote(file.path)} is larger than a manifest may be")
            by_place.setdefault(file.repository, []).append(file)
        for folder, wanted in by_place.items():
            found |= _contents(Repository(folder), wanted)
        return found

    def _entries(self, tree: str, above: str) -> Iterator[CommitFile]:
        listed = self._ask("ls-tree", "-r", "-z", "-l", "--full-tree", tree)
        for line in listed.split(b"\0")[:-1]:
            words, _, raw = line.partition(b"\t")
            mode, _, content, size = words.decode().split()
            path = above + raw.decode("utf-8", "surrogateescape")
            _require_below(path)
            if mode == "160000":
                yield from self._submodule(path, raw, content)
            else:
                sort: Literal["file", "link"] = "link" if mode == "120000" else "file"
                yield CommitFile(path, sort, content, int(size), self.folder)

    def _submodule(self, path: str, raw: bytes, commit: str) -> Iterator[CommitFile]:
        """Return the files of a submodule; only its own entry where its commit is not here."""
        name = raw.decode("utf-8", "surrogateescape")
        folder = self.folder / name
        if link_on_the_way(self.folder, name) is None and (folder / ".git").exists():
            inner = Repository(folder)
            if not inner.prefix and inner._commit(commit):
                yield from inner._entries(commit, f"{path}/")
                return
        yield CommitFile(path, "submodule", commit, 0, self.folder)

    def _commit(self, name: str) -> str | None:
        """Return the id of a commit; None when Git does not know it. Raises: UsageError."""
        if not name or name.startswith("-") or not name.isprintable():
            raise UsageError(f"--since {quote(name)} is no reference: name a branch or a commit")
        found = self._try("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        text = found.decode().strip() if found else ""
        return text if _ID.match(text) else None

    def _try(self, *words: str) -> bytes | None:
        done = self._run(words)
        return None if done.returncode else done.stdout

    def _ask(self, *words: str, given: bytes = b"") -> bytes:
        done = self._run(words, given)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = said[0].removeprefix("fatal: ") if said else f"exit code {done.returncode}"
            raise CommitError(f"Git does not read {self.folder}: {reason}: mend it, or {_ALONE}")
        return done.stdout

    def _run(
        self, words: tuple[str, ...], given: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        # Without that setting, a folder of the tree could pose as a repository with its programs.
        command = ("git", "-c", "safe.bareRepository=explicit", *words)
        environ = {name: text for name, text in os.environ.items() if name not in _PLACES}
        try:
            return subprocess.run(  # noqa: S603 - no shell; every word is ours or was checked
                command,
                input=given,
                capture_output=True,
                cwd=self.folder,
                env={**environ, **_SETTINGS},
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            message = f"git gave no answer within {_PATIENCE:.0f} seconds"
            raise CommitError(f"{message}: {_ALONE}") from None
        except OSError:
            raise CommitError(f"--since needs the program git: install it, or {_ALONE}") from None


def _contents(repository: Repository, files: list[CommitFile]) -> Iterator[tuple[str, bytes]]:
    asked = "".join(f"{file.content}\n" for file in files).encode()
    rest = repository._ask("cat-file", "--batch", given=asked)  # noqa: SLF001 - of this module
    for file in files:
        head, _, rest = rest.partition(b"\n")
        words = head.split()
        if len(words) != 3 or words[1] != b"blob":  # noqa: PLR2004 - id, type, size
            message = f"the repository lacks the content of {quote(file.path)}"
            raise CommitError(f"{message}: fetch it with `git fetch`")
        size = int(words[2])
        raw, rest = rest[:size], rest[size + 1 :]
        if raw.startswith(_POINTER):
            message = f"{quote(file.path)} is a pointer of Git LFS, whose content is elsewhere"
            raise CommitError(f"{message}: keep manifests out of LFS, or {_ALONE}")
        yield file.path, raw


def _require_below(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or {"..", ".git"} & set(parts):
        raise CommitError(f"the commit holds the path {quote(path)}, which leads outside")
