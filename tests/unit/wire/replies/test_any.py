"""Any answer is taken for what it is, and nothing secret is among its parts."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from reconciler.errors import NotAPanelError, PanelError, RejectedError, SignInIncompleteError
from reconciler.wire.formats.decode import decode
from reconciler.wire.replies.any import parse_any
from reconciler.wire.replies.replies import parse_form
from reconciler.wire.reply import Confirmation, FileReply, Form, OtherReply, ReplyPart, Row, Rows
from tests.support.panel_replies import DEVEL_LIST, EMPTY_LIST, FORM, GUIDE_LIST, LIST, xml

if TYPE_CHECKING:
    from reconciler.model.target import Format

PDF = b"%PDF-1.7\n\x00\xff binary"
INVOICE = xml('<payment id="5" note="*****"><line><sum>1.50</sum></line></payment>', "x")


def read(body: bytes, func: str = "client") -> object:
    """Read an answer in XML to a function."""
    return parse_any(decode(body, "xml", file=True), func)


@pytest.mark.parametrize("body", [LIST, DEVEL_LIST, EMPTY_LIST, GUIDE_LIST])
def test_list_is_known_by_its_rows_or_its_paging(body: bytes) -> None:
    """A list without rows is a list all the same."""
    assert isinstance(read(body), Rows)


def test_form_is_known_by_its_options_or_plain_fields() -> None:
    """Fields without any attribute make a form as well."""
    assert isinstance(read(FORM, decode(FORM, "xml").func), Form)
    plain = read(xml("<elid>5</elid><note>x</note>"))
    assert isinstance(plain, Form)
    assert plain.values == {"elid": "5", "note": "x"}


def test_confirmation_is_one_whatever_stands_beside_it() -> None:
    """With its new id."""
    assert read(xml("<doc><note>old</note></doc><id>7</id><ok/>")) == Confirmation(
        "7", "", {"id": "7"}, {"note": "old"}
    )


def test_other_elements_are_given_in_parts_without_the_echoed_session() -> None:
    """What frames an answer holds the session, and is not shown."""
    answer = read(INVOICE, "x")

    line = ReplyPart("line", parts=(ReplyPart("sum", "1.50"),))
    attrs = {"id": "5", "note": "*****"}
    assert answer == OtherReply((ReplyPart("payment", "", attrs, (line,)),))
    assert "0123456789abcdef" not in repr(answer)


METHODS = """\
<amount/><project>1</project><project>2</project>
<list name="methods" cashback="yes">
  <elem><paymethod>1</paymethod><action><button name="pay"/></action></elem>
  <elem><paymethod>2</paymethod><state orig="4">Open</state></elem>
</list>
<list name="stored"/>
<terms><text>Pay soon</text><tparams><auth>0123456789abcdef</auth></tparams></terms>
"""
NESTED = b"""{"doc": {"amount": {}, "project": [{"$": "1"}, {"$": "2"}],
 "list": [{"$name": "methods", "$cashback": "yes", "elem": [
  {"paymethod": {"$": "1"}, "action": {"button": {"$name": "pay"}}},
  {"paymethod": {"$": "2"}, "state": {"$orig": "4", "$": "Open"}}]},
  {"$name": "stored"}],
 "terms": {"text": {"$": "Pay soon"}, "tparams": {"auth": {"$": "0123456789abcdef"}}}}}"""
_FLAT_ROWS = (
    '[{"paymethod": "1", "action": {"button": {"name": "pay"}}},'
    ' {"paymethod": "2", "state": "Open", "state_orig": "4"}]'
)
_FLAT_TERMS = '"terms": {"text": "Pay soon", "tparams": {"auth": "0123456789abcdef"}}'
FLAT = (
    f'{{"model": {{"amount": "", "methods": {_FLAT_ROWS}, {_FLAT_TERMS}}},'
    ' "list": {"stored": []}, "project": ["1", "2"]}'
)
BARE = (
    f'{{"amount": "", "methods": {_FLAT_ROWS}, "list": {{"stored": []}},'
    f' "project": ["1", "2"], {_FLAT_TERMS}}}'
)


@pytest.mark.parametrize(
    ("body", "fmt"),
    [
        (xml(METHODS), "xml"),
        (xml(f'<metadata type="form"/>{METHODS}'), "devel"),
        *((NESTED, fmt) for fmt in ("json", "sjson", "xjson")),
        (FLAT.encode(), "bjson"),
        (BARE.encode(), "JSONdata"),
    ],
)
def test_lists_and_parts_of_a_form_stand_beside_its_fields(body: bytes, fmt: Format) -> None:
    """The same in every format: rows by the list's name, and nothing of it lost but the frame."""
    answer = parse_any(decode(body, fmt), "payment.add.method")

    assert isinstance(answer, Form)
    assert answer.values == {"amount": ""}
    first, second = answer.lists["methods"]
    (action,) = first.parts
    (button,) = action.parts
    assert first.values == {"paymethod": "1"}
    assert "pay" in (button.attrs.get("name"), *(part.text for part in button.parts))
    assert second.values["paymethod"] == "2"
    assert second.code("state") == "4"
    assert answer.lists["stored"] == ()
    assert sorted(answer.parts, key=lambda part: (part.name, part.text)) == [
        ReplyPart("project", "1"),
        ReplyPart("project", "2"),
        ReplyPart("terms", parts=(ReplyPart("text", "Pay soon"),)),
    ]


def test_list_that_is_no_plain_one_is_shown_as_it_came() -> None:
    """Without a name, with a name that is taken, or with something else among its rows."""
    body = (
        '<a>1</a><list><elem><id>1</id></elem></list><list name="x"><elem><id>2</id></elem></list>'
        '<list name="x"><elem><id>3</id></elem></list><list name="y"><p_elems>9</p_elems></list>'
        '<list name="z">words</list>'
    )
    answer = read(xml(body))

    assert isinstance(answer, Form)
    assert answer.lists == {"x": (Row({"id": "2"}),)}
    assert [(part.name, part.attrs.get("name", "")) for part in answer.parts] == [
        ("list", ""),
        ("list", "x"),
        ("list", "y"),
        ("list", "z"),
    ]


def test_masked_value_is_no_part_either() -> None:
    """What the panel hides is left out as it is of the fields."""
    answer = read(xml("<a>1</a><secret>****</secret>"))

    assert isinstance(answer, Form)
    assert (answer.values, answer.parts) == ({"a": "1"}, ())


def test_lists_beside_a_confirmation_or_without_fields_are_parts() -> None:
    """They are shown all the same."""
    listed = '<list name="x"><elem><id>2</id></elem></list>'
    part = ReplyPart("list", "", {"name": "x"}, (ReplyPart("elem", parts=(ReplyPart("id", "2"),)),))

    done = read(xml(f"<ok/><sum>1</sum><sum>2</sum>{listed}"))
    assert isinstance(done, Confirmation)
    assert done.values == {}
    assert done.parts == (ReplyPart("sum", "1"), ReplyPart("sum", "2"), part)
    assert read(xml(listed)) == OtherReply((part,))


def test_file_is_taken_where_one_was_asked_for_and_nowhere_else() -> None:
    """A file in place of a form is no answer, and one that was not asked for is none either."""
    assert read(PDF) == FileReply(PDF)
    assert repr(FileReply(PDF)) == "FileReply()"
    with pytest.raises(NotAPanelError):
        decode(PDF, "xml")
    with pytest.raises(NotAPanelError):
        parse_form(decode(PDF, "xml", file=True), "client")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (xml('<error type="access"/>', "client"), RejectedError),
        (xml('<error type="x"/><ok/>', "client"), NotAPanelError),
        (xml("<ok>func=totp.confirm</ok>", "client"), SignInIncompleteError),
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
