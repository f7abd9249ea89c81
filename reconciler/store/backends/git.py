"""The state of targets on a branch of a Git repository, changed by pushes that compare and swap.

Shape:  the branch holds the files of ``FilesBackend``, one commit for each swap. Beside it stands
a branch with ``-archive`` behind its name: each of its commits holds the files that one checkpoint
moved there, and no others, so that none has to be fetched to add one.
Invariants: only these two branches are written, and only from the commit that was read; what is
read is the newest commit alone.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import MovedError, StoreError, UncertainError
from reconciler.store.backends.file_store import Files, Sight
from reconciler.store.backends.files import TARGETS, FilesBackend
from reconciler.store.backends.git_cache import REMOTE, GitCache

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PREFIX = "git:"
_REFERENCE = re.compile(r"refs(?:/[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?!\.|lock(?:/|\Z)|/|\Z))*){2,}")
# The names of the two branches in the private repository.
_STATE, _ARCHIVE = "refs/reconciler/state", "refs/reconciler/archive"
# How many commits are looked through for one of ours, and the depth that is a whole history.
_LOOK_BACK = 1_000
_WHOLE = 0x7FFFFFFF
_STATUS = re.compile(r"^([ +*=!-])\t[^\t:]*:([^\t]+)\t(.*)$", re.MULTILINE)
# Why a server rejects a push that another one overtook; it is no refusal.
_OVERTAKEN = re.compile(
    r"\block\b|failed to update ref|incorrect old value|already exists|but expected|atomic"
)
_AUTHOR = b"reconciler <reconciler@localhost>"
# The longest line before an object: a name that was asked for, and the word "missing".
_LONGEST_HEAD = 4_096


@dataclass(frozen=True, slots=True)
class _Object:
    """An object of Git: its id, its type, its content."""

    id: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Update:
    """A branch that a push moves from one commit to another; ``before`` is None for a new one."""

    reference: str
    before: str | None
    after: str

    @property
    def words(self) -> tuple[str, str]:
        """Return the option that compares, and what is pushed."""
        lease = f"--force-with-lease={self.reference}:{self.before or ''}"
        return lease, f"{self.after}:{self.reference}"


def git_backend(url: str, *, remote: str, project: Path, cache: Path) -> FilesBackend:
    """Return the backend of an address as ``git:refs/heads/reconciler-state``.

    ``remote`` is a remote of the repository that ``project`` lies in, or an address. ``cache`` is
    a folder for a private repository, which may be deleted at any time.
    Raises: StoreError for an address that is none; nothing else is looked at yet.
    """
    reference = url.removeprefix(PREFIX)
    if not url.startswith(PREFIX) or not _REFERENCE.fullmatch(reference):
        raise StoreError(
            f"{url!r} is no address of a state in Git: write git:refs/heads/BRANCH, as "
            "git:refs/heads/reconciler-state"
        )
    return FilesBackend(GitStore(reference, GitCache(cache, project, remote)))


class GitStore:
    """The files of a branch; satisfies ``FileStore``."""

    def __init__(self, reference: str, cache: GitCache) -> None:
        """Use a branch of the remote of a private repository."""
        self.place = f"{PREFIX}{reference} of {cache.remote}"
        self.repair = (
            "put an earlier commit of the branch back with "
            f"`git push --force {cache.remote} COMMIT:{reference}`"
        )
        self.reference = reference
        self.cache = cache

    def read(self, names: Sequence[str]) -> Files:
        """Fetch the newest commit of the branch, and return files of it."""
        self.cache.open()
        if not self.fetch(self.reference, _STATE, 1):
            return Files(None, frozenset(), {})
        asked = (_STATE, f"{_STATE}:{TARGETS}", *(f"{_STATE}:{name}" for name in names))
        commit, targets, *found = self._objects(asked)
        if commit is None or commit.type != "commit":
            raise StoreError(f"{self.place} is no branch: name another one as spec.state")
        contents = {name: each.content for name, each in zip(names, found, strict=True) if each}
        return Files(commit.id, frozenset(_names(targets)), contents)

    def prepare(
        self, files: Files, put: Mapping[str, bytes], archive: Mapping[str, bytes], note: str
    ) -> GitSwap:
        """Write the commits of a swap into the private repository."""
        if self.cache.open() and files.version is not None:
            raise MovedError(f"the cache of {self.place} was deleted: run the command again")
        before = None
        if archive and self.fetch(f"{self.reference}-archive", _ARCHIVE, 1):
            before = self.tip(_ARCHIVE)
        stream = _commit(_STATE, files.version, put, note)
        if archive:
            stream += _commit(_ARCHIVE, before, archive, note)
        words = ("fast-import", "--quiet", "--force", "--done")
        marks = self.cache.ask(*words, given=stream + b"done\n").decode().split()
        updates = [_Update(self.reference, files.version, marks[0])]
        if archive:
            updates.insert(0, _Update(f"{self.reference}-archive", before, marks[1]))
        return GitSwap(self, updates)

    def archived(self, names: Sequence[str]) -> Iterator[bytes]:
        """Fetch the archive, and return files of it one by one."""
        if not names:
            return
        self.cache.open()
        ids: dict[str, str] = {}
        if self.fetch(f"{self.reference}-archive", _ARCHIVE, _WHOLE):
            listed = self.cache.ask("rev-list", "--objects", _ARCHIVE).decode().splitlines()
            ids = {name: each for each, _, name in (line.partition(" ") for line in listed)}
        for name in names:
            if name not in ids:
                archive = f"{self.reference}-archive"
                raise StoreError(f"{self.place}: {archive} lacks {name}: {self.repair}")
            yield self.cache.ask("cat-file", "blob", ids[name])

    def close(self) -> None:
        """Give the private repository to others."""
        self.cache.close()

    def fetch(self, reference: str, name: str, depth: int) -> bool:
        """Fetch a branch of the remote; return whether there is one. Raises: StoreError."""
        done = self.cache.send(
            *("fetch", f"--depth={depth}", "--no-tags", "--no-write-fetch-head", "--progress"),
            *(REMOTE, f"+{reference}:{name}"),
        )
        if done.returncode and b"couldn't find remote ref" in done.stderr:
            return False
        if done.returncode:
            raise self.cache.failure(self.place, done.stderr)
        return True

    def tip(self, name: str) -> str:
        """Return the commit that a branch of the private repository is at."""
        return self.cache.ask("rev-parse", "--verify", name).decode().strip()

    def _objects(self, asked: Sequence[str]) -> list[_Object | None]:
        """Read objects of the private repository, all in one process."""
        given = "".join(f"{each}\n" for each in asked).encode()
        rest = memoryview(self.cache.ask("cat-file", "--batch", given=given))
        found: list[_Object | None] = []
        for _ in asked:
            length = bytes(rest[:_LONGEST_HEAD]).index(b"\n")
            words = bytes(rest[:length]).decode().split(" ")
            rest = rest[length + 1 :]
            if words[-1] == "missing":
                found.append(None)
                continue
            size = int(words[2])
            found.append(_Object(words[0], words[1], bytes(rest[:size])))
            rest = rest[size + 1 :]
        return found


class GitSwap:
    """A push that is ready to be sent; satisfies ``PreparedSwap``."""

    def __init__(self, store: GitStore, updates: Sequence[_Update]) -> None:
        """Push these branches together; the last one is that of the state."""
        self._store = store
        self._updates = updates

    def send(self) -> str:
        """Push, and return the new commit."""
        if self._store.cache.open():
            raise MovedError(f"the cache of {self._store.place} was deleted: run it again")
        done = self._push(self._updates)
        if len(self._updates) > 1 and b"does not support --atomic" in done.stderr:
            # An archived file that no head names does no harm.
            for update in self._updates:
                self._require_written(self._push([update]), [update])
        else:
            self._require_written(done, self._updates)
        return self._updates[-1].after

    def look(self) -> Sight:
        """Return what became of a push of which no answer came."""
        store, update = self._store, self._updates[-1]
        store.cache.open()
        found = store.fetch(update.reference, _STATE, 1)
        tip = store.tip(_STATE) if found else None
        if tip == update.after:
            return Sight.WRITTEN
        if tip == update.before:
            return Sight.UNCHANGED
        if tip is None:
            return Sight.MOVED
        store.fetch(update.reference, _STATE, _LOOK_BACK)
        words = ("rev-list", f"--max-count={_LOOK_BACK}", _STATE)
        commits = store.cache.ask(*words).decode().split()
        if update.after in commits:
            return Sight.WRITTEN
        if update.before in commits or len(commits) < _LOOK_BACK:
            return Sight.MOVED
        raise UncertainError(f"{store.place} was written to very often since")

    def _push(self, updates: Sequence[_Update]) -> subprocess.CompletedProcess[bytes]:
        options = ["--porcelain", "--progress", "--no-verify"]
        options += ["--atomic"] if len(updates) > 1 else []
        leases, pushed = zip(*(update.words for update in updates), strict=True)
        return self._store.cache.send("push", *options, *leases, REMOTE, *pushed)

    def _require_written(
        self, done: subprocess.CompletedProcess[bytes], updates: Sequence[_Update]
    ) -> None:
        """Read what a push printed. Raises: MovedError, StoreError, UncertainError."""
        place = self._store.place
        listed = _STATUS.findall(done.stdout.decode("utf-8", "replace"))
        statuses = {reference: (flag, reason) for flag, reference, reason in listed}
        rejected = [reason for flag, reason in statuses.values() if flag == "!"]
        refused = [
            reason
            for reason in rejected
            if reason.startswith("[remote rejected]") and not _OVERTAKEN.search(reason)
        ]
        if refused:
            reason = self._store.cache.said(f"fatal: {refused[0]}\n".encode() + done.stderr)
            raise StoreError(
                f"{place} cannot be written: {reason}: allow the pipeline to push to this branch, "
                "or name another one as spec.state in reconciler.yaml"
            )
        if rejected and not any(reason.startswith("[remote failure]") for reason in rejected):
            raise MovedError(f"another run wrote to {place}: run the command again")
        if done.returncode or not all(update.reference in statuses for update in updates):
            raise self._store.cache.failure(place, done.stderr, sends=True)


def _commit(name: str, before: str | None, put: Mapping[str, bytes], note: str) -> bytes:
    """Return the commands for a commit: on an archive, of these files alone."""
    # Nobody wants a pipeline for each write of the state.
    message = f"{note}\n\n[skip ci]\n".encode()
    lines = [
        b"commit %s" % name.encode(),
        b"mark :%d" % (1 + (name == _ARCHIVE)),
        b"committer %s %d +0000" % (_AUTHOR, time.time()),
        b"data %d\n%s" % (len(message), message),
    ]
    if before:
        lines.append(b"from %s" % before.encode())
    if name == _ARCHIVE:
        lines.append(b"deleteall")
    for path, raw in put.items():
        lines.append(b"M 100644 inline %s\ndata %d\n%s" % (path.encode(), len(raw), raw))
    lines.append(b"get-mark :%d\n" % (1 + (name == _ARCHIVE)))
    return b"\n".join(lines)


def _names(tree: _Object | None) -> Iterator[str]:
    """Return the names in a tree, as Git stores it: ``MODE NAME``, a zero byte, an id."""
    rest = tree.content if tree and tree.type == "tree" else b""
    width = len(bytes.fromhex(tree.id)) if tree else 0
    while rest:
        entry, _, rest = rest.partition(b"\0")
        yield entry.partition(b" ")[2].decode("utf-8", "surrogateescape")
        rest = rest[width:]
