"""What the panel answered to a call, as a JSON document.

Invariant: nothing is left out but what frames an answer, and what a file holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from typing_extensions import TypedDict

from reconciler.documents.types import FORMAT_VERSION, Count, FormatVersion, IdText
from reconciler.wire.reply import Confirmation, FileReply, Form, OtherReply, Rows

if TYPE_CHECKING:
    from reconciler.wire.reply import Answer, ReplyPart, Row


class PartDocument(TypedDict):
    """An element of an answer that is none of the known shapes, as it came."""

    name: str
    text: str
    attributes: dict[str, str]
    parts: list[PartDocument]


class RowDocument(TypedDict):
    """One element of a list: the text of each column, and the code behind a localized text."""

    values: dict[str, str]
    codes: dict[str, str]
    parts: list[PartDocument]


class _Answer(TypedDict):
    formatVersion: FormatVersion
    func: str


class RowsDocument(_Answer):
    """A list, with the filters that are in force."""

    answer: Literal["rows"]
    rows: list[RowDocument]
    filters: list[str]


class FormDocument(_Answer):
    """A form: its fields, their titles, the options of each, and the lists that stand in it."""

    answer: Literal["form"]
    fields: dict[str, str]
    titles: dict[str, str]
    options: dict[str, dict[str, str]]
    lists: dict[str, list[RowDocument]]
    parts: list[PartDocument]


class DoneDocument(_Answer):
    """A confirmation; ``confirmed`` is false where the panel neither confirmed nor refused."""

    answer: Literal["done"]
    confirmed: bool
    id: IdText | None
    text: str
    fields: dict[str, str]
    parts: list[PartDocument]


class PartsDocument(_Answer):
    """An answer of no known shape, as it came."""

    answer: Literal["parts"]
    parts: list[PartDocument]


class FileDocument(_Answer):
    """A file; its content is not in the document."""

    answer: Literal["file"]
    bytes: Count


CallDocument = RowsDocument | FormDocument | DoneDocument | PartsDocument | FileDocument


def answer_document(func: str, answer: Answer) -> CallDocument:
    """Return an answer as one JSON document."""
    base: _Answer = {"formatVersion": FORMAT_VERSION, "func": func}
    match answer:
        case Rows():
            return {
                **base,
                "answer": "rows",
                "rows": _rows(answer.rows),
                "filters": list(answer.filters),
            }
        case Form():
            return {
                **base,
                "answer": "form",
                "fields": dict(answer.values),
                "titles": dict(answer.labels),
                "options": _maps(answer.options),
                "lists": {name: _rows(rows) for name, rows in answer.lists.items()},
                "parts": part_documents(answer.parts),
            }
        case Confirmation():
            return {
                **base,
                "answer": "done",
                "confirmed": answer.confirmed,
                "id": answer.id,
                "text": answer.text,
                "fields": dict(answer.values),
                "parts": part_documents(answer.parts),
            }
        case OtherReply():
            return {**base, "answer": "parts", "parts": part_documents(answer.parts)}
        case FileReply():
            return {**base, "answer": "file", "bytes": len(answer.body)}


def _rows(rows: Sequence[Row]) -> list[RowDocument]:
    return [
        {"values": dict(row.values), "codes": dict(row.codes), "parts": part_documents(row.parts)}
        for row in rows
    ]


def part_documents(parts: Sequence[ReplyPart]) -> list[PartDocument]:
    """Return the elements of an answer that are none of the known shapes as JSON."""
    return [
        {
            "name": part.name,
            "text": part.text,
            "attributes": dict(part.attrs),
            "parts": part_documents(part.parts),
        }
        for part in parts
    ]


def _maps(options: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {name: dict(each) for name, each in options.items()}
