"""Answers are shown for what they are, inert, and as documents that their schema describes."""

from __future__ import annotations

import json

import jsonschema
import pytest

from reconciler.documents.call import answer_document
from reconciler.documents.canonical import canonical_json
from reconciler.documents.schemas import report_schemas
from reconciler.report.call_reply import answer_text
from reconciler.wire.reply import (
    Answer,
    Confirmation,
    FileReply,
    Form,
    OtherReply,
    ReplyPart,
    Row,
    Rows,
)

ROWS = Rows(
    (
        Row({"id": "1", "status": "Active"}, {"status": "2"}),
        Row({"id": "2", "name": "\x1b[31mx\n"}),
    ),
    total=9,
    filters=("country",),
)
FORM = Form({"elid": "1", "country": "10"}, {"country": {"10": "Malta"}})
PAY = ReplyPart("action", parts=(ReplyPart("button", "", {"name": "\x1b[2J"}),))
METHODS = Form(
    {"amount": ""},
    lists={"methods": (Row({"id": "1"}), Row({"id": "2"}, parts=(PAY,))), "stored": ()},
    parts=(ReplyPart("project", "1"), ReplyPart("project", "2")),
)
PARTS = OtherReply((ReplyPart("user", "x", {"level": "29"}, (ReplyPart("id", "1"),)),))
ANSWERS: list[Answer] = [
    ROWS,
    Rows(()),
    FORM,
    METHODS,
    Confirmation("7", parts=(PAY,)),
    Confirmation("7", "", {"id": "7", "sum": "1"}),
    Confirmation(confirmed=False),
    PARTS,
    OtherReply(()),
    FileReply(b"%PDF-1.7"),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_document_is_as_published(answer: Answer) -> None:
    """Every shape of answer passes the schema, once."""
    document = json.loads(canonical_json(answer_document("account", answer)))

    jsonschema.validate(document, report_schemas()["call.schema.json"])


def test_rows_are_a_table_with_codes_counts_and_filters() -> None:
    """In columns, with a code where it differs from its text."""
    assert answer_text(ROWS).splitlines() == [
        "id  status      name",
        "1   Active (2)",
        "2               \\x1b[31mx\\n",
        "",
        "2 rows of 9.",
        "",
        "Filtered by country.",
    ]


def test_field_of_a_form_has_the_title_that_the_panel_gives_it() -> None:
    """An add-on is a number until its title is known; a title that says nothing new is left out."""
    form = Form({"domain": "a.example", "addon_7": "4"}, labels={"addon_7": "Memory, GB"})

    assert answer_text(form) == "domain                a.example\naddon_7 (Memory, GB)  4\n"
    document = answer_document("vds.edit", form)
    assert document["answer"] == "form"
    assert document["titles"] == {"addon_7": "Memory, GB"}


def test_form_is_its_fields_and_what_they_offer() -> None:
    """Option lists stand below the fields."""
    assert answer_text(FORM) == "elid     1\ncountry  10\n\noptions of country: 10 (Malta)\n"


def test_lists_of_a_form_are_tables_and_what_is_no_text_stands_below() -> None:
    """Inert as everything else."""
    assert answer_text(METHODS).splitlines() == [
        "amount",
        "",
        "list methods: 2 rows",
        "id",
        "1",
        "2",
        "",
        "row 2:",
        "  action",
        "    button name=\\x1b[2J",
        "",
        "list stored: 0 rows",
        "",
        "project: 1",
        "project: 2",
    ]


def test_parts_of_rows_and_of_a_confirmation_are_shown() -> None:
    """Below the table, and below the word of the panel."""
    shown = "  action\n    button name=\\x1b[2J\n"

    assert answer_text(Rows((Row({"id": "2"}, parts=(PAY,)),))).endswith(f"\n\nrow 1:\n{shown}")
    assert answer_text(Confirmation(parts=(ReplyPart("sum", "1"),))) == "Done.\n\nsum: 1\n"


def test_confirmation_says_the_new_id_or_that_it_is_none() -> None:
    """What is not confirmed is never called done."""
    assert answer_text(Confirmation("7", "", {"id": "7"})) == "Done. The new id is 7.\n"
    assert answer_text(Confirmation(confirmed=False)) == "Neither confirmed nor refused.\n"


def test_parts_are_shown_as_a_tree_and_a_file_by_its_size() -> None:
    """A file's content is never printed."""
    assert answer_text(PARTS) == "user level=29: x\n  id: 1\n"
    assert answer_text(FileReply(b"12345")) == "A file of 5 bytes.\n"
