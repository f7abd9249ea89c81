"""The state of targets as files that change together: what git and S3 have in common.

Shape:  ``format.json`` (which version of the format, written by what), ``locks.json`` (the locks of
all targets), and for each target ``targets/TARGET/`` with ``head.json`` (count, digest, covered),
``journal`` (the lines behind the checkpoint, each with a line feed), ``checkpoint``, and
``archive.json`` (the names of the archived files, oldest first). An archived file
``TARGET/FIRST-LAST.CONTENT.journal`` holds the lines of these numbers; CONTENT is the beginning of
its SHA-256, so that a run that lost a race cannot replace the file of the one that won.
Invariants: all files of a place change in one compare-and-swap, so that no batch is written without
its lock; a swap of which no answer came is looked for before anything is said of it; an archived
file is in its place before a head says so.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.errors import LockedError, MovedError, StoreError
from reconciler.store.backends.file_store import Files, FileStore, read_files, send_swap, wait
from reconciler.store.backends.lock_table import (
    LockTable,
    encode_lock_table,
    read_lock_table,
)
from reconciler.store.backends.protocol import Head, Snapshot
from reconciler.store.strict_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.model.lock import LockHolder, LockRecord
    from reconciler.store.backends.protocol import Batch

FORMAT = 1
TARGETS = "targets"
_FORMAT, _LOCKS = "format.json", "locks.json"
# How often a swap is tried while others swap.
_TRIES = 20
# The files of a target that each call reads; the checkpoint is large, and read by ``load`` alone.
_OWN = ("head.json", "archive.json", "journal")
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class _Log:
    """The files of one target, read."""

    head: Head
    covered: int
    journal: bytes
    archive: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """What one call changes."""

    put: dict[str, bytes]
    note: str
    archive: Mapping[str, bytes]


class FilesBackend:
    """The state of targets in a ``FileStore``; satisfies ``Backend``."""

    wave = 50

    def __init__(self, store: FileStore, pause: Callable[[float], None] = time.sleep) -> None:
        """Use a store; nothing is asked yet. ``pause`` waits for some seconds."""
        self.place = store.place
        self._store = store
        self._pause = pause
        # A lock is renewed by a thread of its own.
        self._mutex = threading.RLock()
        # What the last call read or wrote of a target, unless somebody may have written since.
        self._known: tuple[str, Files] | None = None
        self._is_closed = False

    def targets(self) -> tuple[str, ...]:
        """Return the targets that have a state, sorted."""
        with self._mutex:
            return tuple(sorted(self._read("", ()).targets))

    def load(self, target: str) -> Snapshot:
        """Return the state of a target; an empty one where it has none."""
        checkpoint = _path(target, "checkpoint")
        with self._mutex:
            files = self._read(target, (checkpoint,))
        log, table = self._log(target, files), self._table(files)
        found = files.contents.get(checkpoint)
        if found is None and log.covered:
            raise self._damaged(checkpoint)
        return Snapshot(
            head=log.head,
            checkpoint=found,
            covered=log.covered,
            lines=tuple(log.journal.split(b"\n")[:-1]),
            locks=table.records(target),
        )

    def history(self, target: str) -> Iterator[bytes]:
        """Return every line from the first to the head."""
        with self._mutex:
            log = self._log(target, self._read(target, ()))
        count = 0
        files = self._store.archived(log.archive)
        for name in log.archive:
            with self._mutex:
                self._require_open()
                raw = next(files)
            if name != _archived(target, count + 1, raw):
                raise self._damaged(f"the archived file {name}")
            count += _lines(raw)
            yield from raw.split(b"\n")[:-1]
        if count != log.covered:
            raise self._damaged(f"the archive, which ends at {count} and not at {log.covered},")
        yield from log.journal.split(b"\n")[:-1]

    def append(self, target: str, batch: Batch, fence: int) -> None:
        """Write a batch, while the lock of number ``fence`` is there."""
        _require_sound(batch)

        def decide(files: Files) -> _Change:
            self._table(files).require(target, fence, self.place)
            log = self._log(target, files)
            if log.head != batch.before:
                raise MovedError(
                    f"another run wrote to the target {target} in {self.place}: its journal has "
                    f"{log.head.count} lines, and not {batch.before.count}: run the command again"
                )
            return _appended(target, log, batch)

        self._change(target, decide)

    def locks(self, target: str) -> tuple[LockRecord, ...]:
        """Return the locks of a target, oldest first."""
        with self._mutex:
            return self._table(self._read(target, ())).records(target)

    def acquire(
        self, target: str, holder: LockHolder, parts: frozenset[str], lease: float
    ) -> LockRecord:
        """Take a lock on clients of a target, or on the whole of it where there are none."""
        taken: list[LockRecord] = []

        def decide(files: Files) -> _Change:
            table, record = self._table(files).with_new(
                target, holder, parts, lease=lease, place=self.place
            )
            taken[:] = [record]
            return _relocked(table, f"{target}: lock {record.fence} taken")

        self._change(target, decide)
        return taken[0]

    def renew(self, target: str, fence: int) -> None:
        """Begin the lease of a lock anew."""

        def decide(files: Files) -> _Change:
            table = self._table(files).with_renewal(target, fence, self.place)
            return _relocked(table, f"{target}: lock {fence} renewed")

        self._change(target, decide)

    def release(self, target: str, fence: int, *, renewals: int | None = None) -> None:
        """Remove a lock; with ``renewals``, only one that was not renewed since."""

        def decide(files: Files) -> _Change | None:
            table = self._table(files)
            record = table.find(target, fence)
            if record is None:
                return None
            if renewals not in {None, record.renewals}:
                message = f"the target {target} in {self.place} is held by {record}, who renewed"
                raise LockedError(f"{message} the lock meanwhile: wait for it to end", (record,))
            return _relocked(table.without(target, fence), f"{target}: lock {fence} released")

        self._change(target, decide)

    def close(self) -> None:
        """End connections and remove temporary files."""
        with self._mutex:
            self._known, self._is_closed = None, True
            self._store.close()

    def _change(self, target: str, decide: Callable[[Files], _Change | None]) -> None:
        """Decide and swap, again as long as others swap other files meanwhile."""
        with self._mutex:
            for number in range(_TRIES):
                known = self._known
                is_fresh = known is None or known[0] != target
                files = self._read(target, ()) if known is None or is_fresh else known[1]
                try:
                    change = decide(files)
                except (LockedError, MovedError):
                    if is_fresh:
                        raise
                    # What is known may have changed: it is no ground for a refusal.
                    self._known = None
                    continue
                if change is None:
                    return
                try:
                    self._swap(target, files, change)
                except MovedError:
                    wait(self._pause, number)
                else:
                    return
        raise StoreError(
            f"{self.place} was not written, because others wrote to it {_TRIES} times meanwhile: "
            "run the command again"
        )

    def _swap(self, target: str, files: Files, change: _Change) -> None:
        self._known = None
        put = change.put
        if files.version is None:
            put = put | {_FORMAT: _json({"formatVersion": FORMAT, "writtenBy": __version__})}
        prepared = self._store.prepare(files, put, change.archive, change.note)
        version = send_swap(self._store, prepared, self._pause)
        if version is not None:
            self._know(target, replace(files, version=version, contents=files.contents | put))

    def _read(self, target: str, more: Sequence[str]) -> Files:
        """Read what a place holds of a target. Raises: StoreError."""
        self._require_open()
        own = [_path(target, name) for name in _OWN] if target else []
        names = (_FORMAT, _LOCKS, *own, *more)
        files = read_files(self._store, names, self._pause)
        if files.version is not None:
            self._require_known(files.contents.get(_FORMAT))
        self._know(target, files)
        return files

    def _know(self, target: str, files: Files) -> None:
        names = (_FORMAT, _LOCKS, *(_path(target, name) for name in _OWN))
        kept = {name: files.contents[name] for name in names if name in files.contents}
        self._known = (target, replace(files, contents=kept)) if target else None

    def _require_open(self) -> None:
        if self._is_closed:
            raise StoreError(f"{self.place} was closed by this run")

    def _require_known(self, raw: bytes | None) -> None:
        """Check that this version can read what is there. Raises: StoreError."""
        if raw is None:
            raise StoreError(
                f"{self.place} holds something that is no state of reconciler, and was left as it "
                "is: name another place as spec.state in reconciler.yaml"
            )
        try:
            document = parse_json(raw)
            number, writer = int(document["formatVersion"]), str(document["writtenBy"])
        except _UNREADABLE as error:
            raise self._damaged(_FORMAT) from error
        if number > FORMAT:
            raise newer_format(self.place, number, writer)

    def _log(self, target: str, files: Files) -> _Log:
        """Read the files of a target. Raises: StoreError when they do not fit one another."""
        raw, archive, journal = (files.contents.get(_path(target, name)) for name in _OWN)
        if raw is None and archive is None and journal is None:
            return _Log(Head(), 0, b"", ())
        reading = _OWN[0]
        try:
            head = parse_json(raw or b"")
            end, covered = Head(int(head["count"]), str(head["digest"])), int(head["covered"])
            reading = _OWN[1]
            log = _Log(end, covered, journal or b"", tuple(parse_json(archive or b"[]")))
        except _UNREADABLE as error:
            raise self._damaged(_path(target, reading)) from error
        if _lines(log.journal) != log.head.count - log.covered:
            raise self._damaged(_path(target, "journal"))
        return log

    def _table(self, files: Files) -> LockTable:
        try:
            return read_lock_table(files.contents.get(_LOCKS))
        except _UNREADABLE as error:
            raise self._damaged(_LOCKS) from error

    def _damaged(self, what: str) -> StoreError:
        return StoreError(f"{self.place}: {what} is damaged: {self._store.repair}")


def newer_format(place: str, number: int, writer: str) -> StoreError:
    """Return the error for what a newer version wrote."""
    return StoreError(
        f"{place} was written by reconciler {writer} in the newer format {number}, and was left as "
        f"it is: update reconciler: pip install --upgrade 'reconciler>={writer}'"
    )


def _appended(target: str, log: _Log, batch: Batch) -> _Change:
    """Return what a batch changes of the files of a target."""
    journal = log.journal + b"".join(line + b"\n" for line in batch.lines)
    note = f"{target}: lines {batch.before.count + 1} to {batch.after.count}"
    covered, archive = log.covered, {}
    put: dict[str, bytes] = {}
    if batch.checkpoint is not None:
        put[_path(target, "checkpoint")] = batch.checkpoint
        note = f"{target}: checkpoint at {batch.after.count}"
        if journal:
            name = _archived(target, covered + 1, journal)
            archive[name] = journal
            put[_path(target, "archive.json")] = _json([*log.archive, name])
        covered, journal = batch.after.count, b""
    head = {"count": batch.after.count, "digest": batch.after.digest, "covered": covered}
    put |= {_path(target, "head.json"): _json(head), _path(target, "journal"): journal}
    return _Change(put, note, archive)


def _relocked(table: LockTable, note: str) -> _Change:
    return _Change({_LOCKS: encode_lock_table(table)}, note, {})


def _require_sound(batch: Batch) -> None:
    """Check what every caller has to keep; a batch that breaks it is a mistake of ours."""
    if any(b"\n" in line for line in batch.lines):
        raise ValueError("a line of a journal has a line feed in it")
    if batch.after.count != batch.before.count + len(batch.lines):
        raise ValueError("a batch leads to another head than its lines do")


def _path(target: str, name: str) -> str:
    return f"{TARGETS}/{target}/{name}"


def _archived(target: str, first: int, raw: bytes) -> str:
    """Return the name of the archived file of some lines."""
    last = first + _lines(raw) - 1
    content = hashlib.sha256(raw).hexdigest()[:16]
    return f"{target}/{first:012}-{last:012}.{content}.journal"


def _lines(raw: bytes) -> int:
    return raw.count(b"\n")


def _json(document: Any) -> bytes:  # noqa: ANN401 - what JSON can hold
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"
