"""What a call becomes on the wire."""

from __future__ import annotations

import pytest

from reconciler.errors import CodecError, WriteForbiddenError
from reconciler.model.address import ElementId
from reconciler.model.value import Secret
from reconciler.panel.mgrctl import command
from reconciler.panel.request import Request, encode
from reconciler.wire.call import Call, Effect, create_call, edit_call, list_call, page_call
from tests.unit.panel.doubles import PASSPHRASE, SecretTable

FIVE = ElementId("5")
AUTH = (("auth", "5e55"),)


def encoded(call: Call) -> Request:
    """Write a call as XML is asked for, acting as no other user."""
    return encode(call, out="xml", su="", secrets=SecretTable(), credentials=AUTH)


def test_parameters_keep_their_order_and_values() -> None:
    """Every sign arrives as it was; a text is emptied by an empty value."""
    call = edit_call("account.edit", FIVE, (("note", "a&b=c +%\n\u00e9"), ("name", "")))
    assert encoded(call).body == (
        b"func=account.edit&elid=5&sok=ok&note=a%26b%3Dc+%2B%25%0A%C3%A9&name="
        b"&out=xml&lang=en&auth=5e55"
    )


def test_secret_is_fetched_when_the_request_is_written() -> None:
    """Its text is in the body, and in nothing that could be printed."""
    secret = Secret("env", ("PANEL_PASSWORD",))
    request = encoded(create_call("account.edit", (("passwd", secret),)))
    assert ("passwd", PASSPHRASE) in request.fields
    assert PASSPHRASE not in repr(request)
    assert request.secret == {"passwd", "auth"}


def test_text_that_is_none_is_refused() -> None:
    """Half a character cannot be sent."""
    with pytest.raises(CodecError):
        _ = encoded(edit_call("account.edit", FIVE, (("note", "\ud800"),))).body


@pytest.mark.parametrize(
    "call",
    [
        Call("account.edit", (("sok", "ok"), ("note", "x")), Effect.EDIT),
        Call("account.edit", (("elid", ""), ("sok", "ok")), Effect.EDIT),
        Call("account.delete", (("elid", "12, 13"), ("sok", "ok")), Effect.DELETE),
        Call("account.suspend", (("elid", "12,13"),), Effect.ACTION),
        Call("service.prolong", (("elid", "12, 13"), ("sok", "ok")), Effect.CHARGE),
        Call("account.delete", (("elid", Secret("env", ("X",))),), Effect.DELETE),
        Call("account.edit", (("elid", "5"), ("sok", "ok")), Effect.CREATE),
        Call("account.edit", (("elid", "5"), ("sok", "ok")), Effect.READ),
        Call("account.edit", (("elid", "5"), ("elid", "6")), Effect.READ),
    ],
    ids=repr,
)
def test_call_that_denies_what_it_does_is_not_written(call: Call) -> None:
    """An edit without its id would create, an id with a comma would hit two."""
    with pytest.raises(WriteForbiddenError):
        encoded(call)


def test_command_line_shows_no_secret() -> None:
    """Secrets are in the child's environment; its arguments only name them."""
    secret = Secret("env", ("PANEL_PASSWORD",))
    request = encoded(edit_call("account.edit", FIVE, (("passwd", secret), ("note", "a b;$(c)"))))
    arguments, environment = command(request)
    assert arguments[:4] == ["-m", "billmgr", "-o", "xml"]
    assert PASSPHRASE not in " ".join(arguments)
    variable = next(name for name, value in environment.items() if value == PASSPHRASE)
    assert f"passwd=${variable}" in arguments
    at = arguments.index("account.edit")
    assert arguments[at + 1 :] == ["elid=5", "sok=ok", "note=a b;$(c)", "lang=en"]


def test_page_is_asked_for_by_number_and_size() -> None:
    """Paging stands behind what the list takes itself."""
    assert encoded(page_call(list_call("account"), 2, 50)).fields[:3] == (
        ("func", "account"),
        ("p_num", "2"),
        ("p_cnt", "50"),
    )
