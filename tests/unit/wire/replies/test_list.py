from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.errors import NotAPanelError
from reconciler.wire.formats.decode import decode
from reconciler.wire.replies.list import parse_list
from reconciler.wire.reply import ReplyPart, Row, Rows
from tests.support import panel_replies

if TYPE_CHECKING:
    from reconciler.model.target import Format


def rows(body: bytes, fmt: Format | Literal["text"] = "xml", asked: str = "client") -> Rows:
    """Read one page."""
    return parse_list(decode(body, fmt), asked)


def test_rows_have_texts_codes_and_paging() -> None:
    """The code behind a localized text stands beside it."""
    assert rows(panel_replies.LIST) == Rows(
        rows=(
            Row({"id": "11", "name": "Maple Ltd", "status": "Open"}, {"status": "4"}),
            Row({"id": "12", "name": " - ", "status": "Shut"}, {"status": "2"}),
        ),
        page=1,
        page_size=1000,
        total=2,
    )


def test_described_list_tells_its_key() -> None:
    """``out=devel`` names the key column; nothing else of the description is a row."""
    read = rows(panel_replies.DEVEL_LIST)
    assert read.key == "number"
    assert read.rows == (Row({"number": "C-1", "name": "Maple & Sons"}),)


def test_filters_in_force_are_named() -> None:
    """A filter names its field, by attribute or by text."""
    assert rows(panel_replies.FILTERED_LIST).filters == ("country", "name")
    nested = b'{"doc": {"p_filter": {"$name": "country", "$": "x"}, "p_elems": {"$": "0"}}}'
    assert rows(nested, "json").filters == ("country",)
    for filters in (b'{"country": "x"}', b'["country"]', b'[{"name": "country"}]', b'"country"'):
        assert rows(b'{"elem": [], "p_filter": ' + filters + b"}", "bjson").filters == ("country",)


def test_nested_json_reads_as_xml_does() -> None:
    """Arrays, single objects and empty values."""
    read = rows(panel_replies.JSON_LIST, "json", "vds")
    assert read.total == 2
    assert read.rows == (
        Row({"id": "1", "domain": "one.example", "item_status": "Active"}, {"item_status": "2"}),
        Row({"id": "2", "domain": "", "item_status": "Stopped"}, {"item_status": "3"}),
    )
    assert rows(panel_replies.JSON_ONE, "json").rows == (Row({"id": "8", "note": ""}),)


def test_flat_rows_have_codes_by_name() -> None:
    """``<name>_orig`` is the code of ``<name>``."""
    read = rows(panel_replies.FLAT_LIST, "bjson", "vds")
    assert [row.code("item_status") for row in read.rows] == ["2", "3"]
    assert read.rows[0].values["item_status"] == "Active"
    assert read.total is None


def test_column_left_out_of_a_bare_row_is_empty() -> None:
    """A bare array leaves out what is empty; what no row has stays unknown."""
    assert [row.values for row in rows(panel_replies.BARE_LIST, "JSONdata").rows] == [
        {"id": "1", "name": "one", "note": "x"},
        {"id": "2", "name": "two", "note": ""},
    ]


def test_column_left_out_elsewhere_is_unknown() -> None:
    """In every other format an absent column is absent."""
    body = panel_replies.xml("<elem><id>1</id><a>x</a></elem><elem><id>2</id></elem>")
    assert [row.values for row in rows(body).rows] == [{"id": "1", "a": "x"}, {"id": "2"}]


def test_scalar_outranks_a_structure_in_a_row() -> None:
    """A column may come as its value and as the object that it names."""
    body = panel_replies.xml("<elem><m><id>1</id></m><m>7</m><id>2</id></elem>")
    structure = ReplyPart("m", parts=(ReplyPart("id", "1"),))
    assert rows(body).rows == (Row({"m": "7", "id": "2"}, parts=(structure,)),)


SEVERAL = "<elem><id>1</id><a>x</a><a>y</a><b>z</b><b>z</b><c orig='2'>on</c></elem>"


@pytest.mark.parametrize(
    ("body", "fmt"),
    [
        (panel_replies.xml(SEVERAL), "xml"),
        (
            b"""{"doc": {"elem": {"id": {"$": "1"}, "a": [{"$": "x"}, {"$": "y"}],
             "b": [{"$": "z"}, {"$": "z"}], "c": {"$orig": "2", "$": "on"}}}}""",
            "json",
        ),
        (
            b'{"elem": [{"id": "1", "a": ["x", "y"], "b": ["z", "z"], "c": "on", "c_orig": "2"}]}',
            "bjson",
        ),
        (b'[{"id": "1", "a": ["x", "y"], "b": ["z", "z"], "c": "on", "c_orig": "2"}]', "JSONdata"),
        (b"id=1 a=x a=y b=z b=z c=on\n", "text"),
    ],
)
def test_column_with_two_values_has_none_and_shows_both(
    body: bytes, fmt: Format | Literal["text"]
) -> None:
    """Neither is taken for the other; the same value twice is one."""
    (row,) = rows(body, fmt).rows

    assert {name: row.values.get(name) for name in "abc"} == {"a": None, "b": "z", "c": "on"}
    assert row.parts == (ReplyPart("a", "x"), ReplyPart("a", "y"))
    assert [name for name in "abc" if row.is_unclear(name)] == ["a"]


def test_column_with_two_codes_has_neither() -> None:
    """Nor its text, which stands for one of them."""
    body = panel_replies.xml("<elem><id>1</id><s orig='2'>Open</s><s orig='3'>Open</s></elem>")
    parts = (ReplyPart("s", "Open", {"orig": "2"}), ReplyPart("s", "Open", {"orig": "3"}))

    assert rows(body).rows == (Row({"id": "1"}, parts=parts),)
    assert rows(body).rows[0].code("s") is None


def test_two_totals_prove_nothing() -> None:
    """A list is complete by one number, or by none."""
    with pytest.raises(NotAPanelError, match="p_elems"):
        rows(panel_replies.xml("<elem><id>1</id></elem><p_elems>1</p_elems><p_elems>9</p_elems>"))


def test_masked_column_is_unknown() -> None:
    """Asterisks hide a value, they are none."""
    assert rows(panel_replies.xml("<elem><id>1</id><secret>********</secret></elem>")).rows == (
        Row({"id": "1"}),
    )


@pytest.mark.parametrize(
    ("body", "fmt"),
    [
        (panel_replies.EMPTY_LIST, "xml"),
        (panel_replies.CHILD_LIST, "xml"),
        (panel_replies.xml("", "client"), "xml"),
        (panel_replies.xml("<plid>5</plid>", "client"), "xml"),
        (panel_replies.xml("<metadata type='list' key='id'/>", "client"), "xml"),
        (panel_replies.xml("<p_cnt>50</p_cnt>", "client"), "xml"),
        (panel_replies.xml("<p_cnt>50</p_cnt><tparams><func>client</func></tparams>"), "xml"),
        (panel_replies.xml("<p_elems>0</p_elems>"), "xml"),
        (b'{"doc": {"$func": "client", "p_cnt": {"$": "0"}}}', "json"),
        (b'{"doc": {"p_cnt": {"$": "0"}, "tparams": {"func": {"$": "client"}}}}', "json"),
        (b'{"func": "client", "p_cnt": "0"}', "bjson"),
        (b'{"doc": {"elem": []}}', "json"),
        (b'{"doc": {"$func": "client"}}', "json"),
        (panel_replies.FLAT_EMPTY, "bjson"),
        (b"[]", "JSONdata"),
    ],
)
def test_empty_list_is_known_by_a_sign(body: bytes, fmt: Format) -> None:
    """A total, an empty array, or the function's own name."""
    assert (
        rows(body, fmt, "client.note" if body == panel_replies.CHILD_LIST else "client").rows == ()
    )


@pytest.mark.parametrize(
    ("body", "fmt"),
    [
        (b"<doc/>", "xml"),
        (panel_replies.xml(""), "xml"),
        (panel_replies.DONE, "xml"),
        (panel_replies.xml("<elid>1</elid><name>x</name>", "client"), "xml"),
        (panel_replies.xml('<slist name="a"><val>1</val></slist>', "client"), "xml"),
        (panel_replies.SESSION, "xml"),
        (panel_replies.JSON_NOTHING, "json"),
        (panel_replies.JSON_EMPTY, "json"),
        (panel_replies.xml("<metadata type='list' key='id'/>"), "xml"),
        (panel_replies.xml("<p_cnt>50</p_cnt>"), "xml"),
        (panel_replies.xml("<p_cnt>50</p_cnt><tparams><func>other</func></tparams>"), "xml"),
        (b'{"p_cnt": "0"}', "bjson"),
        (b"{}", "bjson"),
        (b'{"doc": {"elem": "x"}}', "json"),
        (b"<doc><elem>x</elem><elem>y</elem></doc>", "xml"),
        (panel_replies.BARE_DONE, "JSONdata"),
    ],
)
def test_what_is_no_list_is_never_an_empty_one(body: bytes, fmt: Format) -> None:
    """Absence must not be concluded from an answer that speaks of something else."""
    asked = "client.suspend" if body == panel_replies.DONE else "client"
    with pytest.raises(NotAPanelError):
        rows(body, fmt, asked)


@pytest.mark.parametrize("count", ["x", "-1", "1.5", "\u0661", "1" * 12])
def test_count_that_is_none_is_refused(count: str) -> None:
    """A total is digits."""
    with pytest.raises(NotAPanelError):
        rows(panel_replies.xml(f"<p_elems>{count}</p_elems>"))


def test_rows_of_the_guide_need_no_paging() -> None:
    """The vendor's guide shows rows alone."""
    assert rows(panel_replies.GUIDE_LIST).rows == (Row({"elid": "7", "sum": "1.50"}),)
