"""What the state of a project holds, as a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from typing_extensions import TypedDict

from reconciler.documents.types import FORMAT_VERSION, Count, FormatVersion, MomentText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.lock import LockRecord


class StateSummary(Protocol):
    """What the state of a target holds."""

    @property
    def lines(self) -> int:
        """How many lines its journal has."""
        ...

    @property
    def digest(self) -> str:
        """The hash of the last line; empty without one."""
        ...

    @property
    def managed(self) -> int:
        """How many objects are managed."""
        ...

    @property
    def undoable(self) -> int:
        """Of how many runs the way back is kept."""
        ...


class LockDocument(TypedDict):
    """A lock that is held: by whom, since when by the holder's clock, and on which clients.

    No ``parts``: the whole target. ``expired`` is null where the place of the state has no clock.
    """

    fence: Count
    owner: str
    purpose: str
    host: str
    pid: int | None
    job: str
    since: MomentText | None
    parts: list[str]
    lease: float
    expired: bool | None


class TargetStateDocument(TypedDict):
    """The state of a target: lines of the journal, hash of the last one, objects, runs to undo."""

    target: str
    lines: Count
    lastHash: str
    managed: Count
    undoable: Count
    locks: list[LockDocument]


class StateDocument(TypedDict):
    """The state of a project, and where it is kept."""

    formatVersion: FormatVersion
    place: str
    targets: list[TargetStateDocument]


def state_document(
    place: str,
    summaries: Mapping[str, StateSummary],
    locks: Mapping[str, Sequence[LockRecord]],
) -> StateDocument:
    """Return what a state holds, target by target, as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "place": place,
        "targets": [
            {
                "target": name,
                "lines": found.lines,
                "lastHash": found.digest,
                "managed": found.managed,
                "undoable": found.undoable,
                "locks": [_lock(each) for each in locks.get(name, ())],
            }
            for name, found in summaries.items()
        ],
    }


def _lock(record: LockRecord) -> LockDocument:
    holder = record.holder
    return {
        "fence": record.fence,
        "owner": holder.owner,
        "purpose": holder.purpose,
        "host": holder.host,
        "pid": holder.pid,
        "job": holder.job,
        "since": holder.started.isoformat() if holder.started else None,
        "parts": sorted(record.parts),
        "lease": record.lease,
        "expired": record.expired,
    }
