"""Answers whose text is spoilt."""

from __future__ import annotations

import gzip
import json
import xml.etree.ElementTree as ET
from typing import Any, Literal

import pytest

from reconciler.sandbox import FaultMiddleware, Sandbox
from reconciler.sandbox.faults import Broken, Charset, Huge
from tests.contract.wire import Came, send, send_and_leave
from tests.support.sandbox_client import Client, name_of, parse, rename, sign_in


def read(came: Came) -> Any:  # noqa: ANN401 - an element or what JSON holds
    """Read a document of either sort, whatever its root."""
    if "xml" in came.headers["content-type"]:
        return ET.fromstring(came.body)  # noqa: S314 - the panel under test wrote it
    return json.loads(came.body)


@pytest.mark.parametrize("out", ["xml", "devel", "json", "bjson", "JSONdata"])
def test_malformed_answer_cannot_be_read(panel: Sandbox, out: str) -> None:
    """In any format."""
    came = send(FaultMiddleware(panel, [Broken()]), func="whoami", out=out)

    with pytest.raises((ET.ParseError, ValueError)):
        read(came)


@pytest.mark.parametrize("out", ["xml", "devel"])
def test_root_is_another_one(panel: Sandbox, out: str) -> None:
    """The document is well-formed."""
    came = send(FaultMiddleware(panel, [Broken(how="root")]), func="whoami", out=out)

    assert read(came).tag == "response"


def test_root_is_another_one_in_json(panel: Sandbox) -> None:
    """Likewise."""
    came = send(FaultMiddleware(panel, [Broken(how="root")]), func="whoami", out="json")

    assert list(read(came)) == ["response"]


def test_answer_is_empty(panel: Sandbox) -> None:
    """With status 200."""
    came = send(FaultMiddleware(panel, [Broken(how="empty")]), func="whoami")

    assert (came.status, came.body, came.headers["content-length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    ("how", "sign"),
    [("entities", b"<!ENTITY e "), ("external", b"SYSTEM"), ("deep", b"<doc><doc><doc>")],
)
def test_reply_of_hostile_content_is_sent(
    panel: Sandbox, how: Literal["entities", "external", "deep"], sign: bytes
) -> None:
    """By what it declares, or by its depth."""
    assert sign in send(FaultMiddleware(panel, [Broken(how=how)]), func="whoami").body


@pytest.mark.parametrize("charset", ["latin-1", "cp1251", "utf-16", "utf-7"])
def test_charset_is_not_the_one_declared(
    panel: Sandbox, charset: Literal["latin-1", "cp1251", "utf-16", "utf-7"]
) -> None:
    """Header and prologue still say UTF-8, and the bytes are something else."""
    came = send(FaultMiddleware(panel, [Charset(charset=charset)]), func="whoami")

    assert came.headers["content-type"].endswith("UTF-8")
    text = came.body.decode(charset)
    assert 'encoding="UTF-8"' in text
    assert "<!--é-->" in text or "<!--Я-->" in text
    assert text.encode() != came.body


def test_charset_may_be_declared(panel: Sandbox) -> None:
    """It is another one all the same."""
    came = send(FaultMiddleware(panel, [Charset(charset="utf-7", declared=True)]), func="whoami")

    assert came.headers["content-type"].endswith("UTF-7")
    assert b'encoding="UTF-7"' in came.body


@pytest.mark.parametrize("out", ["xml", "json", "text"])
def test_bytes_are_no_text(panel: Sandbox, out: str) -> None:
    """Somewhere inside."""
    came = send(FaultMiddleware(panel, [Charset(charset="invalid")]), func="whoami", out=out)

    with pytest.raises(UnicodeDecodeError):
        came.body.decode()


def test_byte_order_mark_comes_first(panel: Sandbox) -> None:
    """The rest is as it should be."""
    came = send(FaultMiddleware(panel, [Charset(charset="bom")]), func="whoami")

    assert came.body.startswith(b"\xef\xbb\xbf<?xml")


@pytest.mark.parametrize("out", ["xml", "json"])
def test_huge_answer_is_whole(panel: Sandbox, out: str) -> None:
    """A patient client can read it."""
    auth = sign_in(panel)
    came = send(FaultMiddleware(panel, [Huge(size=3 << 20)]), func="whoami", auth=auth, out=out)

    assert len(came.body) == 3 << 20
    assert max(map(len, came.pieces)) <= 1 << 20
    assert b"Administrator" in came.body or b"admin" in came.body
    assert read(came) is not None


def test_huge_answer_is_small_on_the_wire(panel: Sandbox) -> None:
    """It unfolds a thousandfold."""
    came = send(FaultMiddleware(panel, [Huge(size=8 << 20, gzip=True)]), func="whoami")

    assert came.headers["content-encoding"] == "gzip"
    assert len(came.body) < 1 << 16
    assert parse(gzip.decompress(came.body)) is not None
    assert len(gzip.decompress(came.body)) == 8 << 20


def test_flood_ends_when_the_client_hangs_up(panel: Sandbox) -> None:
    """Nothing more is made for a client that has gone."""
    came = send_and_leave(FaultMiddleware(panel, [Huge(size=1 << 40)]), 0.0, func="whoami")

    assert (came.whole, came.hung_up) == (False, True)


@pytest.mark.parametrize(("when", "name"), [("before", "Acme Anvils"), ("after", "Other")])
def test_spoilt_answer_does_not_tell_what_was_done(
    panel: Sandbox, client: Client, when: Literal["before", "after"], name: str
) -> None:
    """Before the commit a success is spoilt that was none."""
    auth = sign_in(panel)
    front = FaultMiddleware(panel, [Charset(func="account.edit", charset="bom", when=when)])

    came = send(front, **rename(client, auth))

    assert b"<ok/>" in came.body
    assert name_of(panel, client) == name
