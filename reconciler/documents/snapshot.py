"""The live state as a file to plan against: what a panel answered, and what we record of it."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from reconciler.documents.answers import AnswersDocument
from reconciler.documents.inventory import SavedEntry, SavedLifecycle
from reconciler.documents.types import (
    AddressText,
    FormatVersion,
    MomentText,
    ScopeDocument,
    TargetDocument,
)


class UnseenDocument(TypedDict):
    """A list that does not show a created object, and why."""

    scope: ScopeDocument
    reason: str


class RecordsDocument(TypedDict):
    """What our own records say of the target: the inventory, and what the journal adds to it."""

    inventory: dict[AddressText, SavedEntry]
    doubts: dict[AddressText, str]
    ordered: dict[str, str]
    endings: dict[AddressText, SavedLifecycle]
    unseen: list[UnseenDocument]


class SnapshotDocument(TypedDict):
    """The live state of one target, as `snapshot` records it and `plan --live` reads it.

    `pseudonyms` says that people's data was replaced.
    """

    formatVersion: FormatVersion
    snapshot: Literal["live-state"]
    target: TargetDocument
    takenAt: MomentText
    pseudonyms: bool
    records: RecordsDocument
    answers: AnswersDocument
