"""Any answer is taken for what it is, and nothing secret is among its parts."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from reconciler.errors import HalfSignedInError, NotAPanelError, PanelError, RejectedError
from reconciler.wire.answer import as_answer
from reconciler.wire.interpret import as_form
from reconciler.wire.reading import read_document
from reconciler.wire.reply import Done, File, Form, Part, Parts, Rows
from tests.unit.wire.shapes import DEVEL_LIST, EMPTY_LIST, FORM, GUIDE_LIST, LIST, xml

PDF = b"%PDF-1.7\n\x00\xff binary"
INVOICE = xml('<payment id="5" note="*****"><line><sum>1.50</sum></line></payment>', "x")


def read(body: bytes, func: str = "client") -> object:
    """Read an answer in XML to a function."""
    return as_answer(read_document(body, "xml", file=True), func)


@pytest.mark.parametrize("body", [LIST, DEVEL_LIST, EMPTY_LIST, GUIDE_LIST])
def test_list_is_known_by_its_rows_or_its_paging(body: bytes) -> None:
    """A list without rows is a list all the same."""
    assert isinstance(read(body), Rows)


def test_form_is_known_by_its_options_or_plain_fields() -> None:
    """Fields without any attribute make a form as well."""
    assert isinstance(read(FORM, read_document(FORM, "xml").func), Form)
    plain = read(xml("<elid>5</elid><note>x</note>"))
    assert isinstance(plain, Form)
    assert plain.values == {"elid": "5", "note": "x"}


def test_confirmation_is_one_whatever_stands_beside_it() -> None:
    """With its new id."""
    assert read(xml("<doc><note>old</note></doc><id>7</id><ok/>")) == Done(
        "7", "", {"id": "7"}, {"note": "old"}
    )


def test_other_elements_are_given_in_parts_without_the_echoed_session() -> None:
    """What frames an answer holds the session, and is not shown."""
    answer = read(INVOICE, "x")

    line = Part("line", parts=(Part("sum", "1.50"),))
    attrs = {"id": "5", "note": "*****"}
    assert answer == Parts((Part("payment", "", attrs, (line,)),))
    assert "0123456789abcdef" not in repr(answer)


def test_file_is_taken_where_one_was_asked_for_and_nowhere_else() -> None:
    """A file in place of a form is no answer, and one that was not asked for is none either."""
    assert read(PDF) == File(PDF)
    assert repr(File(PDF)) == "File()"
    with pytest.raises(NotAPanelError):
        read_document(PDF, "xml")
    with pytest.raises(NotAPanelError):
        as_form(read_document(PDF, "xml", file=True), "client")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (xml('<error type="access"/>', "client"), RejectedError),
        (xml('<error type="x"/><ok/>', "client"), NotAPanelError),
        (xml("<ok>func=totp.confirm</ok>", "client"), HalfSignedInError),
        (xml("<elem/>", "other"), NotAPanelError),
    ],
)
def test_refusals_and_contradictions_are_raised(body: bytes, error: type[Exception]) -> None:
    """As for every other reading."""
    with pytest.raises(error):
        read(body)


@given(st.sampled_from([LIST, DEVEL_LIST, FORM, INVOICE]), st.data())
def test_damaged_answer_is_read_or_refused(body: bytes, chance: st.DataObject) -> None:
    """Never anything but an answer or an error of the panel."""
    at = chance.draw(st.integers(0, len(body)))
    width = chance.draw(st.integers(0, 40))
    piece = chance.draw(st.sampled_from([b"", b"<ok/>", b"<elem/>", b"</doc>", b"<a b='c'/>"]))
    with suppress(PanelError):
        read(body[:at] + piece + body[at + width :], "client")
