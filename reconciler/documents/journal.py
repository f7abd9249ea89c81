"""The journal and what leads back from its runs, as JSON documents.

Invariant: a line is what its file holds, byte for byte a part of the chain. What a key says that
is not always there was not written down by the version that wrote the line, or does not apply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired

from typing_extensions import TypedDict

from reconciler.documents.inventory import SavedEntry
from reconciler.documents.plan import MoneyDocument
from reconciler.documents.types import (
    FORMAT_VERSION,
    AddressText,
    Count,
    FormatVersion,
    RunText,
    ScopeDocument,
    count_words,
)
from reconciler.documents.values import Json
from reconciler.model.plan import Action, ChangeClass
from reconciler.model.resource import OnRemove
from reconciler.model.undo import How

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.undo import InverseChange


class _Line(TypedDict):
    n: Count
    at: float
    run: str
    hash: str


class RunLine(_Line):
    """A run begins; ``user`` who ran it, ``without`` the classes that it left out.

    ``fence`` is the number of its lock, where the state is in a backend.

    ``approvedBy`` maps each approver whose approval the plan needed to the key that gave it, by its
    owner and fingerprint.
    """

    type: Literal["run"]
    plan: str
    madeAt: str
    fence: NotRequired[Count]
    user: NotRequired[str]
    without: NotRequired[list[ChangeClass]]
    approvedBy: NotRequired[dict[str, str]]


class IntentContent(TypedDict):
    """What is about to be sent, and what finds out later what became of it."""

    address: AddressText
    action: Action
    func: str
    effect: str
    params: list[list[str]]
    scope: ScopeDocument
    login: str
    element: str
    marker: str
    expects: dict[str, str]
    known: list[str]
    booked: NotRequired[list[str] | None]
    onRemove: NotRequired[OnRemove]
    protect: NotRequired[bool]
    before: NotRequired[dict[str, str]]
    values: NotRequired[dict[str, list[Json]]]
    forecast: NotRequired[MoneyDocument]


class IntentLine(_Line, IntentContent):
    """A request is about to be sent."""

    type: Literal["intent"]


class ChargedDocument(TypedDict):
    """What was taken from a balance; ``fromExpenses``: the client's expenses show it."""

    amount: str | None
    currency: str
    fromExpenses: bool


class OutcomeLine(_Line):
    """What became of some intents, by their numbers; ``saved`` and no number: of the inventory.

    ``managed`` holds what is managed since, as the inventory writes it, null for what is not.
    """

    type: Literal["outcome"]
    intents: list[Count]
    result: str
    message: str
    element: str
    managed: NotRequired[dict[AddressText, SavedEntry | None]]
    charged: NotRequired[ChargedDocument]


class SavedInverse(TypedDict):
    """The way back from one change as its file holds it, with encoded values.

    ``entry`` is the deleted object's entry as the inventory writes it; null for another change.
    """

    address: AddressText
    action: Action
    how: How
    why: str
    before: dict[str, Json]
    after: dict[str, Json]
    entry: SavedEntry | None


class InventoryLine(_Line):
    """What is managed otherwise since the line before, as ``managed`` of an outcome says it."""

    type: Literal["inventory"]
    managed: dict[AddressText, SavedEntry | None]


class EditsLine(_Line):
    """What edits do to the fields that they do not carry, on the panel at ``url``."""

    type: Literal["edits"]
    url: str
    edits: dict[str, dict[str, str]]


class UndoLine(_Line):
    """What leads back from the run ``of``; a later line of the same run replaces it."""

    type: Literal["undo"]
    of: RunText
    reversals: list[SavedInverse]


JournalLine = RunLine | IntentLine | OutcomeLine | InventoryLine | EditsLine | UndoLine


class JournalDocument(TypedDict):
    """What applies meant to do on a target and what became of it, line by line as it is kept."""

    formatVersion: FormatVersion
    target: str
    torn: bool
    lines: list[JournalLine]


class UndoFile(TypedDict):
    """The file that leads back from one run."""

    formatVersion: FormatVersion
    run: RunText
    reversals: list[SavedInverse]


class UndoRun(TypedDict):
    """A run, and how many of its changes can be taken back exactly, nearly, or not at all."""

    run: RunText
    changes: dict[How, Count]


class UndoDocument(TypedDict):
    """The runs that can be taken back."""

    formatVersion: FormatVersion
    runs: list[UndoRun]


def journal_document(target: str, lines: Sequence[JournalLine], *, torn: bool) -> JournalDocument:
    """Return the journal of a target as JSON; ``torn``: its last line was cut."""
    return {
        "formatVersion": FORMAT_VERSION,
        "target": target,
        "torn": torn,
        "lines": list(lines),
    }


def undo_document(runs: Mapping[str, Sequence[InverseChange]]) -> UndoDocument:
    """Return runs as JSON, each with how its changes can be taken back."""
    return {
        "formatVersion": FORMAT_VERSION,
        "runs": [
            {"run": run, "changes": count_words((item.how for item in back), How)}
            for run, back in runs.items()
        ],
    }
