from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import (
    BusyError,
    NotAPanelError,
    PanelError,
    RejectedError,
    SignInError,
    SignInIncompleteError,
)
from reconciler.wire.formats.decode import decode
from reconciler.wire.replies.list import parse_list
from reconciler.wire.replies.replies import (
    parse_confirmation,
    parse_form,
    parse_identity,
    parse_order,
    parse_session,
)
from reconciler.wire.reply import CodedOptions, Confirmation, Form, Identity, Session
from tests.support import panel_replies

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.target import Format

READINGS: tuple[Callable[..., Any], ...] = (
    parse_list,
    parse_form,
    parse_confirmation,
    parse_order,
    parse_identity,
    parse_session,
)


def form(body: bytes, fmt: Format = "xml", asked: str = "client.edit") -> Form:
    """Read a form."""
    return parse_form(decode(body, fmt), asked)


def done(body: bytes, asked: str = "client.edit", fmt: Format = "xml") -> Confirmation:
    """Read a confirmation."""
    return parse_confirmation(decode(body, fmt), asked)


def test_form_has_fields_and_option_lists() -> None:
    """Fields are direct children; the first list of a name counts; a masked value is unknown."""
    read = form(panel_replies.FORM)
    assert read.values == {
        "elid": "11",
        "realname": "Ann Ray",
        "country": "30",
        "groups": "3,4",
        "note": "",
    }
    assert read.options == {
        "country": {"10": "Austria", "30": "Malta"},
        "groups": {"3": "3", "4": "Four"},
    }
    assert read.labels == {}


FLAG = "/manimg/common/flag/DE.png"


@pytest.mark.parametrize(
    ("body", "fmt"),
    [
        (
            panel_replies.xml(
                f'<slist name="country"><val key="81" image="{FLAG}">Land</val>'
                '<val key="5" image="/manimg/none">X</val></slist>'
            ),
            "xml",
        ),
        (
            b'{"doc": {"slist": [{"$name": "country", "val": [{"$key": "81", "$image": "%s", '
            b'"$": "Land"}, {"$key": "5", "$": "X"}]}]}}' % FLAG.encode(),
            "json",
        ),
        (
            b'{"model": {}, "slist": {"country": [{"k": "81", "v": "Land", "image": "%s"}, '
            b'{"k": "5", "v": "X"}]}}' % FLAG.encode(),
            "bjson",
        ),
    ],
)
def test_flag_of_an_option_tells_its_code(body: bytes, fmt: Format) -> None:
    """The name of the image's file; an option without one, or with another image, has no code."""
    menu = form(body, fmt).options["country"]

    assert menu == {"81": "Land", "5": "X"}
    assert isinstance(menu, CodedOptions)
    assert menu.codes == {"81": "DE"}


def test_described_form_has_labels_and_no_field_of_its_frame() -> None:
    """``out=devel`` brings the names of the fields; lists inside a form are no fields."""
    read = form(panel_replies.DEVEL_FORM)
    assert read.values == {"elid": "11", "realname": "Ann Ray", "country": "30"}
    assert read.labels == {"realname": "Full name", "country": "Country"}


def test_form_reads_alike_in_nested_and_flat_json() -> None:
    """The formats differ, the form does not."""
    nested = form(panel_replies.JSON_FORM, "json")
    assert nested.values == {"elid": "11", "name": "Анна", "note": ""}
    assert nested.options == {
        "country": {"10": "Austria", "30": "Malta"},
        "lang": {"en": "English"},
    }
    flat = form(panel_replies.FLAT_FORM, "bjson")
    assert flat.values == {"elid": "11", "realname": "Ann", "groups": "3,4"}
    assert flat.options == {"country": {"10": "Austria", "30": "Malta"}}


def test_scalar_outranks_a_structure_of_the_same_name() -> None:
    """A field's value may stand beside the object that it names."""
    body = panel_replies.xml("<method><id>3</id></method><method>1</method><elid>2</elid>")
    assert form(body).values == {"method": "1", "elid": "2"}


def test_field_with_two_values_is_unknown() -> None:
    """Nothing shows which of two values holds, so neither is taken."""
    assert form(panel_replies.xml("<a>1</a><a>2</a><b>3</b><b>3</b>")).values == {"b": "3"}


@pytest.mark.parametrize(
    "body",
    [
        panel_replies.LIST,
        panel_replies.EMPTY_LIST,
        panel_replies.DONE,
        panel_replies.xml("", "client.edit"),
        b"<doc/>",
    ],
)
def test_form_without_fields_is_no_form(body: bytes) -> None:
    """A list, a confirmation or nothing at all is not a form."""
    with pytest.raises(NotAPanelError):
        form(body, asked="client")


def test_action_is_confirmed() -> None:
    """An empty ``ok`` is all there is to say."""
    assert done(panel_replies.DONE, "client.suspend") == Confirmation()


def test_submit_tells_the_new_id_and_the_form_as_it_was() -> None:
    """What stands in the inner document was before the change, and is kept apart."""
    read = done(panel_replies.SUBMITTED)
    assert (read.id, read.text, read.confirmed) == ("77", "/somewhere?elid=7", True)
    assert read.values == {"id": "77", "name": "After"}
    assert read.before == {"realname": "Before"}


@pytest.mark.parametrize(
    ("inner", "new_id"),
    [
        ("<id>5</id>", "5"),
        ("<item.id>6</item.id>", "6"),
        ("<id>5</id><item.id>6</item.id>", "5"),
        ("<billorder.id>9</billorder.id><item.id>6</item.id>", "6"),
        ("<invoice.id>4</invoice.id>", "4"),
        ("<a.id>4</a.id><b.id>4</b.id>", "4"),
        ("<a.id>4</a.id><b.id>5</b.id>", None),
        ("<id>0</id>", None),
        ("<id>-5</id>", None),
        ("<id>5, 6</id>", None),
        ("<id/>", None),
        ("<doc><id>5</id></doc>", None),
        ("", None),
    ],
)
def test_new_id_is_one_positive_number_of_the_outer_document(
    inner: str, new_id: str | None
) -> None:
    """Ids are read where they are given, and never guessed."""
    assert done(panel_replies.xml(f"<ok/>{inner}")).id == new_id


def test_flat_confirmations_are_read() -> None:
    """Both flat formats confirm by a key."""
    assert done(panel_replies.FLAT_DONE, fmt="bjson").id == "77"
    assert done(panel_replies.BARE_DONE, fmt="JSONdata").confirmed


def test_form_in_answer_to_a_submit_means_not_applied() -> None:
    """Neither yes nor no, but the form again: a refusal with a code of our own."""
    with pytest.raises(RejectedError) as caught:
        done(panel_replies.FORM)
    assert caught.value.code == "unapplied"


@pytest.mark.parametrize(
    "body", [panel_replies.xml("", "client.edit"), b"<doc/>", panel_replies.JSON_NOTHING]
)
def test_nothing_confirms_nothing(body: bytes) -> None:
    """An empty document is no confirmation of a submit."""
    with pytest.raises(NotAPanelError):
        done(body, fmt="json" if body.startswith(b"{") else "xml")


def test_order_is_perhaps_done_by_an_empty_document() -> None:
    """An order was seen to be answered by nothing at all."""
    empty = parse_order(decode(panel_replies.JSON_NOTHING, "json"), "vds.order.param")
    assert empty == Confirmation(confirmed=False)
    named = parse_order(decode(panel_replies.ORDERED, "xml"), "vds.order.param")
    assert (named.id, named.confirmed) == ("501", True)
    unsaid = parse_order(
        decode(panel_replies.xml("<item.id>8</item.id>"), "xml"), "vds.order.param"
    )
    assert (unsaid.id, unsaid.confirmed) == ("8", False)


@pytest.mark.parametrize(
    "body",
    [panel_replies.FORM, panel_replies.LIST, panel_replies.EMPTY_LIST, panel_replies.FLAT_EMPTY],
)
def test_order_is_not_done_by_a_form_or_a_list(body: bytes) -> None:
    """The next step of the order, or a list, is not the order."""
    fmt: Format = "bjson" if body.startswith(b"{") else "xml"
    with pytest.raises((RejectedError, NotAPanelError)):
        parse_order(decode(body, fmt), "client")


def test_step_that_names_another_form_is_perhaps_done() -> None:
    """A form's name alone may be the next step as well as an obstacle."""
    assert not done(panel_replies.xml("<ok>func=basket</ok>")).confirmed
    assert done(panel_replies.xml("<doc><a>1</a></doc><ok>func=basket</ok>")).confirmed


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("named", ["func=totp.confirm", "func=usrparam.passwd&amp;x=1"])
def test_pending_second_factor_is_no_answer(reading: Callable[..., Any], named: str) -> None:
    """Half a session reads nothing and writes nothing; never an empty list."""
    with pytest.raises(SignInIncompleteError):
        reading(decode(panel_replies.xml(f"<ok>{named}</ok>"), "xml"), "client")


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    ("body", "fmt", "reported"),
    [
        (panel_replies.REFUSED, "xml", ("exists", "email", "The email is taken")),
        (panel_replies.OLD_REFUSED, "xml", ("", "", "no such thing.")),
        (panel_replies.JSON_REFUSED, "json", ("value", "country", "Wrong country")),
        (b'{"doc": {"error": {"$": "no"}}}', "json", ("", "", "no")),
        (b'{"doc": {"error": "no"}}', "json", ("", "", "no")),
        (panel_replies.FLAT_REFUSED, "bjson", ("", "", "Wrong country")),
        (panel_replies.BARE_REFUSED, "JSONdata", ("missed", "", "")),
        (b'{"error": "no"}', "bjson", ("", "", "no")),
        (panel_replies.xml("<error type='db'/>"), "xml", ("db", "", "")),
    ],
)
def test_refusal_is_raised_whatever_was_asked(
    reading: Callable[..., Any], body: bytes, fmt: Format, reported: tuple[str, str, str]
) -> None:
    """Type and object are kept as codes, the text for people."""
    with pytest.raises(RejectedError) as caught:
        reading(decode(body, fmt), "client.edit")
    assert (caught.value.code, caught.value.object, caught.value.message) == reported


@pytest.mark.parametrize("reading", READINGS)
def test_yes_and_no_at_once_is_no_answer(reading: Callable[..., Any]) -> None:
    """A contradiction settles nothing."""
    with pytest.raises(NotAPanelError):
        reading(decode(panel_replies.xml("<ok/><error type='value'/>"), "xml"), "client")


@pytest.mark.parametrize("reading", READINGS)
def test_busy_notice_as_a_refusal_is_no_refusal(reading: Callable[..., Any]) -> None:
    """While a duplicate is worked off, nothing proves that nothing was applied."""
    body = panel_replies.xml("<error>Request in process, please wait</error>")
    with pytest.raises(BusyError):
        reading(decode(body, "xml"), "client")


@pytest.mark.parametrize(
    ("reading", "body", "asked", "sort"),
    [
        (parse_list, panel_replies.LIST, "client", None),
        (parse_list, panel_replies.FLAT_LIST, "vds", None),
        (parse_list, panel_replies.LIST, "payment", NotAPanelError),
        (parse_list, panel_replies.LIST, "client.note", NotAPanelError),
        (parse_list, panel_replies.LIST, "clients", NotAPanelError),
        (parse_form, panel_replies.FORM, "client", None),
        (parse_form, panel_replies.FORM, "client.edit.extra", None),
        (parse_form, panel_replies.FORM, "payment.edit", NotAPanelError),
        (parse_confirmation, panel_replies.DONE, "client.resume", NotAPanelError),
        (parse_confirmation, panel_replies.DONE, "client.suspend", None),
        (parse_identity, panel_replies.LIST, "whoami", NotAPanelError),
        (parse_form, panel_replies.REFUSED, "payment.edit", NotAPanelError),
    ],
)
def test_answer_of_another_function_is_no_answer(
    reading: Callable[..., Any], body: bytes, asked: str, sort: type[PanelError] | None
) -> None:
    """A variant's name may be longer than what was asked; a list's parent is another list."""
    document = decode(body, "bjson" if body.startswith(b"{") else "xml")
    if sort is None:
        assert reading(document, asked)
        return
    with pytest.raises(sort):
        reading(document, asked)


def test_ended_session_may_be_reported_by_the_sign_in() -> None:
    """``access`` is believed whichever function tells it."""
    with pytest.raises(RejectedError) as caught:
        done(panel_replies.xml('<error type="access" object="x"/>', "logon"))
    assert caught.value.code == "access"


def test_identity_has_level_and_version() -> None:
    """The user's attributes, and the version of the panel."""
    expected = Identity("ann", 29, "ann@example.com", "4", "6.90.0-x")
    assert parse_identity(decode(panel_replies.WHOAMI, "xml")) == expected
    flat = b"""{"func": "whoami", "user_name": "ann", "user_level": "29", "user_id": "4",
     "user_email": "ann@example.com", "mgr": "billmgr", "mgr_version": "6.90.0-x"}"""
    assert parse_identity(decode(flat, "bjson")) == expected
    nested = b"""{"doc": {"user": {"$name": "ann", "$level": "29", "$id": "4",
     "$email": "ann@example.com"}, "mgr": {"$version": "6.90.0-x", "$": "billmgr"}}}"""
    assert parse_identity(decode(nested, "json")) == expected


@pytest.mark.parametrize(
    "inner", ["", '<user name="x"/>', '<user level="29"/>', '<user name="x" level="high"/>']
)
def test_reply_without_a_user_is_no_identity(inner: str) -> None:
    """Without a name and a level nobody is there."""
    with pytest.raises(NotAPanelError):
        parse_identity(decode(panel_replies.xml(inner, "whoami"), "xml"))


@pytest.mark.parametrize(
    ("body", "fmt", "level"),
    [
        (panel_replies.SESSION, "xml", 29),
        (panel_replies.OLD_SESSION, "xml", None),
        (b"<doc><auth>a1b2c3</auth></doc>", "xml", None),
        (b'{"doc": {"auth": {"$id": "a1b2c3", "$level": "29", "$": "a1b2c3"}}}', "json", 29),
        (b'{"doc": {"auth": {"$": "a1b2c3"}}}', "json", None),
        (
            b'{"func": "auth", "auth": "a1b2c3", "auth_id": "a1b2c3", "auth_level": "29"}',
            "bjson",
            29,
        ),
    ],
)
def test_session_is_an_attribute_or_the_text(body: bytes, fmt: Format, level: int | None) -> None:
    """Both guides and every format lead to one session."""
    assert parse_session(decode(body, fmt)) == Session("a1b2c3", level)


@pytest.mark.parametrize(
    "inner", ["", "<auth/>", '<auth id=""/>', '<auth id="a b"/>', "<auth>\u20ac</auth>"]
)
def test_sign_in_without_a_session_is_an_error(inner: str) -> None:
    """A confirmation alone opens nothing."""
    with pytest.raises(SignInError):
        parse_session(decode(panel_replies.xml(inner, "auth"), "xml"))


def test_session_that_waits_for_a_second_factor_is_none() -> None:
    """Some panels give the session first, and let it do nothing until a person has confirmed."""
    session = '<auth id="a1b2c3" level="29">a1b2c3</auth>'
    waiting = panel_replies.xml(f"{session}<ok>func=totp.confirm</ok>", "auth")
    with pytest.raises(SignInIncompleteError, match="second factor"):
        parse_session(decode(waiting, "xml"))
    greeted = panel_replies.xml(f"{session}<ok>func=dashboard</ok>", "auth")
    assert parse_session(decode(greeted, "xml")) == Session("a1b2c3", 29)


def test_lines_read_as_rows_fields_and_refusals() -> None:
    """The command line's own format."""
    rows = parse_list(decode(b"id=1 name=Ann Ray note=\nid=2 name=Bo note=x=y\n", "text"), "x")
    assert [row.values for row in rows.rows] == [
        {"id": "1", "name": "Ann Ray", "note": ""},
        {"id": "2", "name": "Bo", "note": "x=y"},
    ]
    read = parse_form(decode(b"elid=5\nnote=a b\n", "text"), "x")
    assert read.values == {"elid": "5", "note": "a b"}
    assert parse_confirmation(decode(b"OK\nid=7\n", "text"), "x").id == "7"
    with pytest.raises(RejectedError) as caught:
        parse_list(decode(b"ERROR auth(badpassword)\n", "text"), "x")
    assert (caught.value.code, caught.value.object) == ("auth", "badpassword")
    for noise in (b"", b"words alone", b"id=1\nwords", b"\xff=1", b"OK\nERROR x\n"):
        with pytest.raises(NotAPanelError):
            parse_confirmation(decode(noise, "text"), "x")
