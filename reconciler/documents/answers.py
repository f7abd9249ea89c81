"""The answers of a panel as they are saved: for a snapshot, and for the merge of shards.

Shape: maps that many forms share (options, labels) stand once, under ``maps``, and forms name them
by their place in that list; they are pairs, because the order of options counts.
"""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from reconciler.documents.call import PartDocument
from reconciler.documents.types import Count
from reconciler.wire.recording import RefusalSort
from reconciler.wire.reply import Control


class RecordedRow(TypedDict):
    """One row of a list; `codes` are behind localized texts."""

    values: dict[str, str]
    codes: NotRequired[dict[str, str]]
    parts: NotRequired[list[PartDocument]]
    numbers: NotRequired[list[str | None]]


class SharedMap(TypedDict):
    """A map of texts, as pairs; `codes` where its options show codes beside their labels."""

    texts: list[tuple[str, str]]
    codes: NotRequired[dict[str, str]]


class RecordedForm(TypedDict):
    """An open form; options and labels name a shared map by its place."""

    values: dict[str, str]
    options: dict[str, Count]
    labels: Count
    inputs: NotRequired[list[str]]
    controls: NotRequired[dict[str, Control]]
    withheld: NotRequired[list[str]]
    lists: NotRequired[dict[str, list[RecordedRow]]]
    parts: NotRequired[list[PartDocument]]
    numbers: NotRequired[list[str | None]]


class RefusedDocument(TypedDict):
    """A refusal in place of an answer."""

    sort: RefusalSort
    message: str
    code: str
    object: str


class IdentityDocument(TypedDict):
    """Who the panel took us for."""

    name: str
    level: int
    email: str
    id: str
    version: str


class AnsweredIdentity(TypedDict):
    """Who we were, as the client `su`, or by ourselves where it is empty."""

    su: str
    identity: NotRequired[IdentityDocument]
    refused: NotRequired[RefusedDocument]


class AnsweredTypeLists(TypedDict):
    """The lists beside the plain list of a type."""

    func: str
    su: str
    others: NotRequired[list[str]]
    certain: NotRequired[bool]
    refused: NotRequired[RefusedDocument]


class AnsweredList(TypedDict):
    """A question for a list, and its rows."""

    func: str
    params: dict[str, str]
    rows: NotRequired[list[RecordedRow]]
    refused: NotRequired[RefusedDocument]


class AnsweredForm(TypedDict):
    """A question for a form; `labels` where the names of its fields were asked for."""

    func: str
    params: dict[str, str]
    labels: bool
    form: NotRequired[RecordedForm]
    refused: NotRequired[RefusedDocument]


class AnswersDocument(TypedDict):
    """All answers of the panel."""

    identities: list[AnsweredIdentity]
    typeLists: list[AnsweredTypeLists]
    lists: list[AnsweredList]
    forms: list[AnsweredForm]
    maps: list[SharedMap]
