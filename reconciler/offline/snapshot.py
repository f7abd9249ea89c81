"""A snapshot as a value: what the panel answered and what we record of it; as JSON, and back.

Invariant: ``read_snapshot(snapshot_document(snapshot)) == snapshot``; a document of another shape
is refused whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from reconciler.documents.snapshot import SnapshotDocument
from reconciler.documents.types import FORMAT_VERSION, target_document
from reconciler.documents.values import digest
from reconciler.errors import CodecError, StoreError
from reconciler.model.address import Address, parse_address, parse_element_id
from reconciler.model.plan import TargetRef
from reconciler.model.resource import Lifecycle, Scope
from reconciler.offline.answers import answers_document, read_answers
from reconciler.store.inventory_entry import encode_entry, read_entry

if TYPE_CHECKING:
    from reconciler.documents.snapshot import RecordsDocument
    from reconciler.documents.types import ScopeDocument
    from reconciler.model.inventory import InventoryEntry
    from reconciler.planning.context import PlanContext
    from reconciler.wire.recording import Recording


@dataclass(frozen=True, slots=True)
class Records:
    """What our own records say of a target, as in a ``PlanContext``."""

    inventory: Mapping[Address, InventoryEntry]
    doubts: Mapping[Address, str]
    ordered: Mapping[str, str]
    endings: Mapping[Address, Lifecycle]
    unseen: Mapping[Scope, str]

    @classmethod
    def of(cls, work: PlanContext) -> Records:
        """Return the records of a context."""
        return cls(work.inventory, work.doubts, work.ordered, work.endings, work.unseen)

    @property
    def digest(self) -> str:
        """The digest of the records."""
        return digest(_records_document(self))

    def within(self, work: PlanContext) -> PlanContext:
        """Return a context with these records."""
        return replace(
            work,
            inventory=self.inventory,
            doubts=self.doubts,
            ordered=self.ordered,
            endings=self.endings,
            unseen=self.unseen,
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The live state of a target at one moment; ``pseudonyms``: people's data was replaced."""

    target: TargetRef
    taken_at: str
    pseudonyms: bool
    records: Records
    recording: Recording

    @property
    def made_at(self) -> str:
        """When a plan of it is made: the moment that it shows."""
        return self.taken_at


def snapshot_document(snapshot: Snapshot) -> SnapshotDocument:
    """Return a snapshot as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "snapshot": "live-state",
        "target": target_document(snapshot.target),
        "takenAt": snapshot.taken_at,
        "pseudonyms": snapshot.pseudonyms,
        "records": _records_document(snapshot.records),
        "answers": answers_document(snapshot.recording),
    }


def read_snapshot(raw: Mapping[str, object], name: str) -> Snapshot:
    """Return the snapshot of a document. Raises: StoreError for anything else."""
    version = raw.get("formatVersion")
    if raw.get("snapshot") != "live-state":
        message = f"{name} is not a snapshot: take one with `reconciler snapshot --out FILE`"
        raise StoreError(message)
    if version != FORMAT_VERSION:
        message = f"{name} has the format {version!r}, and this version reads '1'"
        raise StoreError(f"{message}: take the snapshot again")
    try:
        document = _shape().validate_python(raw)
        target = TargetRef(document["target"]["name"], document["target"]["url"])
        return Snapshot(
            target,
            datetime.fromisoformat(document["takenAt"]).isoformat(timespec="seconds"),
            document["pseudonyms"],
            _as_records(document["records"]),
            read_answers(document["answers"]),
        )
    except (ValidationError, CodecError, LookupError, TypeError, ValueError) as error:
        message = f"{name} is damaged: take the snapshot again"
        raise StoreError(message) from error


@cache
def _shape() -> TypeAdapter[SnapshotDocument]:
    return TypeAdapter(SnapshotDocument)


def _records_document(records: Records) -> RecordsDocument:
    return {
        "inventory": {str(key): encode_entry(each) for key, each in records.inventory.items()},
        "doubts": {str(address): why for address, why in records.doubts.items()},
        "ordered": dict(records.ordered),
        "endings": {
            str(address): {"onRemove": life.on_remove, "protect": life.protect, "ignore": []}
            for address, life in records.endings.items()
        },
        "unseen": [
            {"scope": _scope_document(scope), "reason": why}
            for scope, why in sorted(records.unseen.items(), key=str)
        ],
    }


def _scope_document(scope: Scope) -> ScopeDocument:
    return {"kind": scope.kind, "variant": scope.variant, "parent": scope.parent}


def _as_records(raw: RecordsDocument) -> Records:
    return Records(
        {parse_address(key): read_entry(entry) for key, entry in raw["inventory"].items()},
        {parse_address(key): why for key, why in raw["doubts"].items()},
        raw["ordered"],
        {
            parse_address(key): Lifecycle(life["onRemove"], life["protect"])
            for key, life in raw["endings"].items()
        },
        {_as_scope(each["scope"]): each["reason"] for each in raw["unseen"]},
    )


def _as_scope(raw: ScopeDocument) -> Scope:
    parent = raw["parent"]
    return Scope(raw["kind"], raw["variant"], None if parent is None else parse_element_id(parent))
