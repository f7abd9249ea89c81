"""The locks of all targets as one JSON file, for places that keep files behind a compare-and-swap.

Shape:  ``{"TARGET": {"fence": 7, "locks": [{"fence": 7, "holder": {…}, "parts": […], …}]}}``;
``fence`` of a target is the number of its latest lock, which is never given out again.
Invariant: pure; who may write a table, and whether it was written, is decided elsewhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.errors import LockedError
from reconciler.model.lock import LockHolder, LockRecord
from reconciler.store.strict_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class TargetLocks:
    """The locks of one target, oldest first, and the number of the latest that there was."""

    fence: int = 0
    records: tuple[LockRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class LockTable:
    """The locks of all targets; each change is a new table."""

    targets: Mapping[str, TargetLocks] = field(default_factory=dict)

    def records(self, target: str) -> tuple[LockRecord, ...]:
        """Return the locks of a target, oldest first."""
        return self._locks(target).records

    def find(self, target: str, fence: int) -> LockRecord | None:
        """Return the lock of a number; None when it is gone."""
        return next((each for each in self.records(target) if each.fence == fence), None)

    def require(self, target: str, fence: int, place: str) -> LockRecord:
        """Return the lock of a number. Raises: LockedError when it is gone."""
        found = self.find(target, fence)
        if found is None:
            records = self.records(target)
            now = f": {records[-1]} holds one now" if records else ""
            message = f"lock {fence} of the target {target} in {place} is gone{now}"
            raise LockedError(f"{message}; nothing more is sent", records)
        return found

    def with_new(
        self, target: str, holder: LockHolder, parts: frozenset[str], *, lease: float, place: str
    ) -> tuple[LockTable, LockRecord]:
        """Return the table with a lock more, and that lock.

        Raises: LockedError with the locks that are in the way.
        """
        locks = self._locks(target)
        others = tuple(each for each in locks.records if each.covers(parts))
        if others:
            who = "; ".join(str(each) for each in others)
            message = f"another run holds the target {target} in {place} ({who})"
            raise LockedError(f"{message}: wait for it to end, or run `reconciler unlock`", others)
        record = LockRecord(locks.fence + 1, holder, parts, lease)
        return self._with(target, TargetLocks(record.fence, (*locks.records, record))), record

    def with_renewal(self, target: str, fence: int, place: str) -> LockTable:
        """Return the table with a lock renewed once more. Raises: LockedError when it is gone."""
        self.require(target, fence, place)
        locks = self._locks(target)
        records = tuple(
            replace(each, renewals=each.renewals + 1) if each.fence == fence else each
            for each in locks.records
        )
        return self._with(target, replace(locks, records=records))

    def without(self, target: str, fence: int) -> LockTable:
        """Return the table without a lock."""
        locks = self._locks(target)
        kept = tuple(each for each in locks.records if each.fence != fence)
        return self._with(target, replace(locks, records=kept))

    def _locks(self, target: str) -> TargetLocks:
        return self.targets.get(target, TargetLocks())

    def _with(self, target: str, locks: TargetLocks) -> LockTable:
        return LockTable({**self.targets, target: locks})


def encode_lock_table(table: LockTable) -> bytes:
    """Return a table as the bytes of a file."""
    document = {
        target: {"fence": locks.fence, "locks": [_encode(each) for each in locks.records]}
        for target, locks in table.targets.items()
    }
    return json.dumps(document, sort_keys=True, indent=1).encode() + b"\n"


def read_lock_table(raw: bytes | None) -> LockTable:
    """Read the bytes of a file.

    Raises: ValueError, LookupError, TypeError, AttributeError for any other shape.
    """
    if raw is None:
        return LockTable()
    return LockTable(
        {
            target: TargetLocks(int(each["fence"]), tuple(_read(lock) for lock in each["locks"]))
            for target, each in parse_json(raw).items()
        }
    )


def _encode(record: LockRecord) -> dict[str, Any]:
    holder = record.holder
    words = {
        "owner": holder.owner,
        "purpose": holder.purpose,
        "host": holder.host,
        "pid": holder.pid,
        "started": holder.started and holder.started.isoformat(),
        "job": holder.job,
    }
    return {
        "fence": record.fence,
        "holder": {name: value for name, value in words.items() if value not in {"", None}},
        "parts": sorted(record.parts),
        "lease": record.lease,
        "renewals": record.renewals,
    }


def _read(lock: Mapping[str, Any]) -> LockRecord:
    words = lock["holder"]
    started = words.get("started")
    pid = words.get("pid")
    holder = LockHolder(
        owner=str(words.get("owner", "")),
        purpose=str(words.get("purpose", "")),
        host=str(words.get("host", "")),
        pid=None if pid is None else int(pid),
        started=None if started is None else datetime.fromisoformat(started).astimezone(UTC),
        job=str(words.get("job", "")),
    )
    return LockRecord(
        fence=int(lock["fence"]),
        holder=holder,
        parts=frozenset(map(str, lock["parts"])),
        lease=float(lock["lease"]),
        renewals=int(lock["renewals"]),
    )
