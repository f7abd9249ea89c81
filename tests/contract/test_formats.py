"""Section 2 of the contract: the formats of an answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.installs import panel_of
from tests.support.sandbox_client import Client, ask, new_client, parse, sign_in

if TYPE_CHECKING:
    from reconciler.sandbox import Sandbox

NESTED = ("json", "sjson", "xjson")


def ask_json(panel: Sandbox, func: str, out: str, **params: str) -> Any:  # noqa: ANN401 - any JSON
    """Read an answer in one of the JSON formats."""
    return json.loads(panel.call(func, out=out, **params))


def test_xml_is_one_line_without_descriptions(panel: Sandbox) -> None:
    """The declaration, then the document, and neither metadata nor messages."""
    lines = panel.call("country").decode().splitlines()
    root = parse(panel.call("country"))

    assert len(lines) == 2
    assert root.find("metadata") is None
    assert root.find("messages") is None


def test_document_tells_what_it_answers(panel: Sandbox) -> None:
    """The root names language, function, address and theme."""
    root = parse(panel.call("country"))

    expected = {"lang", "func", "binary", "host", "themename", "features", "notify", "theme"}
    assert set(root.attrib) == expected
    assert root.get("func") == "country"


def test_request_is_echoed_session_included(panel: Sandbox) -> None:
    """A saved answer holds the session id."""
    session = sign_in(panel)

    root = parse(ask(panel, func="country", auth=session, out="xml").body)

    echo = root.find("tparams")
    assert echo is not None
    assert {each.tag: each.text for each in echo} == {
        "auth": session,
        "out": "xml",
        "func": "country",
    }
    assert root.find("saved_filters") is not None


def test_devel_describes_a_list(panel: Sandbox, client: Client) -> None:
    """The key of the rows stands in the metadata."""
    root = parse(panel.call("account.discount", elid=client.id, out="devel"))
    meta = root.find("metadata")

    assert meta is not None
    assert (meta.get("type"), meta.get("key")) == ("list", "idname")
    coded = {col.get("name") for col in meta.iter("col") if col.get("type") == "msg"}
    assert coded == {"actiontype", "discount_type"}


def test_devel_describes_a_form(panel: Sandbox, client: Client) -> None:
    """Required fields and fields that are only shown are marked."""
    root = parse(panel.call("account.edit", elid=client.id, out="devel"))

    required = {each.get("name") for each in root.iter() if each.get("required") == "yes"}
    readonly = {each.get("name") for each in root.iter() if each.get("readonly") == "yes"}
    assert "email" in required
    assert "registration_date" in readonly


def test_labels_of_discounts_are_swapped_between_list_and_form(
    panel: Sandbox, client: Client
) -> None:
    """The list calls the action what the form calls the type, and the other way round."""

    def labels(func: str, **params: str) -> dict[str, str]:
        messages = parse(panel.call(func, out="devel", **params)).find("messages")
        assert messages is not None
        return {each.get("name", ""): each.text or "" for each in messages}

    listed = labels("account.discount", elid=client.id)
    form = labels("account.discount.edit", plid=client.id)

    assert listed["actiontype"] == form["type"]
    assert listed["discount_type"] == form["actiontype"]


@pytest.mark.parametrize("out", NESTED)
def test_nested_json_puts_text_under_a_dollar(panel: Sandbox, client: Client, out: str) -> None:
    """Attributes bear a dollar before their name, and every scalar is a text."""
    (row,) = ask_json(panel, "subaccount", out, elid=client.id)["doc"]["elem"]

    assert row["status"] == {"$orig": "active", "$": "Active"}
    assert row["id"]["$"] == client.subaccount


@pytest.mark.parametrize("out", NESTED)
@pytest.mark.parametrize(("single", "sort"), [("array", list), ("object", dict)])
def test_row_that_stands_alone_is_an_array_or_an_object(
    out: str, single: str, sort: type[object]
) -> None:
    """A list of one may not look like a list; an option and a parameter neither."""
    with panel_of(single_row=single) as panel:
        client = new_client(panel)
        one = ask_json(panel, "account", out)["doc"]["elem"]
        refused = ask_json(panel, "account.taxrule.edit", out, plid=client.id, sok="ok")
        form = ask_json(panel, "payment.edit", out, plid=client.id)["doc"]["slist"]
        new_client(panel, "other@example.com")
        two = ask_json(panel, "account", out)["doc"]["elem"]

    account = next(each for each in form if each["$name"] == "subaccount")
    assert isinstance(one, sort)
    assert isinstance(refused["doc"]["error"]["param"], sort)
    assert isinstance(account["val"], sort)
    assert isinstance(two, list)


@pytest.mark.parametrize("out", NESTED)
def test_empty_list_has_no_elem_in_json(panel: Sandbox, out: str) -> None:
    """Neither rows nor a total are there."""
    doc = ask_json(panel, "account", out)["doc"]

    assert "elem" not in doc
    assert "p_elems" not in doc


@pytest.mark.parametrize(("out", "empty"), [("json", {}), ("sjson", {"$": ""})])
def test_empty_element_has_two_spellings(
    panel: Sandbox, client: Client, out: str, empty: dict[str, str]
) -> None:
    """No text is an empty object, or an object with an empty text."""
    assert ask_json(panel, "account.edit", out, elid=client.id)["doc"]["note"] == empty


def test_error_has_its_parameters(panel: Sandbox) -> None:
    """Each with its name, in one array."""
    two = ask_json(panel, "account.edit", "json", elid="777")["doc"]["error"]

    assert [each["$name"] for each in two["param"]] == ["object", "value"]
    assert two["$type"] == "missed"


def test_bjson_is_flat(panel: Sandbox, client: Client) -> None:
    """Codes stand beside their texts, forms are model and option lists."""
    listed = ask_json(panel, "subaccount", "bjson", elid=client.id)
    form = ask_json(panel, "account.edit", "bjson", elid=client.id)

    assert listed["func"] == "subaccount"
    assert listed["elem"][0]["status_orig"] == "active"
    assert form["model"]["email"] == client.email
    assert {"k": "en", "v": "English"} in form["slist"]["client_lang"]
    assert set(ask_json(panel, "account.edit", "bjson", elid="777")["error"]) == {"msg"}


def test_jsondata_is_the_data_alone(panel: Sandbox, client: Client) -> None:
    """A list is a bare array, an empty value has no key, an error is its code."""
    (row,) = ask_json(panel, "account", "JSONdata")

    assert row["email"] == client.email
    assert "status" not in row
    assert ask_json(panel, "account.edit", "JSONdata", elid="777") == {"error": {"code": "missed"}}
    assert ask_json(panel, "account.delete", "JSONdata", elid="777") == {"ok": ""}


def test_text_is_a_line_a_row(panel: Sandbox, client: Client) -> None:
    """Keys and values, and errors in capitals."""
    lines = panel.call("account", out="text").decode().splitlines()

    assert len(lines) == 1
    assert f"email={client.email}" in lines[0].split()
    assert panel.call("account.edit", elid="777", out="text") == b"ERROR missed(account)\n"


def test_no_format_is_a_page(panel: Sandbox) -> None:
    """A browser gets HTML, with 200, whatever happened."""
    reply = ask(panel, func="account", auth="none")

    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.text.lower().startswith("<!doctype html>")


def test_foreign_text_stays_text(panel: Sandbox, client: Client) -> None:
    """Markup and quotes in a name come back as they went in, control characters do not."""
    odd = "<b>&\"Anvils\"]]> 'и' \u202e"
    panel.call("account.edit", elid=client.id, name=odd + "\x00\x0b", note="a\nb", sok="ok")

    root = parse(panel.call("account"))
    assert root.findtext("elem/name") == odd
    assert parse(panel.call("account.edit", elid=client.id)).findtext("note") == "a\nb"
