from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.errors import (
    BusyError,
    LongTaskError,
    NotAPanelError,
    PanelError,
    UnsafeAnswerError,
    WebPageError,
)
from reconciler.wire.formats.decode import decode
from reconciler.wire.formats.node import MAX_TEXT, MAX_VALUES
from tests.support import panel_replies

if TYPE_CHECKING:
    from reconciler.model.target import Format

FORMATS: tuple[Format, ...] = ("xml", "devel", "json", "sjson", "xjson", "bjson", "JSONdata")


def test_attributes_texts_and_children_become_one_tree() -> None:
    """A child that is text alone is a leaf; one with attributes or children is a node."""
    root = decode(panel_replies.LIST, "xml").root
    assert root.name == "doc"
    assert root.attrs["func"] == "client"
    assert root.leaves["p_elems"] == "2"
    first = next(root.named("elem"))
    assert first.leaves == {"id": "11", "name": "Maple Ltd"}
    assert [(kid.name, dict(kid.attrs), kid.text) for kid in first.children] == [
        ("status", {"color": "green", "orig": "4"}, "Open")
    ]


def test_indented_and_compact_documents_read_alike() -> None:
    """Blanks between elements mean nothing; blanks within a value do."""
    compact = decode(b"<doc><a> x </a><b><c>1</c></b></doc>", "xml").root
    indented = decode(b"<doc>\n  <a> x </a>\n  <b>\n    <c>1</c>\n  </b>\n</doc>\n", "xml").root
    assert compact.leaves == indented.leaves == {"a": " x "}
    assert [kid.leaves for kid in compact.children] == [kid.leaves for kid in indented.children]


def test_second_child_of_a_name_is_kept() -> None:
    """Nothing that was sent is lost, even where a name repeats."""
    root = decode(b"<doc><f>a</f><f>b</f></doc>", "xml").root
    assert [node.text for node in root.named("f")] == ["a", "b"]


def test_byte_order_mark_is_tolerated() -> None:
    """Some servers put a UTF-8 mark in front."""
    assert decode(b"\xef\xbb\xbf" + panel_replies.LIST, "xml").func == "client"
    assert decode(b"\xef\xbb\xbf" + panel_replies.JSON_LIST, "json").func == "vds"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"<doc>",
        b"<doc></doc><doc></doc>",
        b"<doc></doc>junk",
        b"<doc><a></b></doc>",
        b"<other></other>",
        b"<other x='1'><doc/></other>",
        b"<doc>&nbsp;</doc>",
        b"<doc>\xff</doc>",
        b"<doc>\x00</doc>",
        b"<doc a='1' a='2'/>",
        b"<!DOCTYPE doc><doc/>",
        b'<!DOCTYPE doc [<!ENTITY a "b">]><doc>&a;</doc>',
        b'<!DOCTYPE doc SYSTEM "file:///x"><doc/>',
        b'<?xml version="1.0" encoding="windows-1251"?><doc/>',
        b'<?xml version="1.0" encoding="UTF-7"?><doc/>',
        "<doc/>".encode("utf-16"),
        "<doc/>".encode("utf-16-le"),
        b"<a>" * 20,
        b"<doc>" * 40 + b"</doc>" * 40,
        b"<doc><a>" + b"x" * (MAX_TEXT + 1) + b"</a></doc>",
        b"<doc><a b='" + b"x" * (MAX_TEXT + 1) + b"'/></doc>",
        b"plain words",
        b"ERROR auth(badpassword)",
        panel_replies.JSON_LIST,
        panel_replies.LIST[:-20],
    ],
)
def test_what_is_no_strict_xml_is_refused(body: bytes) -> None:
    """No entity, no other encoding, no other root, no other depth, nothing behind the end."""
    with pytest.raises(NotAPanelError):
        decode(body, "xml")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{}",
        b"[]",
        b'{"doc": []}',
        b'{"doc": "x"}',
        b'{"doc": {}, "more": {}}',
        b'{"doc": {"a": {"$": "1"}, "a": {"$": "2"}}}',
        b'{"doc": {"a": {"$": "1", "$": "2"}}}',
        b'{"doc": {}, "doc": {}}',
        b'{"doc": {}} x',
        b'{"doc": {"a": {"$": NaN}}}',
        b'{"doc": {"a": {"$": Infinity}}}',
        b'{"doc": {"a": {"$": {}}}}',
        b'{"doc": {"$a": []}}',
        b'{"doc": {"a": [[{"$": "1"}]]}}',
        b'{"doc": {"a": {"$": "\\ud800"}}}',
        b'{"doc": {"a": {"$": "\\u0000"}}}',
        b'{"doc": {"a": {"$": "\xff"}}}',
        b'{"doc": ' + b'{"a": ' * 40 + b"{}" + b"}" * 40 + b"}",
        b'{"doc": ' + b'{"a": ' * 9999,
        b'{"doc": {"a": ' + b"[" * 99999,
        b'{"doc": {"a": {"$": "' + b"x" * (MAX_TEXT + 1) + b'"}}}',
        '{"doc": {}}'.encode("utf-16"),
        panel_replies.LIST,
    ],
)
def test_what_is_no_strict_json_is_refused(body: bytes) -> None:
    """One document, no key twice, no infinite number, no text that is none, no depth."""
    with pytest.raises(NotAPanelError):
        decode(body, "json")


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b'"x"',
        b"[1]",
        b'{"elem": [1]}',
        b'{"model": []}',
        b'{"slist": []}',
        b'{"slist": {"a": ["b"]}}',
        b'{"elem": [], "elem": []}',
        b'{"doc": {"elem": []}}',
        b'{"a": ' * 40 + b"1" + b"}" * 40,
    ],
)
def test_what_is_no_flat_document_is_refused(body: bytes) -> None:
    """Rows and options are objects, a form's lists have names."""
    with pytest.raises(NotAPanelError):
        decode(body, "bjson")


def test_numbers_keep_their_digits() -> None:
    """A number in place of a text is read to the letter, however large."""
    body = b'{"elem": [{"id": 12345678901234567890123, "sum": 1.50, "on": true, "none": null}]}'
    row = next(decode(body, "bjson").root.named("elem"))
    assert row.leaves == {"id": "12345678901234567890123", "sum": "1.50", "on": "on"}


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(
    ("body", "sort"),
    [
        (panel_replies.PAGE, WebPageError),
        (b"  <HTML><body/></HTML>", WebPageError),
        (b"<!-- x --><html></html>", WebPageError),
        (b'<?xml version="1.0"?><!DOCTYPE html><html/>', WebPageError),
        (panel_replies.MOVED_PAGE, UnsafeAnswerError),
        (panel_replies.BUSY, BusyError),
        (b"<html><body>Request in process, please wait</body></html>", BusyError),
        (panel_replies.LONG, LongTaskError),
        (panel_replies.LONG_PAGE, LongTaskError),
        (b"", NotAPanelError),
        (b"502 bad gateway", NotAPanelError),
    ],
)
def test_pages_are_distinguished(body: bytes, sort: type[PanelError], fmt: Format) -> None:
    """What is for browsers or for later is an error of its own type, in every format."""
    with pytest.raises(PanelError) as caught:
        decode(body, fmt)
    assert type(caught.value) is sort


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"/long/billmgr", "/long/billmgr"),
        (b"wait: /long123/billmgr.", "/long123/billmgr"),
        (b"/long/a-b/c_d/billmgr?x=1", "/long/a-b/c_d/billmgr"),
        (panel_replies.LONG_PAGE, "/long/x-9/billmgr"),
        (b"https://elsewhere.example/longer/billmgr", "/longer/billmgr"),
    ],
)
def test_pointer_to_a_long_task_is_a_path_and_no_more(body: bytes, path: str) -> None:
    """Whatever host a pointer names, only its path is taken."""
    with pytest.raises(LongTaskError) as caught:
        decode(body, "xml")
    assert caught.value.path == path


@pytest.mark.parametrize(
    "body",
    [
        b"/long/../etc/billmgr",
        b"/long/%2e%2e/billmgr",
        b"/longest/file",
        b"/x/long/billmgr",
        b"/long//evil.example/billmgr",
        b"/long1/billmgr/more",
        b"/long1/billmgr" + b" " * 20000,
    ],
)
def test_other_paths_are_no_pointers(body: bytes) -> None:
    """The pattern is fixed, and the text is short."""
    with pytest.raises(NotAPanelError):
        decode(body, "xml")


def test_node_does_not_show_what_it_holds() -> None:
    """The echo of a request holds the session; a log of a node must not."""
    root = decode(panel_replies.LIST, "xml").root
    assert "0123456789abcdef" not in repr(root)


def test_values_without_number_are_refused_before_they_are_made() -> None:
    """Many small elements take far more room than their bytes."""
    with pytest.raises(NotAPanelError):
        decode(b"<doc>" + b"<a/>" * (MAX_VALUES + 1) + b"</doc>", "xml")
    with pytest.raises(NotAPanelError):
        decode(b"[" + b"0," * (MAX_VALUES + 1) + b"0]", "JSONdata")
