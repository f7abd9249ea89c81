"""The cache of parsed manifests: what the files of a project declared, for one user and program.

Invariants: a cache counts only where folder and file are the user's own and closed to all others,
its head names exactly this program, interpreter and set of kinds, and its body has the hash that
the head says; anything else counts as none. It can be deleted at any time, and no failure here
stops a run. It lies outside of the repository, so that no commit can bring one along.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import stat
import sys
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pydantic

from reconciler import __version__, kinds, manifest, model, wire
from reconciler.errors import StoreError
from reconciler.manifest.load.parsed_files import ParsedFiles
from reconciler.store.atomic_file import write_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.kinds.catalogue import Catalogue

_MAGIC = b"reconciler: parsed manifests, safe to delete\n"
_HEAD = len(_MAGIC) + 64
_MOST = 1 << 30
# A smaller cache saves less time than it takes to make sure of it.
_LEAST = 1 << 16
# What earlier runs kept and this one did not use goes when it is more than what is used.
_SPARE = 1000
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# The code that decides what a file declares.
_PACKAGES = (model, kinds, wire, manifest)


class ManifestCache:
    """The cache of one project, in a folder for its user alone."""

    def __init__(self, folder: Path, root: Path, catalogue: Catalogue) -> None:
        """Name the file by the project's folder; nothing is read yet."""
        name = hashlib.sha256(os.fsencode(os.path.abspath(root))).hexdigest()  # noqa: PTH100
        self.path = folder / f"{name[:32]}.manifests"
        self._catalogue = catalogue

    def read(self) -> ParsedFiles:
        """Return what earlier runs kept; nothing where it cannot be trusted."""
        try:
            raw = memoryview(_read_private(self.path))
            body = raw[_HEAD:]
            if raw[:_HEAD] == self._head(body):
                at = 8 + int.from_bytes(body[:8], "big")
                index = marshal.loads(body[8:at])  # noqa: S302 - the hash says that we wrote it
                blob = body[at:]
                return ParsedFiles({key: blob[begin:end] for key, (begin, end) in index.items()})
        except (OSError, ValueError, EOFError, TypeError):
            pass
        return ParsedFiles({})

    def save(self, files: ParsedFiles) -> None:
        """Save what was read anew, with what is still of use."""
        if not files.made:
            return
        entries: dict[bytes, bytes | memoryview] = {**files.kept, **files.made}
        used = files.used | files.made.keys()
        if len(entries) > 2 * len(used) + _SPARE:
            entries = {key: entries[key] for key in used}
        body = _body(entries)
        if not _LEAST <= len(body) <= _MOST:
            return
        with suppress(StoreError, OSError):
            if not self.path.parent.exists():
                self.path.parent.mkdir(mode=0o700, parents=True)
            if _is_private(self.path.parent.lstat(), stat.S_IFDIR):
                self.path.unlink(missing_ok=True)  # its rights are not to be kept
                write_file(self.path, self._head(memoryview(body)) + body)

    def _head(self, body: memoryview) -> bytes:
        return _MAGIC + self._version + hashlib.sha256(body).digest()

    @cached_property
    def _version(self) -> bytes:
        """Return a hash of all that decides how a file is read and how a cache is written."""
        state = hashlib.sha256(f"{__version__}\n{sys.version}\n{pydantic.VERSION}\n".encode())
        for kind in self._catalogue.resources:
            state.update(f"{kind.name} {kind.spec.__module__}\n".encode())
        for path in sorted(path for each in _PACKAGES for path in _sources(each.__path__)):
            state.update(f"{path}\n".encode())
            state.update(path.read_bytes())
        return state.digest()


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the user's folder for caches of ours; None where there is none, or none is wanted.

    Shape: ``RECONCILER_CACHE`` names a folder or is ``off``; else ``XDG_CACHE_HOME`` counts.
    """
    named = environ.get("RECONCILER_CACHE", "")
    if named:
        return None if named == "off" else Path(named).absolute()
    base = environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(base):  # noqa: PTH117 - the specification has others ignored
        return Path(base) / "reconciler"
    home = environ.get("HOME", "")
    return Path(home) / ".cache" / "reconciler" if home else None


def _sources(folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        yield from Path(folder).rglob("*.py")


def _body(entries: Mapping[bytes, bytes | memoryview]) -> bytes:
    index: dict[bytes, tuple[int, int]] = {}
    at = 0
    for key, payload in entries.items():
        index[key] = (at, at + len(payload))
        at += len(payload)
    head = marshal.dumps(index)
    return b"".join((len(head).to_bytes(8, "big"), head, *entries.values()))


def _read_private(path: Path) -> bytes:
    """Read a file that only its owner, who is us, can read or write. Raises: OSError."""
    if not _is_private(path.parent.lstat(), stat.S_IFDIR):
        raise PermissionError("the folder is open to others")
    with open(os.open(path, _READ), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        if not _is_private(os.fstat(file.fileno()), stat.S_IFREG):
            raise PermissionError("the file is open to others")
        return file.read(_MOST)


def _is_private(status: os.stat_result, kind: int) -> bool:
    is_ours = status.st_uid == os.geteuid() and not status.st_mode & 0o077
    return is_ours and stat.S_IFMT(status.st_mode) == kind
